"""The two tools that move a turn instead of doing something: pass it on, or give it to people."""

from typing import Annotated, Literal, get_args

from langchain_core.messages import AIMessage
from langchain_core.tools import BaseTool, StructuredTool
from pydantic import BaseModel, Field

TRANSFER = "transfer_to_specialist"
HAND_OVER = "hand_over_to_person"

HandoffReason = Literal[
    "human_requested",
    "repeated_question",
    "data_gap",
    "tool_limit",
    "pricing",
    "refund",
    "legal",
    "negative_sentiment",
    "ungrounded",
    "media",
    "policy",
]

REASONS: tuple[str, ...] = get_args(HandoffReason)


class TransferArguments(BaseModel):
    specialist: Annotated[str, Field(max_length=40, description="Who should go on")]
    reason: Annotated[str, Field(max_length=300, description="Why, in one sentence")]


class HandOverArguments(BaseModel):
    reason: Annotated[HandoffReason, Field(description="Why a person is needed")]
    summary: Annotated[str, Field(max_length=600, description="What the person has to know")]


def control_tools() -> list[BaseTool]:
    """Both end the specialist's work; the graph's edges do the rest."""

    async def transfer(specialist: str, reason: str) -> str:
        return f"passed to {specialist}"

    async def hand_over(reason: str, summary: str) -> str:
        return "a person takes over"

    return [
        StructuredTool.from_function(
            coroutine=transfer,
            name=TRANSFER,
            description="Pass the customer to another specialist whose field the question is.",
            args_schema=TransferArguments,
            return_direct=True,
        ),
        StructuredTool.from_function(
            coroutine=hand_over,
            name=HAND_OVER,
            description="Give the conversation to a person when you cannot or may not help.",
            args_schema=HandOverArguments,
            return_direct=True,
        ),
    ]


def asked_for(message: AIMessage, tool: str) -> dict[str, str] | None:
    """The arguments of a control tool, if the message asks for it."""
    for call in message.tool_calls:
        if call["name"] == tool:
            return dict(call["args"])
    return None
