"""Operations as the tools of a model."""

import json
from collections.abc import Sequence
from typing import Any

from langchain.tools import ToolRuntime
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage
from langchain_core.tools import BaseTool, StructuredTool

from agents.context import TurnContext
from tools.operation import Call, Operation, perform

FAULTS = frozenset({"invalid", "forbidden", "unavailable", "internal"})
"""Refusals that are nobody's answer. `not_found` and the like would tell a stranger who exists."""


def as_tool(operation: Operation) -> BaseTool:
    """A LangChain tool that reads identity and database from the runtime of each call."""

    async def call(runtime: ToolRuntime[TurnContext], **arguments: Any) -> str:
        context = runtime.context
        context.emit({"event": "tool", "name": operation.name})
        outcome = await perform(
            context.database,
            context.scope,
            operation,
            place_of(context, runtime.state["messages"], str(runtime.tool_call_id)),
            arguments,
        )
        if outcome.refused in FAULTS:
            context.emit({"event": "tool", "name": operation.name, "failed": outcome.refused})
        if outcome.refused:
            return json.dumps({"refused": outcome.refused, "reason": outcome.result})
        return json.dumps(outcome.result, ensure_ascii=False)

    return StructuredTool.from_function(
        coroutine=call,
        name=operation.name,
        description=operation.description,
        # as JSON: a pydantic model would be asked about the runtime, too; `perform` validates
        args_schema=operation.arguments.model_json_schema(),
    )


def place_of(context: TurnContext, messages: list[AnyMessage], call_id: str) -> Call:
    """Turn, round and position of a call: the same for a repeated turn, whatever its call ids."""
    asked = messages[-1]
    calls = asked.tool_calls if isinstance(asked, AIMessage) else []
    position = next((i for i, call in enumerate(calls) if call["id"] == call_id), 0)
    number = len(rounds_in(messages)) - 1
    return Call(f"{context.turn_id}:{number}:{position}", context.turn_id, context.lease_token)


def rounds_in(messages: Sequence[AnyMessage]) -> list[AIMessage]:
    """What the models of all the turn's specialists have said since the customer spoke."""
    said: list[AIMessage] = []
    for message in reversed(messages):
        if isinstance(message, HumanMessage):
            break
        if isinstance(message, AIMessage):
            said.append(message)
    return said[::-1]
