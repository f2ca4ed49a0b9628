"""One-time codes: asked for, and tried."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, BackgroundTasks, Request
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from data.errors import WrongCode
from server.access import App, allow, limit_address
from server.answers import CONVERSATION
from server.auth.permissions import Permission
from server.auth.principal import Principal
from server.code_limit import CODES, CODES_RATE
from server.doors import SafeId
from server.errors import PROBLEM_RESPONSES
from tools import codes
from tools.arguments import Email
from tools.codes import LIFE, Purpose

router = APIRouter(prefix="/v1/auth/code", tags=["sign-in"], responses=PROBLEM_RESPONSES)

Caller = Annotated[Principal, allow(Permission.CHAT)]
Action = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
SENT = (
    "If there is an account for it, a code is on its way to the address on file."
    " It is good for 10 minutes."
)
EXAMPLE: dict[str, Any] = {"conversation_id": CONVERSATION, "action": "read"}


class CodeRequest(BaseModel):
    """For which conversation and purpose. An action's code is good for these parameters only."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{**EXAMPLE, "email": "alice@example.com"}]}
    )

    conversation_id: SafeId
    email: Email | None = Field(
        default=None,
        description="The account's; left out, it is that of the conversation's customer",
    )
    action: Action = Field(default="read", description="`read`: to be known as the customer")
    parameters: dict[str, Any] = Field(default_factory=dict, max_length=32)


class CodeSent(BaseModel):
    """The same whether there is such an account or not."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"status": "accepted", "message": SENT, "expires_in_s": 600}]
        }
    )

    status: Literal["accepted"] = "accepted"
    message: str = SENT
    expires_in_s: int = int(LIFE.total_seconds())


class CodeTry(BaseModel):
    """The digits, with conversation, action and parameters as they were asked for."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{**EXAMPLE, "code": "123456"}]}
    )

    conversation_id: SafeId
    code: Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$", strip_whitespace=True)]
    action: Action = "read"
    parameters: dict[str, Any] = Field(default_factory=dict, max_length=32)


class CodeAccepted(BaseModel):
    """The conversation is that customer's now, and its records are open to it."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{**EXAMPLE, "verified": True, "customer_id": 1}]}
    )

    verified: Literal[True] = True
    conversation_id: str
    customer_id: int
    action: str


@router.post("", status_code=202)
async def ask_code(
    body: CodeRequest,
    request: Request,
    services: App,
    caller: Caller,
    background: BackgroundTasks,
) -> CodeSent:
    """Send a one-time code to the address on file.

    The answer is the same, in words and in time, whether there is such an account or not. Asking
    is limited for each conversation, account and network address.
    """
    if not caller.vouched_for:
        await limit_address(request, CODES, CODES_RATE)
    scope = caller.scope(body.conversation_id)
    purpose = Purpose(body.action, body.parameters)
    async with services.database.transaction(caller.tenant) as db:
        await codes.ask_code(db, scope, services.codes, purpose, body.email)
    background.add_task(services.notices.deliver, caller.tenant)
    return CodeSent()


@router.post("/verify")
async def verify_code(body: CodeTry, services: App, caller: Caller) -> CodeAccepted:
    """Try a code. The right one, once, makes the conversation verified.

    One for an action lets that action through, once and with these parameters, where the
    company's policy asks for a code (`code: true`).

    A code takes five tries, wrong ones from several sides at once counted too.
    """
    scope = caller.scope(body.conversation_id)
    purpose = Purpose(body.action, body.parameters)
    async with services.database.transaction(caller.tenant) as db:  # a wrong try is committed
        customer_id = await codes.try_code(db, scope, services.codes, purpose, body.code)
    if customer_id is None:
        raise WrongCode("the code is not right, or no longer valid; ask for a new one")
    return CodeAccepted(
        conversation_id=body.conversation_id, customer_id=customer_id, action=body.action
    )
