"""What signed-in customers say about themselves."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from data import customers
from data.errors import NeedsVerification
from data.records import plain
from server.access import Db, IdempotencyKey, allow
from server.auth.permissions import Permission
from server.auth.principal import Principal
from server.errors import PROBLEM_RESPONSES
from tools.arguments import Name, Phone
from tools.customers import edit_profile
from tools.request import carry_out

router = APIRouter(prefix="/v1/profile", tags=["profile"], responses=PROBLEM_RESPONSES)

Owner = Annotated[Principal, allow(Permission.OWN_PROFILE)]
Tone = Literal["professional", "friendly", "playful"]
ContactChannel = Literal["email", "phone", "whatsapp", "web"]
Language = Annotated[
    str,
    Field(
        pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$",
        description="A language tag such as en or pt-BR",
    ),
]
BY_CODE = "changes by a one-time code only; ask for one with POST /v1/auth/code"

OWN_EXAMPLE: dict[str, Any] = {
    "customer_id": 1,
    "name": "Alice Johnson",
    "email": "alice@example.com",
    "phone": "+1 555 0101",
    "language": "en",
    "preferred_tone": "friendly",
    "contact_channels": ["email"],
    "updated_at": "2026-03-01T09:30:01Z",
}


class OwnProfile(BaseModel):
    """The caller's own record."""

    model_config = ConfigDict(json_schema_extra={"examples": [OWN_EXAMPLE]})

    customer_id: int
    name: str
    email: str
    phone: str | None
    language: str | None
    preferred_tone: Tone | None
    contact_channels: list[ContactChannel]
    updated_at: datetime


class OwnChanges(BaseModel):
    """What is left out stays; null forgets what was said before.

    The e-mail address is not among them: it changes by a one-time code only.
    """

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"phone": "+1 555 0199", "preferred_tone": "playful"}]},
    )

    name: Name | None = None
    phone: Phone | None = None
    language: Language | None = None
    preferred_tone: Tone | None = None
    contact_channels: Annotated[list[ContactChannel], Field(max_length=4)] = []
    email: Any = Field(default=None, description=BY_CODE, json_schema_extra={"readOnly": True})

    @field_validator("email")
    @classmethod
    def _not_here(cls, _: Any) -> None:
        raise ValueError(BY_CODE)

    @field_validator("name")
    @classmethod
    def _everybody_has_one(cls, name: str | None) -> str:
        if name is None:
            raise ValueError("cannot be forgotten; give another one")
        return name

    @field_validator("contact_channels")
    @classmethod
    def _each_once(cls, channels: list[ContactChannel]) -> list[ContactChannel]:
        return list(dict.fromkeys(channels))

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("give at least one field to change")
        return self


@router.get("")
async def get_own_profile(who: Owner, db: Db) -> OwnProfile:
    """The caller's own name, address, phone, language, tone and contact channels."""
    found = await customers.get_customer(db, who.tenant, _own(who))
    return _shown(plain(found))


@router.patch("")
async def edit_own_profile(
    body: OwnChanges, who: Owner, db: Db, idempotency_key: IdempotencyKey = None
) -> OwnProfile:
    """Change them; the e-mail address changes by a one-time code only."""
    _own(who)
    changes = {name: getattr(body, name) for name in body.model_fields_set}
    done = await carry_out(db, who.scope(), edit_profile, idempotency_key, {"changes": changes})
    return _shown(done)


def _own(who: Principal) -> int:
    """The caller's customer number.

    Raises:
        NeedsVerification: the caller is no known customer.
    """
    if who.customer_id is None:
        raise NeedsVerification("only a signed-in customer has a profile; send a customer token")
    return who.customer_id


def _shown(record: dict[str, Any]) -> OwnProfile:
    return OwnProfile(**{**record, "customer_id": record["id"]})
