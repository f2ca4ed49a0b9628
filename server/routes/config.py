"""What an admin may set of their company's own limits and pages, while everything runs."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from data import sealed_tenants, tenants
from data.db import Connection
from data.errors import Invalid
from server import setting_values
from server.access import App, OpsDb, allow
from server.auth.permissions import Permission
from server.auth.principal import Principal
from server.errors import PROBLEM_RESPONSES
from server.limits import Rates, RouteClass
from server.settings import Settings
from server.tenant_rules import MODEL_TOKENS, rules_of
from server.wiring import Services
from tools.ladder import (
    ANSWER_WITHIN_S,
    LONGEST_LIFE,
    LONGEST_MINUTES,
    SETTING,
    answer_within_s,
    expires_after,
)

router = APIRouter(prefix="/ops/config", tags=["operations"], responses=PROBLEM_RESPONSES)

Manager = Annotated[Principal, allow(Permission.MANAGE_CONFIG)]
Rate = Annotated[str, Field(max_length=40)]
Minutes = Annotated[float, Field(strict=True, ge=1, le=LONGEST_MINUTES)]
Life = Annotated[float, Field(strict=True, ge=1, le=LONGEST_LIFE / timedelta(minutes=1))]
Tokens = Annotated[int, Field(strict=True, ge=0, le=10**12)]

LIMITS_EXAMPLE: dict[str, Any] = {
    "default": "60/minute",
    "chat": "1000/minute",
    "search": "10/minute",
    "model_tokens_per_day": None,
}
MINUTES_EXAMPLE: dict[str, Any] = {"high": 5, "medium": 30, "low": 120, "expires": 4320}
CONFIG_EXAMPLE: dict[str, Any] = {
    "limits": LIMITS_EXAMPLE,
    "defaults": {**LIMITS_EXAMPLE, "chat": "30/minute"},
    "cors_origins": ["https://shop.example"],
    "handoff_minutes": MINUTES_EXAMPLE,
    "personal_data": "open",
}


class LimitsOut(BaseModel):
    """Requests of one credential by class of route, and the company's tokens of a model a day.

    `model_tokens_per_day` is null where nothing limits them.
    """

    default: str
    chat: str
    search: str
    model_tokens_per_day: int | None


class MinutesOut(BaseModel):
    """How long a handoff may wait, by its priority, before somebody is reminded.

    Whatever nobody takes within `expires` is the assistant's again, and kept as a ticket.
    """

    high: float
    medium: float
    low: float
    expires: float


class ConfigOut(BaseModel):
    """`limits` count now; `defaults` are the installation's, which count where nothing is set.

    `personal_data`: open, sealed, or on the way there (preparing, sealing) or back (opening,
    clearing); see `switchboard encrypt`.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [CONFIG_EXAMPLE]})

    limits: LimitsOut
    defaults: LimitsOut
    cors_origins: list[str]
    handoff_minutes: MinutesOut
    personal_data: str


class LimitsChange(BaseModel):
    """Rates such as `60/minute`; null goes back to the installation's, what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    default: Rate | None = None
    chat: Rate | None = None
    search: Rate | None = None
    model_tokens_per_day: Tokens | None = None


class MinutesChange(BaseModel):
    """Minutes; null goes back to what is usual, what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    high: Minutes | None = None
    medium: Minutes | None = None
    low: Minutes | None = None
    expires: Life | None = None


class ConfigChange(BaseModel):
    """`cors_origins` are all pages that may call the API; an empty list lets none."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"limits": {"chat": "1000/minute"}, "cors_origins": ["https://shop.example"]}
            ]
        },
    )

    limits: LimitsChange | None = None
    cors_origins: Annotated[list[str], Field(max_length=100)] | None = None
    handoff_minutes: MinutesChange | None = None


@router.get("")
async def get_config(who: Manager, ops: OpsDb, services: App) -> ConfigOut:
    """What counts for the caller's company."""
    return await _shown(ops, services, who.tenant)


@router.patch("")
async def change_config(body: ConfigChange, who: Manager, ops: OpsDb, services: App) -> ConfigOut:
    """Change limits, origins and times; it counts within five seconds in every process."""
    limits = body.limits.model_dump(exclude_unset=True) if body.limits else {}
    check_limits(limits)
    if limits:
        said = (await tenants.lock_tenant(ops, who.tenant)).settings
        await tenants.set_setting(ops, who.tenant, "limits", changed(said.get("limits"), limits))
    if body.handoff_minutes:
        minutes = body.handoff_minutes.model_dump(exclude_unset=True)
        said = (await tenants.lock_tenant(ops, who.tenant)).settings
        await tenants.set_setting(ops, who.tenant, SETTING, changed(said.get(SETTING), minutes))
    if "cors_origins" in body.model_fields_set:
        origins = checked_origins(body.cors_origins, services.settings)
        await tenants.set_setting(ops, who.tenant, "cors_origins", origins)
    services.rules.forget(who.tenant)
    return await _shown(ops, services, who.tenant)


def changed(before: Any, given: dict[str, Any]) -> dict[str, Any] | None:
    """A company's own limits or times with some of them changed; None where nothing is left.

    >>> changed({"chat": "1000/minute"}, {"search": "1/minute", "chat": None})
    {'search': '1/minute'}
    """
    own = {**(before if isinstance(before, dict) else {}), **given}
    return {name: value for name, value in own.items() if value is not None} or None


def check_limits(limits: dict[str, Any]) -> None:
    """Refuse what is no rate.

    Raises:
        Invalid: one is not.
    """
    for name, text in limits.items():
        if name == MODEL_TOKENS or text is None:
            continue
        try:
            setting_values.rate(text)
        except ValueError as error:
            raise Invalid(f"limits.{name}", str(error).partition(", not")[0]) from None


def checked_origins(origins: list[str] | None, settings: Settings) -> list[str] | None:
    """The list as it is kept: without doubles, in order.

    Raises:
        Invalid: one is no origin, or in production one that can be rewritten on its way.
    """
    if origins is None:
        return None
    wrong = Invalid(
        "cors_origins", "must be origins as browsers send them, such as https://shop.example"
    )
    try:
        found = [origin for each in origins for origin in setting_values.origins(each)]
    except ValueError:
        raise wrong from None
    if len(found) != len(origins):
        raise wrong
    if settings.env == "prod" and setting_values.unencrypted(frozenset(found)):
        raise Invalid("cors_origins", "begin with https://; plain http can be rewritten")
    return sorted(set(found))


async def _shown(ops: Connection, services: Services, tenant: str) -> ConfigOut:
    said = (await tenants.get_tenant(ops, tenant)).settings
    settings = services.settings
    rules = rules_of(tenant, said, settings)
    state = await sealed_tenants.find_state(ops, tenant)
    given = said.get("limits")
    own = given.get(MODEL_TOKENS) if isinstance(given, dict) else None
    tokens = own if isinstance(own, int) else settings.model_tokens_per_day
    return ConfigOut(
        limits=_limits(rules.rates, tokens),
        defaults=_limits(rules_of(tenant, {}, settings).rates, settings.model_tokens_per_day),
        cors_origins=sorted(rules.origins),
        handoff_minutes=_minutes(said),
        personal_data=state or "open",
    )


def _minutes(said: Mapping[str, Any]) -> MinutesOut:
    waits = {priority: answer_within_s(priority, said) / 60 for priority in ANSWER_WITHIN_S}
    return MinutesOut(**waits, expires=expires_after(said) / timedelta(minutes=1))


def _limits(rates: Rates, tokens: int | None) -> LimitsOut:
    named = {str(one): setting_values.rate_text(rates.of(one)) for one in RouteClass}
    return LimitsOut(**named, model_tokens_per_day=tokens)
