"""What the doors for customers' messages answer with: `/v1/chat` and `/support` say the same."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

CONVERSATION = "0e5c2f0a-51a7-4b8e-9a4b-7a1e2f1c9d11"
MESSAGE = "7d8c4a52-6d0c-4c53-8f8e-3f0a0d2b6c1e"

SERVER_SENT_EVENT: dict[str, Any] = {
    "description": "One event of the stream; its data is JSON",
    "type": "object",
    "required": ["event"],
    "properties": {"event": {"type": "string"}, "data": {"type": "string"}},
}

CHAT_EXAMPLE: dict[str, Any] = {
    "response": "Your Phone Case (order 2) is on its way.",
    "conversation_id": CONVERSATION,
    "message_id": MESSAGE,
    "reply_id": "5b1f6a5e-8c1d-5f0b-a9c4-2d3e4f5a6b7c",
    "intent": "order_status",
    "specialist": "general",
    "handoff": False,
    "handoff_reason": None,
    "tool_calls": ["lookup_customer", "get_orders"],
    "sources": [],
    "answered_by": "tools",
    "match_level": None,
    "confidence": 0.91,
    "sentiment": {"score": -0.0312, "label": "neutral", "confidence": 0.9341},
}


class Source(BaseModel):
    """What an answer rests on; `score` is 0..1."""

    source: str
    title: str
    score: float
    content: str


class SentimentOut(BaseModel):
    """The customer's mood over their last five messages.

    `score` is -1 (furious) to 1 (delighted), `confidence` in the label is 0..1.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [CHAT_EXAMPLE["sentiment"]]})

    score: Annotated[float, Field(ge=-1, le=1)]
    label: Literal["negative", "neutral", "positive"]
    confidence: Annotated[float, Field(ge=0, le=1)]


class ChatResponse(BaseModel):
    """The answer. While people own the conversation, `response` is null."""

    model_config = ConfigDict(json_schema_extra={"examples": [CHAT_EXAMPLE]})

    response: str | None
    conversation_id: str
    message_id: str
    reply_id: str | None = Field(description="The reply's own id, for rating it")
    intent: str | None
    specialist: str | None
    handoff: bool
    handoff_reason: str | None
    tool_calls: list[str]
    sources: list[Source]
    answered_by: Literal["knowledge", "tools", "model", "human"]
    match_level: Literal["category", "keywords", "substring", "semantic", "model"] | None
    confidence: float
    sentiment: SentimentOut | None = Field(description="Null while people own the conversation")
    conversation_token: str | None = Field(
        default=None,
        exclude_if=lambda token: token is None,
        description="A new visitor's; show it as X-Conversation-Token from now on",
    )


class Accepted(BaseModel):
    """The message is stored and will be answered; look at `poll` for the answer."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "status": "accepted",
                    "conversation_id": CONVERSATION,
                    "message_id": MESSAGE,
                    "poll": f"/v1/conversations/{CONVERSATION}/messages",
                }
            ]
        }
    )

    status: Literal["accepted"]
    conversation_id: str
    message_id: str
    poll: str
    conversation_token: str | None = Field(default=None, exclude_if=lambda token: token is None)


class HandedBack(BaseModel):
    """People gave the conversation back; `handoff_reason` is why they had it."""

    conversation_id: str
    handoff: Literal[False]
    handoff_reason: str
    status: Literal["returned", "resolved"]
