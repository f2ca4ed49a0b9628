"""Single sign-on of operators and admins through an identity provider."""

from typing import Annotated

from fastapi import APIRouter, Cookie, Depends, Query, Response
from fastapi.responses import RedirectResponse

from data.errors import Unauthenticated
from server.access import App, stranger
from server.auth.oidc import FAILED, LOGIN_LIFE
from server.errors import PROBLEM_RESPONSES
from server.routes.auth import Client, TenantId, Tokens, shown
from server.settings import DEMO_TENANT

router = APIRouter(
    prefix="/v1/auth/oidc",
    tags=["authentication"],
    responses=PROBLEM_RESPONSES,
    dependencies=[Depends(stranger)],
)

COOKIE = "switchboard_single_sign_on"

Short = Annotated[str | None, Query(max_length=2048)]


@router.get("/login", status_code=302, response_class=RedirectResponse)
async def begin(
    services: App, tenant: Annotated[TenantId, Query()] = DEMO_TENANT
) -> RedirectResponse:
    """Go to the identity provider and come back signed in to one company."""
    url, kept = await services.single_sign_on.begin(tenant)
    response = RedirectResponse(url, 302)
    response.set_cookie(
        COOKIE,
        kept,
        max_age=int(LOGIN_LIFE.total_seconds()),
        path=router.prefix,
        secure=(services.settings.oidc_redirect_url or "").startswith("https://"),
        httponly=True,
        samesite="lax",
    )
    return response


@router.get("/callback")
async def finish(
    services: App,
    response: Response,
    code: Short = None,
    state: Short = None,
    kept: Annotated[str | None, Cookie(alias=COOKIE, include_in_schema=False)] = None,
    client: Client = "",
) -> Tokens:
    """Where the identity provider sends the browser back to.

    Whoever it names must be an operator already, added by an admin under the same address.
    """
    if code is None or state is None or kept is None:
        raise Unauthenticated(FAILED)
    tenant, identity = await services.single_sign_on.finish(kept, state, code)
    found = await services.sign_in.by_identity(tenant, identity, client)
    response.delete_cookie(COOKIE, path=router.prefix)
    return shown(found, response)
