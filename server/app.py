"""The web application. Importing it opens nothing: `uvicorn server.app:app` starts it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.types import ASGIApp

from server import setting_values
from server.errors import install_error_handlers
from server.garbage import rare_collections
from server.gate import Gate, GateLimits
from server.openapi import install_openapi
from server.origins import CrossOrigin
from server.prepare import leave, prepare
from server.proxies import Proxies
from server.routes import (
    api_keys,
    approvals,
    auth,
    canned,
    chat,
    codes,
    config,
    conversations,
    curated,
    customer_key,
    customers,
    desk,
    documents,
    doubts,
    gaps,
    handoffs,
    health,
    identities,
    identity_provider,
    intents,
    knowledge,
    metrics,
    oidc,
    operators,
    password,
    policies,
    profile,
    sessions,
    sockets,
    suggestions,
    tickets,
    tones,
)
from server.routes.support import add_support
from server.settings import Settings, read_settings
from server.wiring import open_services

DESCRIPTION = """\
Switchboard answers customers: from its knowledge, from the company's records through
permission-checked tools, and through people where it should.

Errors are RFC 9457 problem documents. Send an API key as `x-api-key`, or a customer's or operator's
token as `Authorization: Bearer`. `x-permission` and `x-roles` say who may call what."""


def create_app(settings: Settings | None = None) -> ASGIApp:
    """The application behind its gate.

    Args:
        settings: left out, they are read from the environment when the server starts; routes for
            developers are then decided by the environment as it is now.
    """
    known = settings or read_settings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        url = await prepare(known)
        try:
            async with open_services(known, url) as services:
                app.state.services = services
                with rare_collections():
                    yield
        finally:
            await leave(known)

    app = FastAPI(
        title=known.app_name,
        description=DESCRIPTION,
        version="0.1.0",
        lifespan=lifespan,
    )
    app.add_middleware(CrossOrigin)
    app.add_middleware(Proxies, trusted=setting_values.networks(known.trusted_proxies))
    install_error_handlers(app)
    app.include_router(health.router)
    app.include_router(metrics.router)
    for noun in (
        chat,
        codes,
        conversations,
        customers,
        identities,
        tickets,
        profile,
        handoffs,
        suggestions,
        desk,
        canned,
        approvals,
        policies,
        knowledge,
        documents,
        doubts,
        gaps,
        curated,
        intents,
        auth,
        oidc,
        identity_provider,
        sessions,
        operators,
        password,
        customer_key,
        api_keys,
        tones,
        sockets,
        config,
    ):
        app.include_router(noun.router)
    add_support(app, for_developers=known.env == "dev")
    install_openapi(app)
    return Gate(app, GateLimits())


app = create_app()
