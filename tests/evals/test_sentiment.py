"""The eval of moods: its cases, and that the shipped head reaches what is asked of it."""

from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agents.sentiment import LABELS
from agents.sentiment_fit import own_examples
from agents.sentiment_head import shipped_head
from evals.measures import measure
from evals.sentiment import own_cases, read_cases
from retrievers.embed import DEFAULT_MODEL, Embedder, open_embedder

GOAL = 0.8


@pytest.fixture(scope="module")
async def embedder(data_dir: Path) -> AsyncIterator[Embedder]:
    opened = open_embedder("local", DEFAULT_MODEL, data_dir)
    opened.start()
    assert await opened.wait_ready(120)
    yield opened
    opened.close()


def test_the_cases_are_many_of_each_kind_and_label() -> None:
    cases = read_cases()
    assert len({case.id for case in cases}) == len(cases) >= 60
    assert min(Counter(case.label for case in cases).values()) >= 20
    assert sum(len(case.messages) > 1 for case in cases) >= 15
    assert {"capitals", "emoji", "negation", "sarcasm", "one word", "languages"} <= {
        case.kind for case in cases
    }


def test_no_case_is_among_what_the_head_was_fitted_on() -> None:
    """One word may be: there are few ways to say ok."""
    fitted = {text.lower().strip(" .!") for text in own_examples().texts}
    cases = [message for case in read_cases() for message in case.messages]
    shared = {text for text in cases if text.lower().strip(" .!") in fitted}
    assert [text for text in shared if len(text.split()) > 1] == []


async def test_four_in_five_labels_are_right_with_and_without_a_model(embedder: Embedder) -> None:
    told = await own_cases(read_cases(), shipped_head(), embedder)
    assert {name: measure(each, LABELS).accuracy.value >= GOAL for name, each in told.items()} == {
        "our cases": True,
        "our cases, wording alone": True,
    }
