"""Canned responses over HTTP: filled in from the conversation, refused with a gap in them."""

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.server.callers import ALICE, Callers, by, history, on, problem, says, thread

PERSON = "I want to talk to a human about order 2, please."
NEW = {"title": "Order", "category": "orders"}


@pytest.fixture(scope="module")
async def admin(callers: Callers) -> AsyncIterator[httpx.AsyncClient]:
    async with callers.http(callers.admin) as http:
        yield http


async def waiting(callers: Callers, words: str = PERSON) -> str:
    name = thread()
    await callers.remote(await callers.customer(ALICE)).ainvoke(says(words), on(name))
    return name


async def test_they_are_listed_by_category_and_filled_in_for_a_conversation(
    callers: Callers, admin: httpx.AsyncClient
) -> None:
    listed = (await admin.get("/v1/canned-responses")).json()["items"]
    assert {"/greet", "/thanks", "/refund", "/shipping", "/escalate", "/close"} <= {
        one["shortcut"] for one in listed
    }
    name = await waiting(callers)
    shown = await admin.get(
        "/v1/canned-responses", params={"category": "shipping", "conversation_id": name}
    )
    (shipping,) = shown.json()["items"]
    assert "order 2 for you, Alice Martin" in shipping["rendered"]
    assert "{{order.id}}" in shipping["content"]
    assert shipping["missing"] == []
    greet = (
        await admin.get(
            "/v1/canned-responses", params={"category": "greeting", "conversation_id": name}
        )
    ).json()["items"][0]
    assert greet["missing"] == ["operator.name"]  # a key has no name to sign with
    assert "{{operator.name}}" in greet["rendered"]
    problem(await admin.get("/v1/canned-responses", params={"conversation_id": "nowhere"}), 404)


async def test_what_is_sent_is_filled_in_and_a_gap_is_refused(
    callers: Callers, admin: httpx.AsyncClient
) -> None:
    name = await waiting(callers)
    path = f"/v1/handoffs/{name}/messages"
    gap = {"message": "{{customer.name}}, on {{date}} with {{ order.colour }}"}
    refused = problem(await admin.post(path, json=gap), 422)
    assert refused["errors"][0]["field"] == "message"
    assert "{{date}}, {{order.colour}}" in refused["detail"]
    good = {"message": "Hi {{customer.first_name}}, your {{order.product}} is {{order.status}}."}
    assert (await admin.post(path, json=good)).status_code == 201
    said = by(await history(callers, name), "operator")
    assert said == ["Hi Alice, your Phone Case is shipped."]


async def test_nothing_is_filled_in_for_who_only_says_to_be_somebody(
    callers: Callers, admin: httpx.AsyncClient
) -> None:
    async with callers.http() as visitor:
        words = "I am alice@example.com, I want to talk to a human"
        opened = (await visitor.post("/v1/chat", json={"message": words})).json()
    path = f"/v1/handoffs/{opened['conversation_id']}"
    await admin.post(f"{path}/link-customer", json={"customer_id": ALICE})
    body = {"message": "Hi {{customer.name}}, order {{order.id}}"}
    problem(await admin.post(f"{path}/messages", json=body), 422)


async def test_one_is_added_once_and_taken_away(callers: Callers, admin: httpx.AsyncClient) -> None:
    new = {**NEW, "shortcut": "/where", "content": "Order {{order.id}} is {{order.status}}."}
    once = {"idempotency-key": "canned-1"}
    added = await admin.post("/v1/canned-responses", json=new, headers=once)
    assert added.status_code == 201
    assert (await admin.post("/v1/canned-responses", json=new, headers=once)).text == added.text
    taken = problem(await admin.post("/v1/canned-responses", json=new), 409)
    assert "'/where' is taken" in taken["detail"]
    path = f"/v1/canned-responses/{added.json()['id']}"
    assert (await admin.delete(path)).json() == {"id": added.json()["id"], "deleted": True}
    problem(await admin.delete(path), 404)
    page = (await admin.get("/v1/canned-responses", params={"limit": 2})).json()
    rest = (
        await admin.get("/v1/canned-responses", params={"cursor": page["next"], "limit": 100})
    ).json()["items"]
    shortcuts = [one["shortcut"] for one in [*page["items"], *rest]]
    assert shortcuts == sorted(shortcuts)
    assert "/where" not in shortcuts


@pytest.mark.parametrize(
    ("field", "value"),
    [("shortcut", "refund"), ("shortcut", "/Ä"), ("title", " "), ("content", ""), ("category", "")],
)
async def test_a_bad_one_is_refused_naming_the_field(
    admin: httpx.AsyncClient, field: str, value: str
) -> None:
    new = {**NEW, "shortcut": "/fine", "content": "Fine."} | {field: value}
    refused = problem(await admin.post("/v1/canned-responses", json=new), 422)
    assert refused["errors"][0]["field"] == field
