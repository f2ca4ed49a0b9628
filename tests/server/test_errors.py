"""Problem documents: one shape for every error, whoever raised it, and nothing of the input."""

import logging
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

import httpx
import pytest
from fastapi import APIRouter, Body, FastAPI, Header, HTTPException, WebSocket
from fastapi.testclient import TestClient
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_validator
from starlette.websockets import WebSocketDisconnect

from data.errors import (
    Conflict,
    Forbidden,
    Invalid,
    LeaseLost,
    NeedsVerification,
    NotFound,
    SwitchboardError,
    TooLarge,
    TooSlow,
    Unauthenticated,
    Unavailable,
    UnsupportedType,
)
from server.errors import PROBLEM_RESPONSES, Problem, install_error_handlers

MARKER = "zq7marker"

RAISED: dict[str, Exception] = {
    "invalid": Invalid("input.messages", "must not be empty"),
    "unauthenticated": Unauthenticated("the key is not known"),
    "forbidden": Forbidden("this needs the role operator"),
    "needs_verification": NeedsVerification("verify first"),
    "not_found": NotFound("ticket", 7),
    "conflict": Conflict("Sam has it"),
    "lease_lost": LeaseLost("taken over"),
    "too_slow": TooSlow("body: slow"),
    "too_large": TooLarge("body: large"),
    "unsupported_type": UnsupportedType("content-type: send application/json"),
    "unavailable": Unavailable("the database is gone", retry_after_s=7),
    "internal": SwitchboardError("the outbox is full"),
}


class Card(BaseModel):
    kind: Literal["card"]
    number: Annotated[str, Field(pattern=r"^\d{4}$")]


class Bank(BaseModel):
    kind: Literal["bank"]
    iban: str


class Order(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: UUID | None = None
    at: AwareDatetime | None = None
    amount: Annotated[Decimal, Field(max_digits=6)] | None = None
    kind: Literal["card", "cash"] | None = None
    pay: Annotated[Card | Bank, Field(discriminator="kind")] | None = None
    items: list[Card | str] = []
    labels: dict[str, int] = {}
    name: str = "x"

    @field_validator("name")
    @classmethod
    def _known(cls, name: str) -> str:
        if name != "x":
            raise ValueError(f"{name} is not known")
        return name


def build_app() -> FastAPI:
    app = FastAPI(responses=PROBLEM_RESPONSES)
    install_error_handlers(app)

    @app.get("/raise/{code}")
    async def raise_it(code: str) -> None:
        raise RAISED[code]

    @app.get("/framework/{status}")
    async def framework(status: int, detail: str | None = None) -> None:
        raise HTTPException(status, detail, {"X-Own": "kept"})

    @app.get("/moved")
    async def moved() -> None:
        raise HTTPException(303, headers={"Location": "/elsewhere"})

    @app.get("/bug")
    async def bug() -> None:
        raise RuntimeError(f"secret {MARKER}")

    @app.post("/orders")
    async def order(order: Order) -> None: ...

    @app.post("/embedded")
    async def embedded(
        order: Annotated[Order, Body(embed=True)], x_key: Annotated[int, Header()]
    ) -> None: ...

    @app.get("/orders/{number}")
    async def one(number: int, limit: int = 5) -> int:
        return number

    @app.websocket("/ws")
    async def socket(socket: WebSocket, after: int) -> None: ...

    nested = APIRouter(prefix="/v1/tickets")
    nested.get("")(framework)
    nested.delete("")(bug)
    app.include_router(nested)
    return app


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(build_app(), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://shop") as client:
        yield client


def problem(response: httpx.Response) -> dict[str, Any]:
    assert response.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = response.json()
    Problem.model_validate(document, extra="forbid")
    assert document["status"] == response.status_code
    assert document["request_id"] == response.headers["x-request-id"]
    assert MARKER not in response.text
    return document


@pytest.mark.parametrize("code", RAISED)
async def test_what_is_raised_on_purpose_keeps_its_code_status_and_words(
    client: httpx.AsyncClient, code: str
) -> None:
    error = RAISED[code]
    assert isinstance(error, SwitchboardError)
    response = await client.get(f"/raise/{code}")
    document = problem(response)
    assert document["type"] == f"/problems/{code}"
    assert document["title"] == error.title
    assert document["detail"] == str(error)
    assert response.status_code == error.status
    assert ("errors" in document) == (code == "invalid")


async def test_an_invalid_value_is_listed_by_its_field(client: httpx.AsyncClient) -> None:
    document = problem(await client.get("/raise/invalid"))
    assert document["errors"] == [{"field": "input.messages", "message": "must not be empty"}]


async def test_headers_say_how_to_go_on(client: httpx.AsyncClient) -> None:
    async def header(path: str, name: str) -> str | None:
        value: str | None = (await client.get(path)).headers.get(name)
        return value

    assert await header("/raise/unauthenticated", "www-authenticate") == "Bearer"
    assert await header("/raise/unavailable", "retry-after") == "7"
    assert await header("/raise/too_slow", "connection") == "close"
    assert await header("/framework/401", "www-authenticate") == "Bearer"
    assert await header("/framework/429", "retry-after") == "5"
    assert await header("/framework/503", "retry-after") == "5"
    assert await header("/framework/503", "x-own") == "kept"


@pytest.mark.parametrize(
    ("path", "status", "code", "detail"),
    [
        ("/nowhere", 404, "not_found", "There is nothing at this address."),
        ("/framework/404", 404, "not_found", "There is nothing at this address."),
        ("/framework/409?detail=taken", 409, "conflict", "taken"),
        ("/framework/400?detail=" + MARKER, 422, "invalid", "body: could not be read"),
        ("/framework/422?detail=no", 422, "invalid", "no"),
        ("/framework/418", 418, "http_418", "I'm a Teapot"),
        ("/framework/499?detail=odd", 499, "http_499", "odd"),
    ],
)
async def test_the_frameworks_refusals_get_the_same_shape(
    client: httpx.AsyncClient, path: str, status: int, code: str, detail: str
) -> None:
    document = problem(await client.get(path))
    assert (document["status"], document["type"]) == (status, f"/problems/{code}")
    assert document["detail"].startswith(detail)


async def test_a_redirect_stays_one(client: httpx.AsyncClient) -> None:
    response = await client.get("/moved")
    assert (response.status_code, response.headers["location"]) == (303, "/elsewhere")


async def test_a_wrong_method_lists_every_method_of_the_address(client: httpx.AsyncClient) -> None:
    response = await client.put("/v1/tickets")
    assert problem(response)["type"] == "/problems/method_not_allowed"
    assert response.headers["allow"] == "DELETE, GET"


async def test_a_bug_is_logged_and_tells_nothing(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    response = await client.get("/bug", headers={"x-request-id": "r-1"})
    document = problem(response)
    assert document == {
        "type": "/problems/internal",
        "title": "Internal error",
        "status": 500,
        "detail": "Something went wrong on our side.",
        "request_id": "r-1",
    }
    [record] = [r for r in caplog.records if r.name == "server.errors"]
    assert record.levelno == logging.ERROR
    assert record.exc_info
    assert vars(record)["request_id"] == "r-1"


@pytest.mark.parametrize(
    ("body", "field", "message"),
    [
        ({"id": MARKER}, "id", "Input should be a valid UUID"),
        ({"at": MARKER + " " * 90}, "at", "Input should be a valid datetime"),
        ({"amount": MARKER}, "amount", "Input should be a valid decimal"),
        ({"kind": MARKER}, "kind", "Input should be 'card' or 'cash'"),
        ({"pay": {"kind": MARKER}}, "pay", "Input should carry one of the tags 'card', 'bank'"),
        ({"pay": {"kind": "card", "number": MARKER}}, "pay.number", "String should match"),
        ({"pay": {"kind": "card"}}, "pay.number", "Field required"),
        ({"pay": MARKER}, "pay", "Input should be an object"),
        ({"items": ["a", 5]}, "items[1]", "Input should be an object"),
        ({"items": [{"kind": "card", "number": MARKER}]}, "items[0].number", "String should"),
        ({"labels": {f"{MARKER} !": "x"}}, "labels.*", "Input should be a valid integer"),
        ({"labels": {"a-b": MARKER}}, "labels.a-b", "Input should be a valid integer"),
        ({"name": MARKER}, "name", "Input is not valid"),
        ({"mane": MARKER}, "mane", "Extra inputs are not permitted"),
        ({f"<{MARKER}>": 1}, "*", "Extra inputs are not permitted"),
        ([MARKER], "body", "Input should be an object"),
    ],
)
async def test_a_wrong_value_is_named_and_not_repeated(
    client: httpx.AsyncClient, body: object, field: str, message: str
) -> None:
    document = problem(await client.post("/orders", json=body))
    assert document["status"] == 422
    assert document["errors"][0]["field"] == field
    assert document["errors"][0]["message"].startswith(message)
    assert set(document["errors"][0]) == {"field", "message"}
    assert document["detail"].startswith(f"{field}: {message}")


async def test_every_source_of_a_value_is_named(client: httpx.AsyncClient) -> None:
    async def fields(response: httpx.Response) -> list[str]:
        return [error["field"] for error in problem(response)["errors"]]

    assert await fields(await client.get(f"/orders/{MARKER}?limit={MARKER}")) == [
        "path.number",
        "query.limit",
    ]
    answer = await client.post("/embedded", json={"order": {"kind": 5}}, headers={"x-key": MARKER})
    assert await fields(answer) == ["header.x-key", "order.kind"]
    assert await fields(await client.post("/embedded")) == ["header.x-key", "order"]


async def test_ten_thousand_mistakes_get_twenty_explanations(client: httpx.AsyncClient) -> None:
    document = problem(await client.post("/orders", json={"items": [5] * 10_000}))
    assert len(document["errors"]) == 20


def test_a_socket_with_a_wrong_query_is_closed_by_the_name_of_the_field() -> None:
    with (
        TestClient(build_app()) as client,
        pytest.raises(WebSocketDisconnect) as closed,
        client.websocket_connect(f"/ws?after={MARKER}"),
    ):
        pass
    assert (closed.value.code, closed.value.reason) == (4422, "query.after: not valid")


def test_the_openapi_document_shows_every_problem() -> None:
    document = build_app().openapi()
    responses = document["paths"]["/orders"]["post"]["responses"]
    expected = {"200", *(str(status) for status in PROBLEM_RESPONSES)}
    assert set(responses) == expected
    for status in PROBLEM_RESPONSES:
        schema = {"schema": {"$ref": "#/components/schemas/Problem"}}
        assert responses[str(status)]["content"] == {"application/problem+json": schema}
    assert "HTTPValidationError" not in document["components"]["schemas"]
