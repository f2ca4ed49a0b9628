"""The two tools that move a turn instead of doing something: pass it on, or give it to people."""

from typing import Annotated, Literal

from langchain_core.messages import AIMessage, ToolCall
from langchain_core.tools import BaseTool, StructuredTool
from pydantic import BaseModel, Field, ValidationError

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


def transfer_in(message: AIMessage) -> TransferArguments | None:
    """Whom the message passes the turn to; None where it does not, or not in a usable way."""
    for call in _calls(message, TRANSFER):
        try:
            return TransferArguments.model_validate(call["args"])
        except ValidationError:
            continue
    return None


def hand_over_in(message: AIMessage) -> HandOverArguments | None:
    """Why the message gives the turn to people. A person is meant, however it is worded."""
    for call in _calls(message, HAND_OVER):
        try:
            return HandOverArguments.model_validate(call["args"])
        except ValidationError:
            return HandOverArguments(reason="data_gap", summary="")
    return None


def left_to_do(message: AIMessage) -> ToolCall | None:
    """The control call of a message that asked for other tools, too.

    An agent ends only on a round of control calls alone: the others run first, then this one is
    asked for again.
    """
    control = [*_calls(message, HAND_OVER), *_calls(message, TRANSFER)]
    return control[0] if control and len(message.tool_calls) > 1 else None


def _calls(message: AIMessage, tool: str) -> list[ToolCall]:
    return [call for call in message.tool_calls if call["name"] == tool]
