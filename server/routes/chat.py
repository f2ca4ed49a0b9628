"""`POST /v1/chat`: one message, one answer, plain or streamed."""

import json
from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Request, Response
from fastapi.responses import JSONResponse
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from sse_starlette import EventSourceResponse
from starlette.background import BackgroundTask

from server.access import App, allow
from server.answers import CHAT_EXAMPLE, SERVER_SENT_EVENT, Accepted, ChatResponse
from server.auth.permissions import Permission
from server.auth.principal import Principal
from server.doors import Asked, Content, SafeId, Taken, answer, one_message_id, take
from server.errors import PROBLEM_RESPONSES
from server.facade import answering

router = APIRouter(prefix="/v1", tags=["chat"], responses=PROBLEM_RESPONSES)

EVENT_STREAM = "text/event-stream"
RESPOND_ASYNC = "respond-async"


class ChatRequest(BaseModel):
    """What a customer says."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"message": "What is the status of my order?", "customer_id": 1}]
        },
    )

    message: Content
    conversation_id: SafeId | None = None
    customer_id: Annotated[int, Field(strict=True, ge=1, le=2**62)] | None = Field(
        default=None, description="Only with an API key that may act for customers"
    )
    message_id: SafeId | None = Field(
        default=None, description="Unique in its conversation: sent again, answered as before"
    )
    tone: Literal["professional", "friendly", "playful"] | None = None
    channel: Literal["web", "api"] = "web"
    sent_at: AwareDatetime | None = None


AS_EVENTS = f"""\
event: step
data: {{"event": "step", "name": "classify"}}

event: text
data: {{"event": "text", "content": "Your Phone Case (order 2) is on its way."}}

event: result
data: {{"event": "result", "result": {json.dumps(CHAT_EXAMPLE)}}}

"""

Caller = Annotated[Principal, allow(Permission.CHAT)]


@router.post(
    "/chat",
    response_model=ChatResponse,
    response_model_exclude_unset=True,
    responses={
        200: {"content": {EVENT_STREAM: {"schema": SERVER_SENT_EVENT, "example": AS_EVENTS}}},
        202: {"model": Accepted, "description": "Stored; the answer takes longer"},
    },
)
async def chat(
    body: ChatRequest,
    request: Request,
    services: App,
    caller: Caller,
    idempotency_key: Annotated[str | None, Header()] = None,
    prefer: Annotated[str | None, Header()] = None,
) -> Response:
    """Answer a customer's message.

    With `Accept: text/event-stream` the answer comes as events. Past the deadline, or with
    `Prefer: respond-async`, 202 says where to look for it.
    """
    taken = await take(
        services,
        caller,
        Asked(
            content=body.message,
            conversation_id=body.conversation_id,
            message_id=one_message_id(body.message_id, idempotency_key),
            customer_id=body.customer_id,
            tone=body.tone,
            channel=body.channel,
            sent_at=body.sent_at.isoformat() if body.sent_at else None,
        ),
    )
    if EVENT_STREAM in request.headers.get("accept", ""):
        # a stream that its client leaves before it begins never closes the ticket itself
        background = BackgroundTask(_close, taken)
        return EventSourceResponse(_as_sse(answering(services, taken)), background=background)
    at_once = RESPOND_ASYNC in (prefer or "")
    if at_once:
        taken.ticket.close()
    found = None if at_once else await answer(services, taken)
    if found is None:
        later = taken.accepted()
        applied = {"Preference-Applied": RESPOND_ASYNC} if at_once else {}
        return JSONResponse(later, 202, {"Location": later["poll"], **applied})
    return JSONResponse(found)


async def _close(taken: Taken) -> None:
    taken.ticket.close()


async def _as_sse(events: AsyncIterator[dict[str, Any]]) -> AsyncIterator[dict[str, str]]:
    async for event in events:
        yield {"event": event["event"], "data": json.dumps(event, ensure_ascii=False)}
