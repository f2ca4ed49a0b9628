"""What of a knowledge base somebody should look at."""

from datetime import date

import numpy as np
import pytest

from data.db import Database
from data.knowledge_feedback import NewFeedback, add_feedback
from data.scope import Role, Scope
from retrievers.contradictions import contradictions, figures_in, over
from retrievers.hash_embedder import HashEmbedder
from retrievers.ingest import Upload, ingest
from tools.doubts import FEWEST_RATINGS, doubts_about

TENANT = "acme"
RETURNS = "Defective items can be returned within {} of delivery."


def alike(*texts: str) -> list[tuple[str, str]]:
    """The contradictions of passages that are all about one thing."""
    vectors = np.ones((len(texts), 1), dtype=np.float32)
    return [(p.first.sentence, p.second.sentence) for p in contradictions(texts, vectors)]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (RETURNS.format("30 days"), RETURNS.format("14 days")),
        ("The late fee is $5 a month.", "The late fee is 7 dollars for a month."),
        ("You get 100 Mbps on the basic plan.", "With the basic plan you get 50 mbps."),
    ],
)
def test_other_figures_for_the_same_thing_contradict(first: str, second: str) -> None:
    assert alike(first, second) == [(first, second)]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (RETURNS.format("30 days"), RETURNS.format("30 calendar days")),
        (RETURNS.format("30 days"), "The technician comes within 14 days of your order."),
        (RETURNS.format("30 days"), RETURNS.format("a month")),
        ("The late fee is $5.00 a month.", "The late fee is 5 USD a month."),
        ("Press 3 to call the shop again.", "Press 4 to call the shop again."),
    ],
)
def test_what_can_both_be_right_does_not(first: str, second: str) -> None:
    assert alike(first, second) == []


def test_passages_about_other_things_are_not_compared() -> None:
    vectors = np.eye(2, dtype=np.float32)
    texts = [RETURNS.format("30 days"), RETURNS.format("14 days")]
    assert contradictions(texts, vectors) == []


def test_every_pair_is_met_once_over_many_passages() -> None:
    texts = [RETURNS.format(f"{n % 2 + 1} days") for n in range(60)]
    assert len(alike(*texts)) == 30 * 30


def test_a_figure_needs_a_unit() -> None:
    assert figures_in("Order 30 came on page 3 of 5/6.") == {}


@pytest.mark.parametrize(
    "text",
    [
        "This offer is valid until 2024-03-31.",
        "The old tariff ended on 5 May 2023, as we said.",
        "Free shipping through Sept. 3, 2022!",
        "It expires in the autumn. It expires on March 2025.",
    ],
)
def test_an_end_that_is_past_is_found(text: str) -> None:
    assert len(over(text, date(2026, 1, 1))) == 1


@pytest.mark.parametrize(
    "text", ["Valid until May 2999.", "Since March 2019 we ship.", "Until February 31, 2020."]
)
def test_what_is_not_over_or_no_day_is_not(text: str) -> None:
    assert over(text, date(2026, 1, 1)) == []


async def test_documents_are_doubted_for_each_reason(db: Database) -> None:
    embedder = HashEmbedder()
    for source, text in {
        "policy": f"# Policy\n\n{RETURNS.format('30 days')}\n\nOr within 9 days, or within 8 days.",
        "faq": f"# Policy\n\n{RETURNS.format('14 days')}",
        "offer": "# Offer\n\nHalf price until March 2020.",
    }.items():
        await ingest(db, embedder, TENANT, Upload(source, source.title(), text))
    people = Scope(TENANT, Role.OPERATOR, party="operator:1")
    async with db.transaction(TENANT) as tx:
        for useful in [True, *[False] * FEWEST_RATINGS]:
            await add_feedback(tx, people, NewFeedback("faq", useful=useful))
        await add_feedback(tx, people, NewFeedback("policy", useful=False))
    found = await doubts_about(db, embedder, TENANT)
    assert found.examined == 3
    assert {(d.kind, d.place.source, d.other and d.other.source) for d in found.doubts} == {
        ("conflict", "faq", "policy"),
        ("stale", "offer", None),
        ("unhelpful", "faq", None),
    }
    assert (await doubts_about(db, embedder, "globex")).doubts == []
