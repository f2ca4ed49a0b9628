"""How the assistant speaks for a tenant: its own tones, guardrails and acute words."""

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from agents.tones import SETTING, OwnTones, own_tones, tones_of
from data import tenants
from data.tenants import Tenant
from server.access import App, OpsDb, allow
from server.auth.permissions import Permission
from server.auth.principal import Principal
from server.errors import PROBLEM_RESPONSES
from server.wiring import Services

router = APIRouter(prefix="/v1/tones", tags=["tones"], responses=PROBLEM_RESPONSES)

Manager = Annotated[Principal, allow(Permission.MANAGE_TONES)]

OWN_EXAMPLE: dict[str, Any] = {
    "tones": {"professional": None, "friendly": 'Be warm. Say "we", never "I".', "playful": None},
    "guardrails": ["Never speak about other providers."],
    "acute": ["no signal for days", "disconnect*"],
}
EXAMPLE: dict[str, Any] = {
    "own": OWN_EXAMPLE,
    "tones": {
        "professional": "Be precise, calm and courteous.",
        "friendly": 'Be warm. Say "we", never "I".',
        "playful": "Be light and upbeat.",
    },
    "guardrails": ["Hand over to a person when you are unsure.", "Never speak of other providers."],
}


class Own(OwnTones):
    """Tones that are null stay as they are by default; guardrails and words are added to ours."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [OWN_EXAMPLE]})


class TonesOut(BaseModel):
    """How the tenant's assistant speaks, and which part of that is its `own`."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    own: OwnTones
    tones: dict[str, str]
    guardrails: list[str]


@router.get("")
async def get_tones(who: Manager, ops: OpsDb) -> TonesOut:
    """The tenant's tones and guardrails."""
    return _shown(await tenants.get_tenant(ops, who.tenant))


@router.put("")
async def put_tones(body: Own, who: Manager, services: App) -> TonesOut:
    """Put the tenant's own in the place of those before; they count from the next message on."""
    said = body.model_dump(exclude_none=True)
    return await _set(services, who.tenant, said)


@router.delete("")
async def delete_tones(who: Manager, services: App) -> TonesOut:
    """Back to the tones that everybody has."""
    return await _set(services, who.tenant, None)


async def _set(services: Services, tenant: str, said: dict[str, Any] | None) -> TonesOut:
    async with services.database.ops_transaction() as ops:
        await tenants.set_setting(ops, tenant, SETTING, said)
        changed = await tenants.get_tenant(ops, tenant)
    services.content.forget(tenant)
    return _shown(changed)


def _shown(tenant: Tenant) -> TonesOut:
    tones = tones_of(tenant.settings)
    return TonesOut(
        own=own_tones(tenant.settings),
        tones=dict(tones.tones),
        guardrails=list(tones.guardrails),
    )
