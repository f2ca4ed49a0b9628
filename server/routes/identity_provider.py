"""The identity provider through which the caller's company signs in, where it has its own."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from data.errors import Invalid, NotFound, Unavailable
from data.identity_providers import (
    IdentityProvider,
    delete_provider,
    find_provider,
    put_provider,
)
from server.access import App, Db, allow
from server.auth.oidc import places_of
from server.auth.permissions import Permission
from server.auth.principal import Principal
from server.auth.web_address import is_private_on_the_way
from server.errors import PROBLEM_RESPONSES
from server.settings import Settings

router = APIRouter(
    prefix="/v1/auth/oidc/provider", tags=["authentication"], responses=PROBLEM_RESPONSES
)

Manager = Annotated[Principal, allow(Permission.MANAGE_OPERATORS)]
Short = Annotated[str, Field(min_length=1, max_length=500)]

PROVIDER_EXAMPLE: dict[str, Any] = {
    "issuer": "https://id.example.com",
    "client_id": "switchboard",
    "has_secret": True,
    "own": True,
}


class ProviderOut(BaseModel):
    """`own` is false where it is the installation's. The secret is never shown."""

    model_config = ConfigDict(json_schema_extra={"examples": [PROVIDER_EXAMPLE]})

    issuer: str
    client_id: str
    has_secret: bool
    own: bool


class Forgotten(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"message": "Forgotten"}]})

    message: Literal["Forgotten"]


class ProviderRequest(BaseModel):
    """What the company registered there, with this server's /v1/auth/oidc/callback."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "issuer": "https://id.example.com",
                    "client_id": "switchboard",
                    "client_secret": "as the provider gave it",
                }
            ]
        },
    )

    issuer: Short
    client_id: Short
    client_secret: Short | None = None


@router.get("")
async def get_provider(who: Manager, db: Db, services: App) -> ProviderOut:
    """The company's own provider, else the installation's; 404 where there is none."""
    own = await find_provider(db, who.tenant)
    found = own or services.single_sign_on.usual
    if found is None:
        raise NotFound("identity provider", who.tenant)
    return _shown(found, own=own is not None)


@router.put("")
async def register_provider(body: ProviderRequest, who: Manager, services: App) -> ProviderOut:
    """From now on the company's operators sign in there; it has to answer as a provider.

    Operators are known anew by their addresses. Sessions go on.
    """
    check_issuer(body.issuer, services.settings)
    provider = IdentityProvider(body.issuer, body.client_id, body.client_secret)
    try:
        await places_of(provider)
    except Unavailable:
        raise Invalid("issuer", "does not answer as an OpenID Connect provider") from None
    async with services.database.transaction(who.tenant) as db:
        await put_provider(db, who.tenant, provider)
    return _shown(provider, own=True)


@router.delete("")
async def forget_provider(who: Manager, db: Db) -> Forgotten:
    """Back to the installation's provider, if it has one; 404 where there is none to forget."""
    if not await delete_provider(db, who.tenant):
        raise NotFound("identity provider", who.tenant)
    return Forgotten(message="Forgotten")


def check_issuer(issuer: str, settings: Settings) -> None:
    """Refuse an address that others could read along with.

    Raises:
        Invalid: it is not https, save for this very machine in development.
    """
    if not issuer.startswith("https://") and not (
        settings.env == "dev" and is_private_on_the_way(issuer)
    ):
        raise Invalid("issuer", "must start with https://")


def _shown(found: IdentityProvider, *, own: bool) -> ProviderOut:
    return ProviderOut(
        issuer=found.issuer,
        client_id=found.client_id,
        has_secret=found.client_secret is not None,
        own=own,
    )
