"""The OpenAPI document: complete, true, and enough to call every endpoint."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema_rs import Draft202012Validator

from server.app import create_app
from server.auth.permissions import roles_with
from server.openapi import PUBLIC, SCHEMES, SOCKET, routes_of
from server.settings import DEMO_TENANT, Settings
from tests.server.addresses import filled
from tests.server.callers import ALICE, Callers, thread
from tests.server.people import SignedIn, signed_in
from tests.server.waiting import a_waiting_refund

APP: Any = create_app(Settings())
DOCUMENT: dict[str, Any] = APP.app.openapi()
OPERATIONS = [
    (method, path) for path, known in sorted(DOCUMENT["paths"].items()) for method in known
]
PROBLEM = {"$ref": "#/components/schemas/Problem"}


def operation(method: str, path: str) -> dict[str, Any]:
    found: dict[str, Any] = DOCUMENT["paths"][path][method]
    return found


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema a reference names."""
    name = schema.get("$ref", "").rpartition("/")[2]
    found: dict[str, Any] = DOCUMENT["components"]["schemas"][name] if name else schema
    return found


def examples_of(content: dict[str, Any]) -> list[Any]:
    """Those beside the schema and those in it."""
    return [content["example"]] if "example" in content else resolved(content["schema"])["examples"]


def contents(method: str, path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Media type and content of the request and of each successful response."""
    shown = operation(method, path)
    yield from shown.get("requestBody", {}).get("content", {}).items()
    for status, response in shown["responses"].items():
        if status < "300":
            yield from response["content"].items()


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_every_body_has_a_model_and_an_example_that_fits_it(method: str, path: str) -> None:
    for media_type, content in contents(method, path):
        assert content["schema"], media_type
        shown = {**content["schema"], "components": DOCUMENT["components"]}
        for example in examples_of(content):
            if path.endswith("_schema"):
                continue  # a schema of its own, cut short
            parts = events_in(example) if media_type == "text/event-stream" else [example]
            for part in parts:
                assert list(Draft202012Validator(shown).iter_errors(part)) == []


def events_in(stream: str) -> list[dict[str, str]]:
    """A stream's events, as its schema describes one."""
    blocks = stream.replace("\r\n", "\n").strip().split("\n\n")
    lines = [[line.split(": ", 1) for line in block.splitlines()] for block in blocks]
    return [{pair[0]: pair[-1] for pair in pairs} for pairs in lines if pairs]


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_every_refusal_is_a_problem_document(method: str, path: str) -> None:
    responses = operation(method, path)["responses"]
    refusals = {status: response for status, response in responses.items() if status >= "400"}
    assert {"413", "415", "422"} <= set(refusals)
    if path not in PUBLIC:
        assert {"401", "403", "404", "409", "429", "503"} <= set(refusals)
    for response in refusals.values():
        assert response["content"] == {"application/problem+json": {"schema": PROBLEM}}
        assert response["description"]


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_every_operation_says_who_may_call_it_and_how(method: str, path: str) -> None:
    shown = operation(method, path)
    (route,) = {r for r in routes_of(APP.app) if r.path == path and method.upper() in r.methods}
    assert shown.get("x-permission", []) == list(route.permissions)
    assert shown["summary"]
    if path in PUBLIC:
        assert shown["security"] == []
        return
    assert shown["x-roles"] == [str(role) for role in roles_with(*route.permissions)]
    named = [name for alternative in shown["security"] for name in alternative]
    assert named[0] == "ApiKey"
    assert set(named) <= set(SCHEMES)
    anybody = {} in shown["security"]
    assert anybody == bool({"chat", "knowledge:search"} & set(shown["x-permission"]))


def test_the_credentials_are_described() -> None:
    schemes = DOCUMENT["components"]["securitySchemes"]
    assert {scheme.get("name", scheme.get("scheme")) for scheme in schemes.values()} == {
        "x-api-key",
        "bearer",
        "x-conversation-token",
    }
    assert all(scheme["description"] for scheme in schemes.values())


def test_every_endpoint_that_is_served_is_in_the_document_but_pages_and_files() -> None:
    others = {"HEAD", SOCKET}
    served = {(m.lower(), r.path) for r in routes_of(APP.app) for m in r.methods - others}
    missing = {path for _, path in served - set(OPERATIONS)}
    pages = {"/docs", "/docs/oauth2-redirect", "/redoc", "/openapi.json"}
    assert missing == pages | {"/support/playground/{file_path:path}"}


def test_every_operation_has_a_name_of_its_own() -> None:
    names = [operation(*each)["operationId"] for each in OPERATIONS]
    assert len(names) == len(set(names))


def test_the_insides_are_not_in_the_document() -> None:
    for word in ("config_hash", "principal", "checkpoint", "lease", "interrupt_id", "prompt"):
        assert word not in str(DOCUMENT)


def test_outside_dev_the_developers_doors_are_not_in_the_document(data_dir: Path) -> None:
    settings = Settings(
        env="prod",
        data_dir=data_dir,
        database_url="postgresql://nowhere/x",
        jwt_secret_key="s" * 40,  # type: ignore[arg-type]
    )
    app: Any = create_app(settings)
    assert not [p for p in app.app.openapi()["paths"] if "stream_" in p or "playground" in p]


async def test_the_pages_load(callers: Callers) -> None:
    async with callers.http() as http:
        for path in ("/docs", "/redoc", "/openapi.json"):
            page = await http.get(path)
            assert page.status_code == 200
        assert page.json() == DOCUMENT


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
async def test_the_documents_own_example_works(callers: Callers, method: str, path: str) -> None:
    name = thread()
    async with callers.http(callers.admin) as http:
        await http.post("/v1/chat", json=person(name))
        made = await http.post("/v1/api-keys", json={"name": "an example"})
        people = "operator" in path or "/auth/" in path or path.endswith("/assign")
        person_in = await signed_in(http) if people else SignedIn()
        made_too = await http.post("/v1/knowledge/documents", json=DOCUMENT_TOO)
        ids = {
            **person_in.ids,
            "conversation_id": name,
            "key_id": made.json()["id"],
            "document_id": made_too.json()["id"],
            "approval_id": await a_waiting_refund(callers.database, "demo", name, ALICE, 404_404),
            **EXISTING,
            "canned_id": 3,
        }
        ids |= await two_customers(callers, method, path)
        if "gap_id" in path:
            ids["gap_id"] = await answered_gap(http)
        shown = operation(method, path).get("requestBody")
        body = examples_of(shown["content"]["application/json"])[0] if shown else None
        body = person_in.bodies.get(path, body)
        if path.endswith("/assign"):
            body = {"to": ids["operator_id"]}
        if path.endswith("/snooze"):  # the example's moment is over
            body = {"until": f"{datetime.now(UTC) + timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"}
        if path.endswith("/heartbeat"):
            await http.post(f"/v1/handoffs/{name}/accept")
        if path.endswith("merge"):
            body = {"customer_id": ids["other_id"]}
    known = await callers.customer(ALICE) if path in OWN else callers.admin
    known = person_in.headers if path == "/v1/auth/password" else known
    async with callers.http(known) as http:
        if body and "/auth/code" in path:  # it takes a conversation of the caller's own
            hello = {"message": "Hello", "conversation_id": body["conversation_id"]}
            await http.post("/v1/chat", json=hello)
        url = filled(path, **ids) + QUERIES.get(f"{method.upper()} {path}", "")
        found = await http.request(method.upper(), url, json=body)
    if "/oidc/" in path:  # an identity provider is needed: see test_oidc.py
        refused = {"put": 422, "get": 401 if path.endswith("/callback") else 404}
        assert found.status_code == refused.get(method, 404)
        return
    if path == "/v1/auth/code/verify":  # the example's code is the right one nowhere
        assert found.status_code == 403, found.text
        return
    assert found.status_code in {200, 201, 202}, found.text
    fits(method, path, found)


async def answered_gap(http: httpx.AsyncClient) -> str:
    """The id of a question that only a person could answer, and did."""
    name = thread()
    for message in ("Do you repair pink submarines?", "I want to talk to a human."):
        await http.post("/v1/chat", json={"message": message, "conversation_id": name})
    await http.post(f"/v1/handoffs/{name}/messages", json={"message": "Submarines are not ours."})
    await http.post(f"/v1/handoffs/{name}/resolve", json={"return_to_ai": False})
    found: str = (await http.get("/v1/knowledge/gaps")).json()["items"][0]["id"]
    return found


EXISTING: dict[str, object] = {
    "customer_id": ALICE,
    "ticket_id": 1,
    "specialist": "general",
    "name": "opening_hours",
}
QUERIES = {"GET /v1/knowledge/search": "?q=refund", "DELETE /v1/intents/examples": "?id=1"}
DOCUMENT_TOO = {"title": "Refund policy", "source": "articles/billing/refund-policy"} | {
    "content": "Defective items go back within 30 days."
}
OWN = {"/v1/profile"}  # addresses for customers only


async def two_customers(callers: Callers, method: str, path: str) -> dict[str, object]:
    """Somebody to merge or forget, so that the others stay as they are."""
    if not (path.endswith("merge") or (method, path) == ("delete", "/v1/customers/{customer_id}")):
        return {}
    async with callers.database.transaction(DEMO_TENANT) as db:
        cursor = await db.execute(
            "INSERT INTO customers (tenant, name, email) VALUES (%(tenant)s, 'N', %(one)s),"
            " (%(tenant)s, 'N', %(two)s) RETURNING id",
            {"tenant": DEMO_TENANT, "one": f"{thread()}@x.y", "two": f"{thread()}@x.y"},
        )
        (one,), (two,) = await cursor.fetchall()
    if path.endswith("unmerge"):
        async with callers.http(callers.admin) as http:
            await http.post(f"/v1/customers/{one}/merge", json={"customer_id": two})
    return {"customer_id": one, "other_id": two}


def person(name: str) -> dict[str, Any]:
    """What makes a conversation wait for people."""
    words = "I want to talk to a human agent, please."
    return {"message": words, "conversation_id": name, "customer_id": ALICE}


def fits(method: str, path: str, found: httpx.Response) -> None:
    """Whether an answer is what the document says."""
    response = operation(method, path)["responses"][str(found.status_code)]
    media_type = found.headers["content-type"].partition(";")[0]
    schema = {**response["content"][media_type]["schema"], "components": DOCUMENT["components"]}
    read: dict[str, Callable[[], list[Any]]] = {
        "application/json": lambda: [found.json()],
        "text/plain": lambda: [found.text],
        "text/event-stream": lambda: list(events_in(found.text)),
    }
    answers = read[media_type]()
    for answer in answers:
        assert list(Draft202012Validator(schema).iter_errors(answer)) == []
