"""What the knowledge base lacks, grouped by meaning, and drafts of what people answered."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import numpy as np
import pytest

from retrievers.grouping import grouped
from tests.server.callers import ALICE, OTHER_TENANT, Callers, chat, problem

PATH = "/v1/knowledge/gaps"
FAX = "Which fax machine may I send the broken zeppelin to?"
SUBMARINE = "Do you repair pink submarines?"
ANSWER = "Submarines of any colour are repaired by our yard in Kiel within 20 days."


@pytest.fixture(scope="module")
async def admin(callers: Callers) -> AsyncIterator[httpx.AsyncClient]:
    async with callers.http(callers.admin) as http:
        yield http


async def search(http: httpx.AsyncClient, query: str) -> None:
    assert (await http.post("/v1/knowledge/search", json={"query": query})).status_code == 200


async def gaps(http: httpx.AsyncClient) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await http.get(PATH)).json()["items"]
    return items


async def gap(http: httpx.AsyncClient, word: str) -> dict[str, Any]:
    (found,) = [g for g in await gaps(http) if word in " ".join([g["question"], *g["variants"]])]
    return found


async def test_questions_without_an_answer_are_grouped_by_what_they_mean(
    callers: Callers, admin: httpx.AsyncClient
) -> None:
    again = "broken zeppelins: which FAX machines may I send to?"
    other = "To which fax can the broken zeppelin be sent?"
    for words in (FAX, again, other):
        await search(admin, words)
    await search(admin, "How long do I have to return a defective item?")
    found = await gap(admin, "zeppelin")
    assert found["times"] == 3
    assert {found["question"], *found["variants"]} == {again, other}
    assert found["score"] is None or found["score"] < 0.6
    assert not any("defective" in each["question"] for each in await gaps(admin))
    async with callers.http(await callers.key(tenant=OTHER_TENANT, role="admin")) as stranger:
        assert await gaps(stranger) == []
        problem(await stranger.get(f"{PATH}/{found['id']}/draft"), 404)
        problem(await stranger.delete(f"{PATH}/{found['id']}"), 404)


async def test_pages_of_gaps_miss_none_and_repeat_none(admin: httpx.AsyncClient) -> None:
    for words in ("Is there a moon base?", "Do violets sing?"):
        await search(admin, words)
    paged: list[dict[str, Any]] = []
    cursor: dict[str, Any] | None = {}
    while cursor is not None:
        page = (await admin.get(PATH, params={"limit": 1, **cursor})).json()
        paged += page["items"]
        cursor = {"cursor": page["next"]} if page["next"] else None
    assert paged == await gaps(admin)


async def test_what_people_answered_becomes_a_draft_and_never_an_article(
    admin: httpx.AsyncClient,
) -> None:
    first = await chat(admin, SUBMARINE, customer_id=ALICE)
    name = first.json()["conversation_id"]
    found = await gap(admin, "submarine")
    problem(await admin.get(f"{PATH}/{found['id']}/draft"), 404)
    await chat(admin, "I want to talk to a human.", customer_id=ALICE, conversation_id=name)
    for words in ("Hello Alice!", ANSWER):
        await admin.post(f"/v1/handoffs/{name}/messages", json={"message": words})
    problem(await admin.get(f"{PATH}/{found['id']}/draft"), 404)  # it is not over yet
    await admin.post(f"/v1/handoffs/{name}/resolve", json={"return_to_ai": False})
    before = (await admin.get("/v1/knowledge/stats")).json()["documents"]
    draft = (await admin.get(f"{PATH}/{found['id']}/draft")).json()
    assert ANSWER in draft["content"]
    assert "Alice" not in draft["content"]
    assert (draft["by_model"], draft["conversations"]) == (False, [name])
    assert (await admin.get("/v1/knowledge/stats")).json()["documents"] == before


async def test_a_gap_is_dismissed_once_and_comes_back_when_it_is_met_again(
    admin: httpx.AsyncClient,
) -> None:
    await search(admin, "Do you sell trained owls?")
    found = await gap(admin, "owls")
    once = {"idempotency-key": "owls-1"}
    path = f"{PATH}/{found['id']}"
    answers = [await admin.delete(path, headers=once) for _ in range(2)]
    assert [answer.json() for answer in answers] == [{"deleted": 1}] * 2
    problem(await admin.delete(path), 404)
    problem(await admin.delete(f"{PATH}/nothing"), 422)
    await search(admin, "Do you sell trained owls?")
    assert (await gap(admin, "owls"))["id"] == found["id"]


def test_a_text_joins_the_nearest_leader_near_enough() -> None:
    vectors = np.array([[1, 0], [0, 1], [0.8, 0.6], [0.6, 0.8], [-1, 0]], dtype=np.float32)
    assert grouped(vectors) == [[0, 2], [1, 3], [4]]
    assert grouped(vectors[:0]) == []
