"""What the articles answer is not asked of a model; everything else is."""

from dataclasses import replace

import pytest

from agents.facts import Clause, Facts
from agents.known_first import SEARCH, answers, first_move, is_last, is_near
from agents.moves import Result
from agents.offline import decided
from agents.playbook import Playbook

ASKED = "How long does the warranty on headphones last?"
PLAIN = Clause(ASKED, "warranty", "general", account=False, confidence=0.9)
FACTS = Facts(
    specialist="general",
    text=ASKED,
    clauses=(PLAIN,),
    identity="anonymous",
    customer=None,
    memory={},
    tone="friendly",
    company={},
)
PASSAGE = {
    "content": "# Warranty\n\nThe warranty on headphones lasts two years.",
    "source": "articles/warranty",
    "title": "Warranty",
    "score": 0.9,
}
ORDERS = Playbook.model_validate(
    {
        "name": "order_status",
        "intents": ["order_status"],
        "steps": [{"tool": "get_orders"}],
        "reply": [{"say": "It is {{ get_orders[0].status }}."}],
    }
)


def test_a_plain_question_is_put_to_the_articles_first() -> None:
    asked = first_move(FACTS, {}, [], with_model=True)
    assert asked
    assert [(c.tool, c.arguments) for c in asked.calls] == [(SEARCH, {"query": ASKED})]


def test_what_a_passage_answers_is_said_from_it() -> None:
    found = [Result(SEARCH, {"query": ASKED}, [PASSAGE])]
    answer = decided(FACTS, {}, found)
    assert "two years" in answer.text
    assert "Warranty" in answer.text
    assert is_last(answer)
    assert answers(answer)
    assert is_near(found)


def test_what_no_passage_answers_is_for_the_model() -> None:
    nothing = decided(FACTS, {}, [Result(SEARCH, {"query": ASKED}, [])])
    assert is_last(nothing)
    assert not answers(nothing)
    assert not is_near([Result(SEARCH, {"query": ASKED}, [{**PASSAGE, "score": 0.5}])])


@pytest.mark.parametrize(
    "facts",
    [
        replace(FACTS, clauses=(replace(PLAIN, account=True),)),
        replace(FACTS, clauses=(PLAIN, replace(PLAIN, intent="hours"))),
        replace(FACTS, memory={"playbook": "order_status", "specialist": "general"}),
        replace(FACTS, clauses=(replace(PLAIN, intent="order_status"),)),
    ],
    ids=["account", "two", "waiting", "to do"],
)
def test_what_is_no_plain_question_is_for_the_model(facts: Facts) -> None:
    assert first_move(facts, {"order_status": ORDERS}, [], with_model=True) is None


def test_without_a_model_two_questions_are_put_to_the_articles_at_once() -> None:
    two = replace(FACTS, clauses=(PLAIN, replace(PLAIN, text="Do you ship?", intent="shipping")))
    asked = first_move(two, {}, [], with_model=False)
    assert asked
    assert {call.tool for call in asked.calls} == {SEARCH}


def test_the_articles_are_asked_once() -> None:
    before = [Result(SEARCH, {"query": "x"}, [PASSAGE])]
    assert first_move(FACTS, {}, before, with_model=False) is None
