"""What the tokens of the tenant's customers are signed with: its secret, or a key of its own."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from data import tenants
from data.db import Connection
from server.access import OpsDb, allow
from server.auth.customer_key import check_public_key
from server.auth.permissions import Permission
from server.auth.principal import Principal
from server.auth.tokens import ALGORITHM
from server.errors import PROBLEM_RESPONSES

router = APIRouter(
    prefix="/v1/auth/customer-key", tags=["authentication"], responses=PROBLEM_RESPONSES
)

Manager = Annotated[Principal, allow(Permission.MANAGE_KEYS)]

PEM = """\
-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=
-----END PUBLIC KEY-----
"""
KEY_EXAMPLE: dict[str, Any] = {"algorithm": "EdDSA", "public_key": PEM}


class CustomerKey(BaseModel):
    """`public_key` is null where tokens are signed with the tenant's secret, by HS256."""

    model_config = ConfigDict(json_schema_extra={"examples": [KEY_EXAMPLE]})

    algorithm: Literal["HS256", "RS256", "ES256", "EdDSA"]
    public_key: str | None


class PublicKey(BaseModel):
    """The public half, in PEM; the private one stays with you."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [KEY_EXAMPLE]})

    algorithm: Literal["RS256", "ES256", "EdDSA"]
    public_key: Annotated[str, Field(min_length=1, max_length=4096)]


@router.get("")
async def get_customer_key(who: Manager, ops: OpsDb) -> CustomerKey:
    """How the tokens of the tenant's customers have to be signed."""
    return await _current(ops, who.tenant)


@router.put("")
async def register_customer_key(body: PublicKey, who: Manager, ops: OpsDb) -> CustomerKey:
    """From now on only tokens signed with this key's private half are taken, by this algorithm.

    Tokens signed otherwise, with the tenant's secret too, stop within five seconds.
    """
    check_public_key(body.algorithm, body.public_key)
    await tenants.set_token_key(ops, who.tenant, body.algorithm, body.public_key)
    return await _current(ops, who.tenant)


@router.delete("")
async def forget_customer_key(who: Manager, ops: OpsDb) -> CustomerKey:
    """Back to the tenant's secret."""
    await tenants.set_token_key(ops, who.tenant, ALGORITHM, None)
    return await _current(ops, who.tenant)


async def _current(ops: Connection, tenant: str) -> CustomerKey:
    found = await tenants.get_tenant(ops, tenant)
    return CustomerKey.model_validate(
        {"algorithm": found.token_algorithm, "public_key": found.token_public_key}
    )
