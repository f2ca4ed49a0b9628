"""`knowledge_search` as every caller runs it: through `perform`."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from data.db import Database, open_database
from data.messages import NewMessage, add_message
from data.scope import Role
from retrievers.encoder import Vectors
from retrievers.hash_embedder import HashEmbedder
from retrievers.ingest import Upload, ingest
from tests.acme import ACME
from tests.tools.conftest import Turn
from tools.knowledge import PASSAGES, knowledge_search_in
from tools.operation import Operation


@pytest.fixture
async def knowledge_search(companies: Database) -> Operation:
    upload = Upload(
        "help/noise", "Noise", "# Noise\n\n## Hum\n\nA hum is normal.", category="noise"
    )
    await ingest(companies, HashEmbedder(), ACME, upload)
    for n in range(6):
        await ingest(companies, HashEmbedder(), ACME, Upload(f"other/{n}", f"Other {n}", "Else."))
    return knowledge_search_in(companies, HashEmbedder())


async def test_anybody_may_search(visit: Turn, knowledge_search: Operation) -> None:
    outcome = await visit.ask(knowledge_search, query="is a hum normal")
    best = outcome.result[0]
    assert (outcome.operation, outcome.refused) == ("knowledge_search", None)
    assert best["source"] == "help/noise"
    assert set(best) == {
        "document_id",
        "title",
        "source",
        "category",
        "heading",
        "content",
        "score",
    }
    assert (best["title"], best["heading"]) == ("Noise", "Noise › Hum")
    assert best["content"] == "A hum is normal."
    assert 0 <= best["score"] <= 1
    assert len(outcome.result) == PASSAGES


async def test_what_the_customer_was_told_before_is_part_of_the_question(
    turn: Turn, knowledge_search: Operation
) -> None:
    alone = await turn.ask(knowledge_search, query="why")
    reply = NewMessage("told", "assistant", "Noise such as a hum is normal.")
    async with turn.database.transaction(turn.scope.tenant) as db:
        await add_message(db, turn.scope, reply)
    told = await turn.ask(knowledge_search, query="why")
    assert told.result[0]["source"] == "help/noise"
    assert told.result[0]["score"] > max(each["score"] for each in alone.result) + 0.05


async def test_the_specialist_at_work_has_its_own_articles_first(
    turn: Turn, knowledge_search: Operation
) -> None:
    for name in ("billing", "tech"):
        twin = Upload(f"fee/{name}", "Fee", "A fee of five.", specialist=name)
        await ingest(turn.database, HashEmbedder(), ACME, twin)
    for name in ("billing", "tech"):
        working = replace(turn, scope=replace(turn.scope, specialist=name))
        outcome = await working.ask(knowledge_search, query="the fee")
        assert [each["source"] for each in outcome.result[:2]] == [
            f"fee/{name}",
            f"fee/{'tech' if name == 'billing' else 'billing'}",
        ]


@pytest.mark.parametrize("role", list(Role))
async def test_every_role_may_search(turn: Turn, role: Role, knowledge_search: Operation) -> None:
    asking = replace(turn, scope=replace(turn.scope, role=role))
    assert (await asking.ask(knowledge_search, query="hum")).refused is None


async def test_a_category_narrows_and_a_made_up_one_does_not(
    turn: Turn, knowledge_search: Operation
) -> None:
    narrow = await turn.ask(knowledge_search, query="else", category="noise")
    made_up = await turn.ask(knowledge_search, query="is a hum normal", category="sounds")
    assert [passage["source"] for passage in narrow.result] == ["help/noise"]
    assert made_up.result[0]["source"] == "help/noise"


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({}, "query: Field required"),
        ({"query": ""}, "query: String should have at least 1 character"),
        ({"query": "x" * 501}, "query: String should have at most 500 characters"),
        ({"query": "x", "category": "y" * 101}, "category: String should have at most 100"),
        ({"query": "x", "scope": "acme"}, "scope: Extra inputs are not permitted"),
        ({"query": 5}, "query: Input should be a valid string"),
    ],
)
async def test_what_cannot_be_searched_for_is_refused(
    turn: Turn, knowledge_search: Operation, arguments: dict[str, object], problem: str
) -> None:
    outcome = await turn.ask(knowledge_search, arguments)
    assert outcome.refused == "invalid"
    assert outcome.result.startswith(problem)


async def test_a_search_holds_no_connection_while_the_model_works(
    database_url: str, turn: Turn
) -> None:
    async with open_database(database_url, minimum=1, maximum=1) as narrow:

        class Watching(HashEmbedder):
            async def embed(self, texts: Sequence[str], *, patient: bool = False) -> Vectors:
                async with narrow.transaction(ACME):  # the only one there is
                    return await super().embed(texts)

        action = knowledge_search_in(narrow, Watching())
        outcome = await replace(turn, database=narrow).ask(action, query="hum")
    assert outcome.refused is None
