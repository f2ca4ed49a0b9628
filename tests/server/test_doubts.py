"""Doubts about documents, over HTTP."""

from tests.server.callers import Callers, problem

PATH = "/v1/knowledge/documents"
KITES = "Our kites can be sent back within {} days of their first flight."


async def test_a_contradiction_shows_both_sentences(callers: Callers) -> None:
    async with callers.http(callers.admin) as admin:
        made = [
            await admin.post(PATH, json={"title": f"Kites {n}", "content": KITES.format(n)})
            for n in (7, 9)
        ]
        found = (await admin.get("/v1/knowledge/doubts", params={"kind": "conflict"})).json()
        for document in made:
            await admin.delete(f"{PATH}/{document.json()['id']}")
        after = (await admin.get("/v1/knowledge/doubts")).json()
    (doubt,) = found["items"]
    assert {doubt["place"]["sentence"], doubt["other"]["sentence"]} == {
        KITES.format(7),
        KITES.format(9),
    }
    assert after["examined"] == found["examined"] - 2
    assert doubt not in after["items"]


async def test_an_unknown_kind_is_refused(callers: Callers) -> None:
    async with callers.http(callers.admin) as admin:
        found = await admin.get("/v1/knowledge/doubts", params={"kind": "rumour"})
        assert "kind" in problem(found, 422)["detail"]
