"""Customers' own profiles over HTTP."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.server.callers import BOB, CAROL, Callers, problem


@pytest.fixture(scope="module")
async def carol(callers: Callers) -> AsyncIterator[httpx.AsyncClient]:
    async with callers.http(await callers.customer(CAROL)) as http:
        yield http


async def test_what_customers_say_of_themselves_is_kept_and_the_rest_stays(
    carol: httpx.AsyncClient,
) -> None:
    before = (await carol.get("/v1/profile")).json()
    changes = {
        "language": "pt-BR",
        "preferred_tone": "playful",
        "contact_channels": ["whatsapp", "email", "whatsapp"],
    }
    after = await carol.patch("/v1/profile", json=changes)
    expected = before | changes | {"contact_channels": ["whatsapp", "email"]}
    assert after.json() == expected | {"updated_at": after.json()["updated_at"]}
    assert (await carol.get("/v1/profile")).json() == after.json()
    forgotten = await carol.patch("/v1/profile", json={"language": None, "phone": None})
    assert (forgotten.json()["language"], forgotten.json()["phone"]) == (None, None)
    assert forgotten.json()["preferred_tone"] == "playful"


@pytest.mark.parametrize("address", ["carol@new.example", None, 5, {}])
async def test_the_address_changes_by_a_code_only(carol: httpx.AsyncClient, address: Any) -> None:
    before = (await carol.get("/v1/profile")).json()
    found = problem(await carol.patch("/v1/profile", json={"email": address, "name": "X"}), 422)
    (error,) = found["errors"]
    assert (error["field"], "one-time code" in error["message"]) == ("email", True)
    assert (await carol.get("/v1/profile")).json() == before


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "body"),
        ({"name": None}, "name"),
        ({"name": "  "}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"phone": "call me"}, "phone"),
        ({"language": "English"}, "language"),
        ({"preferred_tone": "rude"}, "preferred_tone"),
        ({"contact_channels": ["fax"]}, "contact_channels[0]"),
        ({"contact_channels": ["email"] * 5}, "contact_channels"),
        ({"sentiment_score": 1}, "sentiment_score"),
    ],
)
async def test_a_bad_change_is_refused_by_its_field(
    carol: httpx.AsyncClient, body: dict[str, Any], field: str
) -> None:
    found = problem(await carol.patch("/v1/profile", json=body), 422)
    assert found["errors"][0]["field"] == field


async def test_only_a_known_customer_has_a_profile(callers: Callers) -> None:
    async with callers.http(callers.admin) as admin:
        problem(await admin.get("/v1/profile"), 403)
        problem(await admin.patch("/v1/profile", json={"name": "X"}), 403)


async def test_a_change_under_one_key_is_made_once_and_written_down(callers: Callers) -> None:
    async with callers.http(await callers.customer(BOB)) as bob:
        once = {"idempotency-key": "p-1"}
        first = await bob.patch("/v1/profile", json={"name": "Robert"}, headers=once)
        await bob.patch("/v1/profile", json={"name": "Rob"})
        again = await bob.patch("/v1/profile", json={"name": "Robert"}, headers=once)
        assert again.json() == first.json()
        assert (await bob.get("/v1/profile")).json()["name"] == "Rob"
        problem(await bob.patch("/v1/profile", json={"name": "B"}, headers=once), 409)
    async with callers.database.transaction("demo") as db:
        cursor = await db.execute(
            "SELECT before->>'name', after->>'name' FROM writes"
            " WHERE operation = 'edit_profile' AND customer_id = %s ORDER BY created_at",
            [BOB],
        )
        assert [row[1] for row in await cursor.fetchall()] == ["Robert", "Rob"]
