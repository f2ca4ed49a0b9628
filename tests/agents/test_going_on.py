"""Questions that go on with what was just spoken of, as tables."""

import pytest

from agents.clarify import picked
from agents.cues import asks, asks_rules, asks_ways, goes_back, goes_further, is_general, wishes
from agents.facts import Clause
from agents.interpreter import next_move
from agents.lookup import is_new_subject, look_up
from agents.memory import after_telling
from agents.moves import Result
from agents.playbook import Playbook
from agents.slots import each_of
from tests.agents.small import LOOKED_UP, LOOKS_UP, TIMES, book, facts, found_by

SUBJECTS = {
    "one": Playbook.model_validate(
        {"name": "one", "intents": ["one"], "about": "an order", "reply": [{"say": "One."}]}
    ),
    "two": Playbook.model_validate(
        {"name": "two", "intents": ["two"], "about": "an invoice", "reply": [{"say": "Two."}]}
    ),
}
OFFERED = {"intents": {"one": "general", "two": "billing"}, "text": "it is wrong"}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("the second", "two"),
        ("2", "two"),
        ("the first one", "one"),
        ("the invoice please", "two"),
        ("invoyce", "two"),
        ("no", None),
        ("I have no idea what you are talking about", None),
        ("yes", None),
    ],
)
def test_what_was_offered_is_picked_by_place_or_name(text: str, name: str | None) -> None:
    found = picked(text, OFFERED, SUBJECTS)
    assert (found.name if found else None) == name


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("how do I cancel it", {asks, asks_ways, goes_further}),
        ("can I cancel it", {asks, asks_ways, goes_further}),
        ("cancel it", {goes_further}),
        ("can you cancel it", {asks, wishes, goes_further}),
        ("please do that", {wishes, goes_further}),
        ("and what if it breaks?", {asks, asks_rules, is_general, goes_further}),
        ("who pays for the return", {asks, asks_rules, goes_further}),
        ("and for mobile?", {asks, is_general, goes_further}),
        ("how soon", {asks, is_general, goes_further}),
        ("and my bill?", {asks, goes_further}),
        ("we are three, what would it be", {asks, goes_further}),
        ("back to the offer", {goes_back, goes_further}),
        ("3 Elm Street, Millhaven", {goes_further}),
    ],
)
def test_how_something_is_said_tells_what_it_is(text: str, kinds: set[object]) -> None:
    cues = (asks, asks_rules, asks_ways, goes_back, goes_further, is_general, wishes)
    assert {cue for cue in cues if cue(text)} == kinds


@pytest.mark.parametrize(
    ("kind", "text", "parts"),
    [
        ("number", "where are orders 2 and 3", ["where are order 2", "where are order 3"]),
        ("number", "order 2 or order 3?", ["order 2?", "order 3?"]),
        ("number", "order 2 takes 3 days", []),
        ("number", "between 2 and 3 pm", []),
        ("code", "INV-2041 and INV-1988", ["INV-2041", "INV-1988"]),
        ("code", "INV-2041 is wrong", []),
        ("text", "orders 2 and 3", []),
    ],
)
def test_several_things_of_one_kind_are_told_apart(kind: str, text: str, parts: list[str]) -> None:
    assert each_of(kind, text, of=["order"]) == parts


def test_each_of_several_things_is_answered() -> None:
    playbooks = book(
        slots=[{"name": "n", "kind": "number", "of": ["order"], "optional": True}],
        reply=[{"when": "again", "say": "Again."}, {"say": "Order {{ n }}."}],
    )
    move = next_move(facts("where are orders 2 and 3", "main"), playbooks, [])
    assert move.text == "Order 2.\n\nOrder 3."


@pytest.mark.parametrize(
    ("text", "sure", "answer"),
    [
        ("how long does it take", 0.9, "It takes 3 days.\n\nSource: Times"),
        ("what happens if it takes longer", 0.9, "It takes 3 days.\n\nSource: Times"),
        ("can you take it", 0.9, "Other."),
        ("take order 3", 0.9, "Other."),
    ],
)
def test_a_question_about_the_last_subject_is_for_the_articles_first(
    text: str, sure: float, answer: str
) -> None:
    memory = {**LOOKED_UP, "told": "It was sent.", "about": {"matter": "where is it"}}
    playbooks = book(name="other", intents=["other"], **LOOKS_UP, reply=[{"say": "Other."}])
    said = facts(text, "other", sure=sure, memory=memory)
    move = next_move(said, playbooks, [])
    if move.calls:
        move = next_move(said, playbooks, found_by(move, TIMES))
    assert move.text == answer


def test_of_two_the_other_one_is_meant() -> None:
    things = Result("get_orders", {}, [{"id": 1}, {"id": 2}])
    slot = {"name": "n", "kind": "number", "of": ["order"], "keep": "topic", "ask": "Which?"}
    playbooks = book(
        slots=[{**slot, "known": "(get_orders | the_other(not_this.n)).id"}],
        steps=[{"tool": "get_orders"}],
        reply=[{"say": "Order {{ n }}."}],
    )
    first = next_move(facts("order 1", "main"), playbooks, [things])
    for text, answer in (("and the other one?", "Order 2."), ("and that?", "Order 1.")):
        said = facts(text, "main", memory=first.memory)
        assert next_move(said, playbooks, [things]).text == answer


@pytest.mark.parametrize(
    ("text", "intent", "sure", "new"),
    [
        ("when are you open", "hours", 0.9, True),
        ("when are you open", "hours", 0.5, False),
        ("how long does delivery take", "shipping", 0.9, False),
        ("how much is that", "prices", 0.9, False),
        ("and to Mexico?", "hours", 0.9, False),
    ],
)
def test_another_question_is_not_asked_of_the_article_before(
    text: str, intent: str, sure: float, new: bool
) -> None:
    before = Clause("do you ship to Canada", "shipping", "general", account=False, confidence=0.9)
    found = {"title": "Shipping", "heading": "Abroad", "content": "We ship to Canada.", "score": 1}
    search = Result("knowledge_search", {"query": before.text}, [found])
    told = look_up(before, "general", (search,), {}, {}, "friendly")
    assert told.text.startswith("We ship to Canada.")
    memory = after_telling(told.memory, told.text)
    clause = Clause(text, intent, "general", account=False, confidence=sure)
    assert is_new_subject(clause, memory) == new
    asked = look_up(clause, "general", (), memory, {}, "friendly").calls
    assert len(asked) == (1 if new else 2)


def test_an_article_in_vain_brings_the_tenants_offer_and_then_people() -> None:
    offer = book(name="no_help", intents=["did_not_help"], reply=[{"say": "A ticket?"}])
    memory = {"topic": {"playbook": "", "specialist": "tech"}, "told": "Restart it."}
    said = facts("that did not help", "thanks", specialist="tech", sure=0.2, memory=memory)
    once = next_move(said, offer, [])
    assert once.text == "A ticket?"
    again = facts("that did not help", "thanks", specialist="tech", sure=0.2, memory=once.memory)
    assert next_move(again, offer, []).hand_over == "data_gap"
