"""Suggestions over HTTP: for operators alone, and of what the customer may see."""

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.server.callers import ALICE, Callers, on, problem, says, thread

PERSON = "I want to talk to a human agent, please."
WHERE = "Where is my Phone Case?"


@pytest.fixture(scope="module")
async def admin(callers: Callers) -> AsyncIterator[httpx.AsyncClient]:
    async with callers.http(callers.admin) as http:
        yield http


async def waiting(callers: Callers, headers: dict[str, str], *words: str) -> str:
    """A conversation that people have."""
    name = thread()
    remote = callers.remote(headers)
    for text in words:
        await remote.ainvoke(says(text), on(name))
    return name


async def test_three_suggestions_with_the_mood(callers: Callers, admin: httpx.AsyncClient) -> None:
    name = await waiting(
        callers, await callers.customer(ALICE), f"{PERSON} I am SO angry, my phone case is lost!!!"
    )
    found = (await admin.get(f"/v1/handoffs/{name}/smart-suggestions")).json()
    assert len(found["suggestions"]) == 3
    assert found["sentiment"]["label"] == "negative"
    assert any("Phone Case" in each["suggestion"] for each in found["suggestions"])
    draft = (await admin.get(f"/v1/handoffs/{name}/copilot")).json()
    assert draft["suggestion"]
    assert draft["rationale"]


async def test_a_visitor_who_names_a_customer_gets_nothing_of_theirs_into_a_draft(
    callers: Callers, admin: httpx.AsyncClient
) -> None:
    name = thread()
    async with callers.http({}) as http:
        for text in (f"I am alice@example.com. {WHERE}", PERSON):
            answer = await http.post("/v1/chat", json={"message": text, "conversation_id": name})
            token = answer.json().get("conversation_token")
            if token:
                http.headers["x-conversation-token"] = token
    found = await admin.get(f"/v1/handoffs/{name}/smart-suggestions")
    draft = await admin.get(f"/v1/handoffs/{name}/copilot")
    said = [each["suggestion"] for each in found.json()["suggestions"]]
    for text in [*said, draft.json()["suggestion"]]:
        assert "SWP4821966120" not in text
        assert "Alice" not in text


async def test_a_conversation_that_is_not_there_is_missing(admin: httpx.AsyncClient) -> None:
    for what in ("copilot", "smart-suggestions"):
        problem(await admin.get(f"/v1/handoffs/{thread()}/{what}"), 404)
