"""Two ways to ask a model, and two tools to offer it."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.tools import tool

Ask = Callable[[Any, Any], Awaitable[AIMessage]]


@tool
def get_order(order_id: int) -> str:
    """Look an order up."""
    return f"order {order_id}"


@tool
def create_ticket(subject: str, email: str | None = None) -> str:
    """Open a ticket."""
    return f"ticket about {subject} for {email}"


TOOLS = [get_order, create_ticket]


async def whole(model: Any, messages: Any) -> AIMessage:
    answer: AIMessage = await model.ainvoke(messages)
    return answer


async def streamed(model: Any, messages: Any) -> AIMessage:
    chunks: list[AIMessageChunk] = [chunk async for chunk in model.astream(messages)]
    answer = chunks[0]
    for chunk in chunks[1:]:
        answer += chunk
    return answer


both = pytest.mark.parametrize("ask", [whole, streamed])
