"""What the articles answer is not asked of a model; everything else is."""

import json
from dataclasses import replace
from typing import Any

import pytest
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolMessage

from agents.facts import Clause, Facts
from agents.known_first import SEARCH, known_first
from agents.offline import NAME
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


def after(tool: str, found: Any) -> list[AnyMessage]:
    """The turn after one tool has answered."""
    call = {"name": tool, "args": {"query": ASKED}, "id": "c"}
    return [
        HumanMessage(ASKED),
        AIMessage("", tool_calls=[call]),
        ToolMessage(json.dumps(found), name=tool, tool_call_id="c"),
    ]


def test_a_plain_question_is_put_to_the_articles_first() -> None:
    asked = known_first(FACTS, {}, [HumanMessage(ASKED)])
    assert asked
    assert [(c["name"], c["args"]) for c in asked.tool_calls] == [(SEARCH, {"query": ASKED})]


def test_what_a_passage_answers_is_said_from_it() -> None:
    answer = known_first(FACTS, {}, after(SEARCH, [PASSAGE]))
    assert answer
    assert "two years" in str(answer.content)
    assert "Warranty" in str(answer.content)
    assert answer.response_metadata["model_name"] == NAME


@pytest.mark.parametrize("found", [[], [{**PASSAGE, "score": 0.5}]])
def test_what_no_passage_answers_is_for_the_model(found: list[Any]) -> None:
    assert known_first(FACTS, {}, after(SEARCH, found)) is None


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
    assert known_first(facts, {"order_status": ORDERS}, [HumanMessage(ASKED)]) is None


def test_a_turn_in_which_other_tools_ran_is_the_models() -> None:
    assert known_first(FACTS, {}, after("get_orders", [])) is None
