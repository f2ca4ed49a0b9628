"""What a message is about, on two small intents and on the demo tenant's own."""

import numpy as np
import pytest

from agents.intents import IntentIndex, Labelled, build_index, classify_text
from data.db import Database
from data.intents import Intent, list_intents, load_examples
from data.vectors import Vector, from_sql

BILL = Intent("bill", "billing", True, "", ["my bill"])
NOISE = Intent("noise", "tech", False, "", ["it hums", "strange noise"])
FACES = Intent("faces", "general", False, "", [])


def unit(*numbers: float) -> Vector:
    vector = np.array(numbers, dtype=np.float32)
    return vector / np.linalg.norm(vector)


EXAMPLES = [
    Labelled("noise", "the box hums all night", unit(0, 1, 0)),
    Labelled("bill", "what do I owe you", unit(1, 0, 0)),
    Labelled("noise", "my box hums", unit(0, 1, 0.2)),
    Labelled("bill", "how much do I owe", unit(1, 0.2, 0)),
    Labelled("gone", "an intent that was removed", unit(0, 0, 1)),
]
INDEX = build_index([BILL, FACES, NOISE], EXAMPLES)


def test_the_intent_of_the_nearest_examples_comes_first() -> None:
    guesses = classify_text("xyzzy", unit(1, 0.1, 0), INDEX)
    assert [g.name for g in guesses] == ["bill", "noise", "faces"]
    best = guesses[0]
    assert (best.specialist, best.account) == ("billing", True)
    assert best.confidence > 0.9


def test_a_keyword_decides_between_intents_that_are_as_near() -> None:
    between = unit(1, 1, 0)
    assert classify_text("It hums!", between, INDEX)[0].name == "noise"
    assert classify_text("about MY bill?", between, INDEX)[0].name == "bill"
    assert classify_text("a myriad bills", between, INDEX)[0].name == "bill"  # by order alone


def test_what_is_near_nothing_is_believed_to_be_nothing() -> None:
    guesses = classify_text("xyzzy", unit(0, 0, 1), INDEX)
    assert sum(g.confidence for g in guesses) < 0.2


@pytest.mark.parametrize("vector", [None, unit(1, 1, 1)])
def test_confidences_are_shares_of_a_whole(vector: Vector | None) -> None:
    guesses = classify_text("how much does the box owe", vector, INDEX)
    shares = [g.confidence for g in guesses]
    assert len(guesses) == 3
    assert shares == sorted(shares, reverse=True)
    assert all(0 <= share <= 1 for share in shares)
    assert sum(shares) <= 1


@pytest.mark.parametrize(
    ("text", "name"),
    [("it hums", "noise"), ("I owe?", "bill"), ("hums!", "noise"), ("where is my bill", "bill")],
)
def test_without_a_vector_words_and_keywords_decide(text: str, name: str) -> None:
    best = classify_text(text, None, INDEX)[0]
    assert best.name == name
    assert best.confidence > 0.5


def test_words_nobody_has_used_say_nothing() -> None:
    assert classify_text("xyzzy plugh", None, INDEX)[0].confidence < 0.3


@pytest.mark.parametrize("vector", [None, unit(1, 0, 0)])
@pytest.mark.parametrize("text", ["", "?", "my bill", "x" * 10_000, "\0", "💡"])
def test_a_tenant_with_nothing_gets_no_guess(text: str, vector: Vector | None) -> None:
    assert classify_text(text, vector, build_index([], [])) == []
    assert len(classify_text(text, vector, build_index([BILL], []))) == 1


def test_examples_without_vectors_still_count_by_their_words() -> None:
    examples = [Labelled(e.intent, e.content, None) for e in EXAMPLES]
    index = build_index([BILL, NOISE], examples)
    assert classify_text("the box hums", unit(1, 0, 0), index)[0].name == "noise"


async def test_most_demo_messages_are_understood_when_they_are_left_out(demo: Database) -> None:
    """In-distribution, so an upper bound: the measured figures are 0.74 and 0.87."""
    right, routed, total = await left_out(demo, with_vectors=True)
    assert right >= 0.70 * total
    assert routed >= 0.83 * total


async def test_words_alone_understand_many_until_the_model_is_there(demo: Database) -> None:
    right, routed, total = await left_out(demo, with_vectors=False)
    assert right >= 0.55 * total
    assert routed >= 0.70 * total


async def left_out(demo: Database, *, with_vectors: bool) -> tuple[int, int, int]:
    """How many examples get their intent, and their specialist, from an index without them."""
    async with demo.transaction("demo") as tx:
        intents = await list_intents(tx, "demo")
        rows = await load_examples(tx, "demo")
    vectors = from_sql([row.vector for row in rows if row.vector], 384)
    examples = [Labelled(r.intent, r.content, v) for r, v in zip(rows, vectors, strict=True)]
    specialist = {intent.name: intent.specialist for intent in intents}
    right = routed = 0
    for fold in range(10):
        index: IntentIndex = build_index(
            intents, [e for n, e in enumerate(examples) if n % 10 != fold]
        )
        for example in examples[fold::10]:
            vector = example.vector if with_vectors else None
            best = classify_text(example.content, vector, index)[0]
            right += best.name == example.intent
            routed += best.specialist == specialist[example.intent]
    return right, routed, len(examples)
