"""Bad requests to every endpoint there is: refused by name, nothing stored, nothing said back."""

import json
import re
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import psycopg
import pytest
from psycopg import sql

from server.app import create_app
from server.openapi import SOCKET, routes_of
from server.settings import Settings
from tests.server.addresses import filled
from tests.server.bad_requests import BAD_BODIES, BAD_TEXTS, JSON, MARKER
from tests.server.callers import Callers

APP: Any = create_app(Settings())
ENDPOINTS = sorted(
    {(method, r.path) for r in routes_of(APP.app) for method in r.methods - {"HEAD", SOCKET}}
)
METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"}

TURN = '{"messages": [{"role": "user", "content": %s}]}'
# A body that is fine but for one text, and what that text is called.
TEXTS = {
    "POST /v1/chat": ('{"message": %s}', "message"),
    "POST /v1/handoffs/{conversation_id}/messages": ('{"message": %s}', "message"),
    "POST /v1/handoffs/{conversation_id}/notes": ('{"note": %s}', "note"),
    "POST /v1/handoffs/{conversation_id}/link-customer": ('{"customer_id": %s}', "customer_id"),
    "POST /v1/handoffs/{conversation_id}/assign": ('{"to": %s}', "to"),
    "POST /v1/handoffs/{conversation_id}/snooze": ('{"until": %s}', "until"),
    "POST /v1/handoffs/{conversation_id}/resolve": ('{"return_to_ai": true, "note": %s}', "note"),
    "POST /v1/canned-responses": (
        '{"shortcut": "/x", "title": "x", "category": "x", "content": %s}',
        "content",
    ),
    "POST /v1/approvals/{approval_id}/decide": ('{"decision": "accept", "note": %s}', "note"),
    "PUT /v1/policies": (
        '{"version": 0, "rules":'
        ' [{"name": "x", "actions": ["flag_refund"], "never": true, "because": %s}]}',
        "rules[0].because",
    ),
    "PUT /v1/tones": ('{"guardrails": [%s]}', "guardrails[0]"),
    "PATCH /ops/config": ('{"cors_origins": [%s]}', "cors_origins[0]"),
    "POST /v1/auth/token": ('{"email": "sam@example.com", "password": %s}', "password"),
    "POST /v1/auth/refresh": ('{"refresh_token": %s}', "refresh_token"),
    "POST /v1/auth/logout": ('{"refresh_token": %s}', "refresh_token"),
    "POST /v1/auth/invitation": ('{"token": "x", "password": %s}', "password"),
    "PUT /v1/auth/password": ('{"old_password": "x", "new_password": %s}', "new_password"),
    "PUT /v1/auth/oidc/provider": (
        '{"issuer": "https://id.example.com", "client_id": %s}',
        "client_id",
    ),
    "POST /v1/operators": ('{"email": "sam@example.com", "name": %s}', "name"),
    "PATCH /v1/operators/{operator_id}": ('{"name": "x", "role": %s}', "role"),
    "PUT /v1/auth/customer-key": ('{"algorithm": "EdDSA", "public_key": %s}', "public_key"),
    "POST /v1/api-keys": ('{"scopes": [], "name": %s}', "name"),
    "POST /v1/api-keys/{key_id}/rotate": ('{"overlap_s": %s}', "overlap_s"),
    "POST /v1/tickets": ('{"subject": %s}', "subject"),
    "PUT /v1/tickets/{ticket_id}": ('{"assigned_to": %s}', "assigned_to"),
    "PATCH /v1/profile": ('{"name": %s}', "name"),
    "POST /v1/knowledge/search": ('{"query": %s}', "query"),
    "POST /v1/knowledge/feedback": ('{"useful": true, "source": %s}', "source"),
    "POST /v1/knowledge/documents": ('{"title": "x", "content": %s}', "content"),
    "POST /v1/intents/examples": ('{"intent": "refund", "content": %s}', "content"),
    "PUT /v1/knowledge/categories/{specialist}/{name}": (
        '{"keywords": [], "response": %s}',
        "response",
    ),
    "POST /v1/customers/{customer_id}/merge": ('{"customer_id": %s}', "customer_id"),
    "POST /v1/customers/{customer_id}/unmerge": ('{"customer_id": %s}', "customer_id"),
    "POST /v1/auth/code": ('{"conversation_id": "nowhere", "email": %s}', "email"),
    "POST /v1/auth/code/verify": ('{"conversation_id": "nowhere", "code": %s}', "code"),
    "POST /support/batch": (f'{{"inputs": [{TURN}]}}', "inputs[0].messages"),
    **{
        f"POST /support/{door}": (f'{{"input": {TURN}}}', "input.messages")
        for door in ("invoke", "stream", "stream_events", "stream_log")
    },
}
# bad texts that are fine there
MAY_BE = {
    ("POST /v1/handoffs/{conversation_id}/link-customer", b"5"),
    ("POST /v1/handoffs/{conversation_id}/assign", b"null"),
    ("POST /v1/handoffs/{conversation_id}/resolve", b"null"),
    ("POST /v1/approvals/{approval_id}/decide", b"null"),
    ("PATCH /v1/operators/{operator_id}", b"null"),
    ("POST /v1/api-keys/{key_id}/rotate", b"5"),
    ("PUT /v1/tickets/{ticket_id}", b"null"),
    ("POST /v1/customers/{customer_id}/merge", b"5"),
    ("POST /v1/customers/{customer_id}/unmerge", b"5"),
    ("POST /v1/auth/code", b"null"),
}
WITHOUT_BODY = [
    (method, path)
    for method, path in ENDPOINTS
    if method in {"GET", "DELETE"}
    or path.endswith(("/close", "/accept", "/heartbeat", "}/invitation"))
]
CLEARS = "/v1/knowledge"  # takes no body and asks nothing else
FORMS = {"/v1/knowledge/documents"}  # multipart is taken there: see test_documents.py
NEVER_READ = {  # what a route without a body may pass over: it is JSON, and not looked at
    "a list of 10,000 numbers",
    "white space only",
    "nothing",
    "a text",
    "a list at the root",
    "null at the root",
}
BAD_TARGETS = {
    "a broken escape": b"%zz",
    "an escaped NUL": b"%00",
    "an escaped control character": b"%1b",
    "bytes that are not UTF-8": b"%ff%fe",
    "an escaped surrogate": b"%ed%a0%80",
    "far too long": b"a" * 9000,
}


@pytest.fixture(scope="module")
async def http(callers: Callers) -> AsyncIterator[httpx.AsyncClient]:
    async with callers.http(callers.admin) as client:
        yield client


@pytest.fixture(scope="module")
def behind(seeded_url: str, http: httpx.AsyncClient) -> Iterator[psycopg.Connection]:
    """The served database; opened when the server is ready."""
    with psycopg.connect(seeded_url, autocommit=True) as db:
        yield db


@pytest.fixture(autouse=True)
def _nothing_is_stored(behind: psycopg.Connection) -> Iterator[None]:
    """Row counts of all tables but the job queue's own, which has a clock."""
    before = counted(behind)
    yield
    assert counted(behind) == before


def counted(db: psycopg.Connection) -> dict[str, int]:
    tables = db.execute(
        "SELECT schemaname, tablename FROM pg_tables WHERE schemaname IN ('public', 'ops')"
        " AND tablename NOT LIKE 'procrastinate%'"
    ).fetchall()
    count = sql.SQL("SELECT {}, count(*) FROM {}")
    each = [count.format(".".join(table), sql.Identifier(*table)) for table in tables]
    return dict(db.execute(sql.SQL(" UNION ALL ").join(each)).fetchall())


def refusal(response: httpx.Response, what: str) -> dict[str, Any]:
    """The checked problem document."""
    assert 400 <= response.status_code < 500, (what, response.status_code, response.text[:300])
    assert response.headers["content-type"] == "application/problem+json", what
    assert MARKER not in response.text + str(response.headers), what
    assert len(response.content) < 4000, what
    document: dict[str, Any] = response.json()
    assert document["request_id"] == response.headers["x-request-id"], what
    if response.status_code == 422:
        assert document["errors"], what
        assert all(error["field"] and error["message"] for error in document["errors"]), what
    return document


def test_every_endpoint_is_tried_with_the_bodies_it_takes() -> None:
    with_body = set(ENDPOINTS) - set(WITHOUT_BODY)
    assert {f"{method} {path}" for method, path in with_body} == set(TEXTS)


@pytest.mark.parametrize("route", TEXTS)
async def test_a_bad_text_is_refused_by_its_name(http: httpx.AsyncClient, route: str) -> None:
    body, field = TEXTS[route]
    method, path = route.split()
    before, _, after = body.encode().partition(b"%s")
    for bad in BAD_TEXTS:
        content = before + bad.value + after
        found = await http.request(method, filled(path), content=content, headers=JSON)
        document = refusal(found, bad.name)
        if (route, bad.value) in MAY_BE:
            assert found.status_code == 404
            continue
        assert found.status_code == 422, bad.name
        assert document["errors"][0]["field"].startswith(field), (bad.name, document)


@pytest.mark.parametrize("route", TEXTS)
async def test_a_bad_body_is_refused(http: httpx.AsyncClient, route: str) -> None:
    method, path = route.split()
    for bad in BAD_BODIES:
        if path in FORMS and bad.name == "multipart":
            continue
        found = await http.request(method, filled(path), content=bad.body, headers=bad.headers)
        document = refusal(found, bad.name)
        assert found.status_code == bad.status, (bad.name, found.text)
        assert document["detail"].startswith(bad.named), (bad.name, document)


@pytest.mark.parametrize(("method", "path"), WITHOUT_BODY)
async def test_a_bad_body_where_none_is_wanted_does_no_harm(
    http: httpx.AsyncClient, method: str, path: str
) -> None:
    for bad in BAD_BODIES:
        if method == "DELETE" and path == CLEARS and (bad.name in NEVER_READ or not bad.body):
            continue
        if path in FORMS and bad.name == "multipart":
            continue
        found = await http.request(method, filled(path), content=bad.body, headers=bad.headers)
        if bad.name in NEVER_READ or not bad.body:
            assert found.status_code < 500, (bad.name, found.text)
        else:
            assert refusal(found, bad.name)["status"] == bad.status, bad.name


@pytest.mark.parametrize(("method", "path"), ENDPOINTS)
async def test_a_bad_address_is_refused(http: httpx.AsyncClient, method: str, path: str) -> None:
    for name, bad in BAD_TARGETS.items():
        for target in (
            path.encode().partition(b"{")[0] + bad,
            filled(path).encode() + b"?q=" + bad,
        ):
            request = http.build_request(method, "/")
            request.extensions = {**request.extensions, "target": target}
            found = await http.send(request)
            document = refusal(found, name)
            assert found.status_code in {413, 422}, (name, found.text)
            assert document["detail"].partition(":")[0] in {"path", "query"}


@pytest.mark.parametrize(
    "bad", ["a b", "a:b", "-a", "~", "é", "a" * 129, "../x", "%2e%2e", "'; DROP TABLE messages; --"]
)
async def test_an_unsafe_id_is_refused_by_its_name(http: httpx.AsyncClient, bad: str) -> None:
    for method, path in ENDPOINTS:
        if "_id}" not in path:
            continue
        url = re.sub(r"\{\w+\}", lambda _: bad.replace("/", "%2F"), path)
        found = await http.request(
            method, url, json={"message": "x", "return_to_ai": True} if method == "POST" else None
        )
        refusal(found, f"{method} {path}")
        assert found.status_code in {404, 422}


@pytest.mark.parametrize("path", sorted({path for _, path in ENDPOINTS}))
async def test_a_wrong_method_is_told_the_right_ones(http: httpx.AsyncClient, path: str) -> None:
    right = {method for method, known in ENDPOINTS if known == path}
    for method in METHODS - right:
        found = await http.request(method, filled(path))
        document = refusal(found, method)
        assert document["status"] == 405
        assert right <= set(found.headers["allow"].split(", "))


@pytest.mark.parametrize("route", [route for route in TEXTS if "/support/" not in route])
async def test_what_an_endpoint_does_not_know_is_refused(
    http: httpx.AsyncClient, route: str
) -> None:
    method, path = route.split()
    body = json.loads(TEXTS[route][0] % '"x"') | {"massage": MARKER}
    found = await http.request(method, filled(path), json=body)
    document = refusal(found, "an extra key")
    assert found.status_code == 422
    assert {"field": "massage", "message": "Extra inputs are not permitted"} in document["errors"]
