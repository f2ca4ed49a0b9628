"""The caller's own password."""

from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from data.errors import Forbidden
from server.access import App, allow
from server.auth.permissions import Permission
from server.auth.principal import Principal
from server.errors import PROBLEM_RESPONSES
from server.routes.auth import Client, NewPassword, Tokens, shown

router = APIRouter(prefix="/v1/auth/password", tags=["authentication"], responses=PROBLEM_RESPONSES)

Person = Annotated[Principal, allow(Permission.MANAGE_SESSIONS)]


class PasswordChange(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"old_password": "correct horse battery", "new_password": "staple horse battery"}
            ]
        },
    )

    old_password: Annotated[str, Field(min_length=1, max_length=200)]
    new_password: NewPassword


@router.put("")
async def change_password(
    body: PasswordChange, who: Person, services: App, response: Response, client: Client = ""
) -> Tokens:
    """Choose another password. Every session of the caller's ends; the answer opens a new one.

    Who has forgotten the old one, or has none, is invited again by an admin.
    """
    if who.operator_id is None:
        raise Forbidden("an API key has no password; sign in as a person")
    found = await services.sign_in.change_password(
        who.tenant, who.operator_id, body.old_password, body.new_password, client
    )
    return shown(found, response)
