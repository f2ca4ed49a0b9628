"""Operators and admins sign in, go on, and sign out."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Response
from pydantic import BaseModel, ConfigDict, Field

from server.access import App, stranger
from server.auth.sign_in import SignedIn
from server.errors import PROBLEM_RESPONSES
from server.settings import DEMO_TENANT

router = APIRouter(
    prefix="/v1/auth",
    tags=["authentication"],
    responses=PROBLEM_RESPONSES,
    dependencies=[Depends(stranger)],
)

EMAIL = r"^[^@\s]+@[^@\s]+\.[^@\s]+$"
SHORTEST_PASSWORD = 10

Email = Annotated[str, Field(pattern=EMAIL, max_length=254)]
TenantId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,62}$")]
Token = Annotated[str, Field(min_length=1, max_length=4096)]
NewPassword = Annotated[str, Field(min_length=SHORTEST_PASSWORD, max_length=200)]
Client = Annotated[str, Header(alias="user-agent", include_in_schema=False)]

TOKENS_EXAMPLE: dict[str, Any] = {
    "access_token": "eyJhbGciOiJIUzI1NiJ9.eyJhdWQiOiJzd2l0Y2gifQ.c2lnbmF0dXJl",
    "token_type": "Bearer",
    "expires_in": 900,
    "refresh_token": "eyJhbGciOiJIUzI1NiJ9.eyJhdWQiOiJyZWZyZXNoIn0.c2lnbmF0dXJl",
    "tenant": DEMO_TENANT,
    "operator_id": "5b0f7e0c-6f3a-4e58-8a6e-2f6f0a7a2c11",
    "session_id": "b2a5a4b6-1e0e-4a55-9f0a-1d1f2c3b4a5d",
    "role": "operator",
}


class SignInRequest(BaseModel):
    """`tenant` is the company that the account is of."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"email": "sam@example.com", "password": "correct horse battery"}]
        },
    )

    email: Email
    password: Annotated[str, Field(min_length=1, max_length=200)]
    tenant: TenantId = DEMO_TENANT


class RefreshRequest(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"refresh_token": TOKENS_EXAMPLE["refresh_token"]}]},
    )

    refresh_token: Token


class Acceptance(BaseModel):
    """An invitation's token, and the password that the operator chooses."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"token": TOKENS_EXAMPLE["refresh_token"], "password": "correct horse battery"}
            ]
        },
    )

    token: Token
    password: NewPassword


class Tokens(BaseModel):
    """`access_token` is sent as `Authorization: Bearer`; `refresh_token` brings the next pair."""

    model_config = ConfigDict(json_schema_extra={"examples": [TOKENS_EXAMPLE]})

    access_token: str
    token_type: Literal["Bearer"]
    expires_in: int
    refresh_token: str
    tenant: str
    operator_id: UUID
    session_id: UUID
    role: Literal["operator", "admin"]


class SignedOut(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"message": "Signed out"}]})

    message: Literal["Signed out"]


@router.post("/token")
async def sign_in(
    body: SignInRequest, services: App, response: Response, client: Client = ""
) -> Tokens:
    """Sign in with e-mail address and password.

    A wrong password, an unknown address and an account that is closed get the same answer.
    """
    found = await services.sign_in.by_password(body.tenant, body.email, body.password, client)
    return shown(found, response)


@router.post("/refresh")
async def refresh(body: RefreshRequest, services: App, response: Response) -> Tokens:
    """The next tokens. A refresh token that was used before ends its session."""
    return shown(await services.sign_in.again(body.refresh_token), response)


@router.post("/logout")
async def sign_out(body: RefreshRequest, services: App) -> SignedOut:
    """End the session of a refresh token; its access token stops within five seconds."""
    await services.sign_in.leave(body.refresh_token)
    return SignedOut(message="Signed out")


@router.post("/invitation")
async def accept_invitation(
    body: Acceptance, services: App, response: Response, client: Client = ""
) -> Tokens:
    """Choose a password with an invitation, which works once, and be signed in."""
    return shown(await services.sign_in.accept(body.token, body.password, client), response)


def shown(found: SignedIn, response: Response) -> Tokens:
    """The tokens, which no cache on the way may keep."""
    response.headers["Cache-Control"] = "no-store"
    return Tokens(
        access_token=found.access_token,
        token_type="Bearer",  # noqa: S106
        expires_in=found.expires_in,
        refresh_token=found.refresh_token,
        tenant=found.tenant,
        operator_id=found.operator_id,
        session_id=found.session_id,
        role="admin" if found.role == "admin" else "operator",
    )
