"""Role × permission: every route declares one, and lets in exactly who the table says."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from data.scope import Role
from server.app import create_app
from server.auth.authenticator import Authenticator, Secrets
from server.auth.permissions import ALLOWED, SCOPES, Permission
from server.auth.principal import Principal, operator_party
from server.openapi import PUBLIC, SOCKET, routes_of
from server.settings import DEMO_TENANT, Settings
from server.wiring import open_services
from tests.server.addresses import NOTHING, filled
from tests.server.callers import problem

CUSTOMERS = {"customer", "visitor", "newcomer", "admin", "app"}
READERS = {"customer", "visitor", "admin", "app", "operator"}
PEOPLE = {"operator", "admin"}
ADMINS = {"admin"}
EVERYBODY = CUSTOMERS | PEOPLE
WRITING = {"POST", "PUT", "PATCH"}  # no body fits, so nothing is done

# Who gets past the door. Spelled out, so that a change of the table has to be a change of this.
TABLE: dict[str, set[str]] = {
    "POST /v1/chat": CUSTOMERS,
    "POST /v1/auth/code": CUSTOMERS,
    "POST /v1/auth/code/verify": CUSTOMERS,
    "GET /v1/conversations": READERS,
    "GET /v1/conversations/{conversation_id}": READERS,
    "GET /v1/conversations/{conversation_id}/messages": READERS,
    "POST /v1/conversations/{conversation_id}/close": READERS,
    "GET /v1/handoffs": PEOPLE,
    "POST /v1/handoffs/{conversation_id}/accept": PEOPLE,
    "POST /v1/handoffs/{conversation_id}/heartbeat": PEOPLE,
    "POST /v1/handoffs/{conversation_id}/assign": PEOPLE,
    "POST /v1/handoffs/{conversation_id}/snooze": PEOPLE,
    "GET /v1/handoffs/{conversation_id}/messages": PEOPLE,
    "POST /v1/handoffs/{conversation_id}/messages": PEOPLE,
    "POST /v1/handoffs/{conversation_id}/notes": PEOPLE,
    "GET /v1/handoffs/{conversation_id}/context": PEOPLE,
    "POST /v1/handoffs/{conversation_id}/link-customer": PEOPLE,
    "GET /v1/handoffs/{conversation_id}/sentiment": PEOPLE,
    "GET /v1/canned-responses": PEOPLE,
    "POST /v1/canned-responses": PEOPLE,
    "DELETE /v1/canned-responses/{canned_id}": PEOPLE,
    "POST /v1/handoffs/{conversation_id}/resolve": PEOPLE,
    "GET /v1/handoffs/{conversation_id}/copilot": PEOPLE,
    "GET /v1/handoffs/{conversation_id}/smart-suggestions": PEOPLE,
    "GET /v1/approvals": PEOPLE,
    "POST /v1/approvals/{approval_id}/decide": PEOPLE,
    "GET /v1/policies": ADMINS,
    "PUT /v1/policies": ADMINS,
    "GET /v1/auth/sessions": PEOPLE,
    "DELETE /v1/auth/sessions/{session_id}": PEOPLE,
    "GET /v1/operators": ADMINS,
    "POST /v1/operators": ADMINS,
    "PATCH /v1/operators/{operator_id}": ADMINS,
    "POST /v1/operators/{operator_id}/invitation": ADMINS,
    "GET /v1/auth/customer-key": ADMINS,
    "PUT /v1/auth/customer-key": ADMINS,
    "DELETE /v1/auth/customer-key": ADMINS,
    "GET /v1/tones": ADMINS,
    "PUT /v1/tones": ADMINS,
    "DELETE /v1/tones": ADMINS,
    "PUT /v1/auth/password": PEOPLE,
    "GET /v1/auth/oidc/provider": ADMINS,
    "PUT /v1/auth/oidc/provider": ADMINS,
    "DELETE /v1/auth/oidc/provider": ADMINS,
    "GET /ops/config": ADMINS,
    "PATCH /ops/config": ADMINS,
    "GET /v1/api-keys": ADMINS,
    "POST /v1/api-keys": ADMINS,
    "POST /v1/api-keys/{key_id}/rotate": ADMINS,
    "DELETE /v1/api-keys/{key_id}": ADMINS,
    "GET /v1/customers/{customer_id}": READERS,
    "GET /v1/customers/{customer_id}/orders": READERS,
    "GET /v1/customers/{customer_id}/tickets": READERS,
    "GET /v1/customers/{customer_id}/invoices": READERS,
    "GET /v1/customers/{customer_id}/profile": PEOPLE | {"app"},
    "POST /v1/customers/{customer_id}/merge": PEOPLE,
    "POST /v1/customers/{customer_id}/unmerge": PEOPLE,
    "DELETE /v1/customers/{customer_id}": ADMINS | {"app"},
    "GET /v1/tickets": READERS,
    "POST /v1/tickets": READERS,
    "PUT /v1/tickets/{ticket_id}": PEOPLE | {"app"},
    "GET /v1/profile": {"customer"},  # whoever else may has none
    "PATCH /v1/profile": {"customer", "visitor", "admin"},  # refused for its empty body first
    "GET /v1/knowledge/search": EVERYBODY,
    "POST /v1/knowledge/search": EVERYBODY,
    "GET /v1/knowledge/documents": PEOPLE | {"app"},
    "POST /v1/knowledge/documents": ADMINS | {"app"},
    "DELETE /v1/knowledge/documents/{document_id}": ADMINS | {"app"},
    "DELETE /v1/knowledge": ADMINS | {"app"},
    "GET /v1/knowledge/stats": PEOPLE | {"app"},
    "GET /v1/knowledge/gaps": PEOPLE | {"app"},
    "GET /v1/knowledge/gaps/{gap_id}/draft": PEOPLE | {"app"},
    "DELETE /v1/knowledge/gaps/{gap_id}": ADMINS | {"app"},
    "GET /v1/knowledge/doubts": PEOPLE | {"app"},
    "POST /v1/knowledge/feedback": READERS,
    "GET /v1/knowledge/categories": PEOPLE | {"app"},
    "PUT /v1/knowledge/categories/{specialist}/{name}": ADMINS | {"app"},
    "DELETE /v1/knowledge/categories/{specialist}/{name}": ADMINS | {"app"},
    "GET /v1/intents/examples": PEOPLE | {"app"},
    "POST /v1/intents/examples": ADMINS | {"app"},
    "DELETE /v1/intents/examples": ADMINS | {"app"},
    "POST /support/invoke": EVERYBODY,
    "POST /support/batch": EVERYBODY,
    "POST /support/stream": EVERYBODY,
    "POST /support/stream_events": EVERYBODY,
    "POST /support/stream_log": EVERYBODY,
    "GET /support/input_schema": EVERYBODY,
    "GET /support/output_schema": EVERYBODY,
    "GET /support/config_schema": EVERYBODY,
    "GET /support/playground/{file_path:path}": EVERYBODY,
}

SOCKETS: dict[str, set[str]] = {
    "/ws/customer": CUSTOMERS,
    "/ws/customer/{conversation_id}": CUSTOMERS,
    "/ws/operator": PEOPLE,
    "/ws/operator/{conversation_id}": PEOPLE,
}

VISITOR = Principal(DEMO_TENANT, Role.CUSTOMER, "visitor:1")
PRINCIPALS: dict[str, Principal] = {
    "customer": Principal(DEMO_TENANT, Role.CUSTOMER, "customer:1", 1),
    "visitor": VISITOR,
    "newcomer": replace(VISITOR, newcomer=True),
    "app": Principal(DEMO_TENANT, Role.APP, "key:1", scopes=SCOPES),
    "app without scopes": Principal(DEMO_TENANT, Role.APP, "key:2"),
    "operator": Principal(DEMO_TENANT, Role.OPERATOR, operator_party(NOTHING)),
    "admin": Principal(DEMO_TENANT, Role.ADMIN, "key:3", scopes=SCOPES),
    "customer_ai": Principal(DEMO_TENANT, Role.CUSTOMER_AI, "ai"),
    "agent_assist": Principal(DEMO_TENANT, Role.AGENT_ASSIST, "ai"),
    "system": Principal(DEMO_TENANT, Role.SYSTEM, "job"),
}


class Introduced(Authenticator):
    """Believes whoever says who they are: for roles that have no credential of their own yet."""

    async def principal(self, headers: Mapping[str, str]) -> Principal:
        return PRINCIPALS[headers["x-is"]]


@pytest.fixture(scope="module")
def app(data_dir: Path) -> FastAPI:
    gate = create_app(Settings(data_dir=data_dir))
    found: FastAPI = gate.app  # type: ignore[attr-defined]
    return found


@pytest.fixture(scope="module")
async def http(app: FastAPI, seeded_url: str, data_dir: Path) -> AsyncIterator[httpx.AsyncClient]:
    often = "1000000/minute"
    settings = Settings(
        data_dir=data_dir,
        database_url=seeded_url,
        rate_limit_default=often,
        rate_limit_chat=often,
        rate_limit_faq=often,
    )
    async with open_services(settings, seeded_url) as services:
        introduced = Introduced(
            services.database, Secrets("p" * 32, "v" * 32, "o" * 32), allow_visitors=True
        )
        app.state.services = replace(services, authenticator=introduced)
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            yield client


def test_every_route_declares_a_permission_or_is_listed_as_public(app: FastAPI) -> None:
    for route in routes_of(app):
        assert bool(route.permissions) != (route.path in PUBLIC), route.path


def test_every_public_address_is_there(app: FastAPI) -> None:
    assert {route.path for route in routes_of(app)} >= PUBLIC


def test_the_table_names_every_route_that_is_not_public(app: FastAPI) -> None:
    named = {
        f"{method} {route.path}"
        for route in routes_of(app)
        for method in route.methods - {"HEAD", SOCKET}
        if route.path not in PUBLIC
    }
    assert named == set(TABLE)
    assert {route.path for route in routes_of(app) if SOCKET in route.methods} == set(SOCKETS)


@pytest.mark.parametrize("who", PRINCIPALS)
def test_a_socket_lets_in_whom_the_table_says(app: FastAPI, who: str) -> None:
    for route in routes_of(app):
        if SOCKET in route.methods:
            let_in = any(map(PRINCIPALS[who].may, route.permissions))
            assert let_in is (who in SOCKETS[route.path]), route.path


@pytest.mark.parametrize("who", PRINCIPALS)
@pytest.mark.parametrize("route", TABLE)
async def test_a_route_lets_in_whom_the_table_says(
    http: httpx.AsyncClient, route: str, who: str
) -> None:
    method, path = route.split()
    body: dict[str, str] | None = {"no": "body"} if method in WRITING else None
    found = await http.request(method, filled(path), json=body, headers={"x-is": who})
    if who in TABLE[route]:
        assert found.status_code in {200, 404, 422}, found.text
    else:
        problem(found, 401 if who == "newcomer" else 403)


@pytest.mark.parametrize("who", PRINCIPALS)
async def test_operators_decide_and_customers_talk(http: httpx.AsyncClient, who: str) -> None:
    talk = {"input": {"messages": [{"role": "user", "content": "Hello"}]}}
    decide = {
        "input": {"resume": {"action": "return"}},
        "config": {"configurable": {"thread_id": "nowhere"}},
    }
    talked = await http.post("/support/invoke", json=talk, headers={"x-is": who})
    decided = await http.post("/support/invoke", json=decide, headers={"x-is": who})
    refused = 401 if who == "newcomer" else 403
    assert talked.status_code == (200 if who in CUSTOMERS else 403)
    assert decided.status_code == (404 if who in PEOPLE else refused)


@pytest.mark.parametrize("scope", Permission)
async def test_a_scope_opens_its_own_routes_and_no_others(
    app: FastAPI, http: httpx.AsyncClient, scope: Permission
) -> None:
    PRINCIPALS["one scope"] = Principal(DEMO_TENANT, Role.APP, "key:9", scopes=frozenset({scope}))
    for route in routes_of(app):
        if route.path in PUBLIC or "playground" in route.path or SOCKET in route.methods:
            continue
        method = next(iter(route.methods - {"HEAD"}))
        found = await http.request(
            method, filled(route.path), json={"no": "body"}, headers={"x-is": "one scope"}
        )
        let_in = scope in route.permissions and scope in ALLOWED[Role.APP]
        assert (found.status_code != 403) is let_in, (route.path, found.text)


def test_every_role_has_a_row_and_nothing_unknown_in_it() -> None:
    assert set(ALLOWED) == set(Role)
    assert ALLOWED[Role.ADMIN] == set(Permission)
    assert ALLOWED[Role.CUSTOMER_AI] == ALLOWED[Role.AGENT_ASSIST] == frozenset()
