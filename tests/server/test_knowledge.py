"""The knowledge base over HTTP: searching, feedback, curated answers, examples."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.served import served
from tests.server.callers import ALICE, OTHER_TENANT, Callers, chat, problem

DEFECTIVE = "How long do I have to return a defective item?"
HOURS = "/v1/knowledge/categories/general/zeppelin_hours"
ANSWER = {"keywords": ["zeppelin hours"], "response": "Zeppelins fly at noon."}


@pytest.fixture(scope="module")
async def admin(callers: Callers) -> AsyncIterator[httpx.AsyncClient]:
    async with callers.http(callers.admin) as http:
        yield http


@pytest.fixture(scope="module")
async def stranger(callers: Callers) -> AsyncIterator[httpx.AsyncClient]:
    async with callers.http(await callers.key(tenant=OTHER_TENANT, role="admin")) as http:
        yield http


async def found(http: httpx.AsyncClient, query: str, **more: Any) -> list[dict[str, Any]]:
    answer = await http.post("/v1/knowledge/search", json={"query": query, **more})
    assert answer.status_code == 200, answer.text
    assert answer.json()["query"] == query
    results: list[dict[str, Any]] = answer.json()["results"]
    return results


async def test_a_question_finds_its_passage_by_either_method(admin: httpx.AsyncClient) -> None:
    results = await found(admin, DEFECTIVE, num_results=3)
    assert len(results) == 3
    assert all(0 <= one["score"] <= 1 for one in results)
    assert "30 days" in results[0]["content"]
    by_address = await admin.get("/v1/knowledge/search", params={"q": DEFECTIVE, "num_results": 3})
    assert by_address.json()["results"] == results


async def test_a_follow_up_is_understood_from_what_was_said_before(
    admin: httpx.AsyncClient,
) -> None:
    asked = {"query": "And how is that done?", "earlier": "Is it about returning a defective item?"}
    alone = await found(admin, asked["query"], num_results=1)
    results = await found(admin, asked["query"], earlier=asked["earlier"], num_results=1)
    assert "defective" not in alone[0]["content"].lower()
    assert "defective" in results[0]["content"].lower()
    params = {"q": asked["query"], "earlier": asked["earlier"], "num_results": "1"}
    by_address = await admin.get("/v1/knowledge/search", params=params)
    assert by_address.json()["results"] == results


async def test_a_search_keeps_to_its_filters_and_its_tenant(
    admin: httpx.AsyncClient, stranger: httpx.AsyncClient
) -> None:
    ours = {one["source"] for one in await found(admin, "roof price", num_results=50)}
    theirs = {one["source"] for one in await found(stranger, "roof price", num_results=50)}
    assert ours
    assert theirs
    assert not ours & theirs
    assert {o["category"] for o in await found(admin, DEFECTIVE, category="contract")} == {
        "contract"
    }
    assert await found(admin, DEFECTIVE, category="no such one") == []


async def test_anybody_may_search_where_visitors_are_let_in(callers: Callers) -> None:
    async with callers.http() as nobody:
        assert await found(nobody, DEFECTIVE)
        problem(await nobody.get("/v1/knowledge/documents"), 401)


async def test_what_people_think_of_a_source_is_counted(
    callers: Callers, admin: httpx.AsyncClient
) -> None:
    before = (await admin.get("/v1/knowledge/stats")).json()
    source = (await found(admin, DEFECTIVE))[0]["source"]
    once = {**await callers.customer(ALICE), "idempotency-key": "f-1"}
    async with callers.http(once) as alice:
        body = {"source": source, "useful": True, "comment": "Thanks"}
        answers = [await alice.post("/v1/knowledge/feedback", json=body) for _ in range(2)]
        assert {answer.status_code for answer in answers} == {201}
        assert len({answer.text for answer in answers}) == 1
    curated = {"source": "curated/general/opening_hours", "useful": False}
    assert (await admin.post("/v1/knowledge/feedback", json=curated)).status_code == 201
    unknown = await admin.post("/v1/knowledge/feedback", json=curated | {"source": "nowhere"})
    assert problem(unknown, 422)["errors"][0]["field"] == "source"
    after = (await admin.get("/v1/knowledge/stats")).json()
    assert after["useful"] == before["useful"] + 1
    assert after["not_useful"] == before["not_useful"] + 1


async def test_a_curated_answer_serves_the_next_message_in_every_process(
    callers: Callers, admin: httpx.AsyncClient, stranger: httpx.AsyncClient
) -> None:
    url = str(callers.server.settings.database_url)
    async with served(url, callers.server.settings.data_dir) as second, second.client() as other:
        for server in (admin, other):
            await chat(
                server, "What are the zeppelin hours?"
            )  # so that both hold the answers of before
        put = await admin.put(HOURS, json=ANSWER)
        assert put.json() == ANSWER | {
            "specialist": "general",
            "name": "zeppelin_hours",
            "confidence": 0.9,
            "intents": [],
        }
        for server in (admin, other):
            said = (await chat(server, "What are the zeppelin hours?")).json()
            assert (said["response"], said["answered_by"]) == (ANSWER["response"], "knowledge")
        problem(await stranger.delete(HOURS), 404)
        assert (await other.delete(HOURS)).json() == {"deleted": 1}
        for server in (admin, other):
            assert (await chat(server, "What are the zeppelin hours?")).json()[
                "response"
            ] != ANSWER["response"]
        problem(await admin.delete(HOURS), 404)


async def test_an_example_counts_from_the_next_message_on_in_every_process(
    callers: Callers, admin: httpx.AsyncClient
) -> None:
    words = "my blorptang is all wibbly"
    url = str(callers.server.settings.database_url)
    async with served(url, callers.server.settings.data_dir) as second, second.client() as other:
        known = (await admin.get("/v1/intents/examples", params={"limit": 1})).json()["items"]
        for server in (admin, other):
            await chat(server, words)
        made = await other.post(
            "/v1/intents/examples", json={"intent": "connection_slow", "content": words}
        )
        assert made.status_code == 201, made.text
        for server in (admin, other):
            assert (await chat(server, words)).json()["intent"] == "connection_slow"
        gone = await admin.delete("/v1/intents/examples", params={"id": made.json()["id"]})
        assert gone.json() == {"deleted": 1}
        for server in (admin, other):
            assert (await chat(server, words)).json()["intent"] != "connection_slow"
    assert known


async def test_lists_are_paged_and_filtered(admin: httpx.AsyncClient) -> None:
    async def everything(path: str, limit: int, **asked: Any) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = []
        cursor: dict[str, Any] = {"limit": limit, **asked}
        while True:
            page = (await admin.get(path, params=cursor)).json()
            items += page["items"]
            if page["next"] is None:
                return items
            cursor["cursor"] = page["next"]

    for path, asked in (
        ("/v1/knowledge/categories", {"specialist": "general"}),
        ("/v1/knowledge/documents", {"specialist": "billing"}),
        ("/v1/intents/examples", {"intent": "order_status"}),
    ):
        whole = await everything(path, 100, **asked)
        assert whole
        (name, value), *_ = asked.items()
        assert {one[name] for one in whole} == {value}
        assert await everything(path, 7, **asked) == whole


@pytest.mark.parametrize(
    ("method", "path", "body", "field"),
    [
        ("POST", "search", {"query": " "}, "query"),
        ("POST", "search", {"query": "x" * 2001}, "query"),
        ("POST", "search", {"query": "x", "num_results": 51}, "num_results"),
        ("POST", "search", {"query": "x", "specialist": "No!"}, "specialist"),
        ("PUT", "categories/general/x", ANSWER | {"confidence": 1.1}, "confidence"),
        ("PUT", "categories/general/x", ANSWER | {"intents": ["nothing"]}, "intents[0]"),
        ("PUT", "categories/general/x", ANSWER | {"keywords": ["x"] * 51}, "keywords"),
        ("PUT", "categories/general/Bad-Name", ANSWER, "path.name"),
        ("POST", "feedback", {"source": "x", "useful": "yes"}, "useful"),
    ],
)
async def test_a_bad_field_is_named(
    admin: httpx.AsyncClient, method: str, path: str, body: dict[str, Any], field: str
) -> None:
    answer = await admin.request(method, f"/v1/knowledge/{path}", json=body)
    assert problem(answer, 422)["errors"][0]["field"] == field


async def test_an_unknown_intent_takes_no_examples(admin: httpx.AsyncClient) -> None:
    answer = await admin.post("/v1/intents/examples", json={"intent": "nothing", "content": "x"})
    assert problem(answer, 422)["errors"][0]["field"] == "intent"
    problem(await admin.delete("/v1/intents/examples", params={"id": 10**12}), 404)
    problem(await admin.delete("/v1/intents/examples"), 422)
