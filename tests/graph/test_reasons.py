"""Why people take over: each rule by itself, and which of several is shown."""

from typing import Any, cast, get_args

import pytest
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage

from agents.control import HandoffReason
from data.db import Connection
from data.scope import Scope
from evals.models.script import Call
from graph.nodes.classify import answered_questions
from graph.reasons import RULES, STRENGTH, by_strength, handoff_request, reasons_now
from graph.state import State
from tests.graph.held import never, provided
from tests.graph.house import House, open_house, visitor
from tests.graph.test_control import Once
from tools.operation import Effect, operation

FURIOUS = [{"id": "1", "shares": [1.0, 0.0, 0.0, 0.0, 0.0]}]
PHOTO = HumanMessage("look at this", additional_kwargs={"media": ["image/jpeg"]})
ASKED = "How long does it take to repair the blue thing?"


def state(understanding: dict[str, Any] | None = None, **known: Any) -> State:
    said = {"text": "…", "wants_human": False, "urgency": "low", **(understanding or {})}
    return cast("State", {"messages": [], "understanding": said, **known})


def found(reason: str) -> dict[str, Any]:
    """What a specialist or `review` leaves."""
    return {"handoff": {"reasons": [reason], "summary": "They say so.", "priority": "low"}}


HOLDS: dict[HandoffReason, State] = {
    "human_requested": state({"wants_human": True}),
    "legal": state({"rules": ["legal"]}),
    "negative_sentiment": state(moods=FURIOUS),
    "refund": state(**found("refund")),
    "pricing": state({"rules": ["pricing"]}),
    "policy": state(**found("policy")),
    "media": state(messages=[HumanMessage("hi"), AIMessage("Hello."), PHOTO]),
    "repeated_question": state({"repeated": True}),
    "tool_limit": state(**found("tool_limit")),
    "data_gap": state(**found("data_gap")),
    "ungrounded": state(**found("ungrounded")),
}


@pytest.mark.parametrize("reason", get_args(HandoffReason))
def test_each_reason_holds_where_it_should_and_nowhere_else(reason: HandoffReason) -> None:
    assert reasons_now(HOLDS[reason]) == [reason]
    assert not RULES[reason](state())


def test_there_is_a_rule_and_a_strength_for_each_reason() -> None:
    assert set(RULES) == set(STRENGTH) == set(get_args(HandoffReason))


def test_what_was_looked_at_before_is_no_reason_now() -> None:
    assert reasons_now(state(messages=[PHOTO, AIMessage("Seen."), HumanMessage("thanks")])) == []


def test_all_reasons_are_kept_and_the_strongest_is_shown() -> None:
    several = state({"rules": ["pricing", "legal"], "repeated": True}, **found("data_gap"))
    request = handoff_request(several)
    assert request["reasons"] == ["legal", "pricing", "repeated_question", "data_gap"]
    assert request["priority"] == "high"  # who threatens to sue does not wait behind others
    assert by_strength(["ungrounded", "human_requested"])[0] == "human_requested"


def test_questions_count_since_people_last_spoke() -> None:
    window: list[AnyMessage] = [
        HumanMessage("one"),
        AIMessage("Here."),
        AIMessage("I looked into it.", additional_kwargs={"colleague": True}),
        HumanMessage("two"),
        AIMessage("There."),
        HumanMessage("now"),
    ]
    assert answered_questions(window) == ["two"]


async def test_who_asks_the_same_again_gets_a_person_who_knows_why(house: House) -> None:
    scope = visitor()
    first = await house.ask(scope, ASKED)
    assert not first["handoff"]
    second = await house.ask(scope, f"{ASKED.lower()}?")
    assert (second["handoff"], second["handoff_reason"]) == (True, "repeated_question")
    assert "colleague" in second["response"]
    (row,) = await house.of(scope, "handoffs")
    assert row["reasons"][0] == "repeated_question"


async def test_the_customer_is_told_once_with_no_promise_that_nothing_supports(
    house: House,
) -> None:
    scope = visitor()
    answer = await house.ask(scope, "I want to talk to a human")
    assert "can't say yet how long" in answer["response"]
    again = await open_house(house.database).ask(scope, "hello?")
    assert again["response"] is None
    assert [role for role, _ in await house.history(scope)] == ["customer", "assistant", "customer"]


@operation(Effect.READ)
async def knowledge_search(db: Connection, scope: Scope, query: str) -> list[str]:
    """Look into articles, of which there are none."""
    return []


async def test_a_model_whose_tools_find_nothing_twice_hands_over(house: House) -> None:
    scope = visitor()
    looks = Once(
        (Call("knowledge_search", {"query": "thing"}),), "I found nothing. Could you say more?"
    )
    async with provided(looks, never) as provider:
        articles = {knowledge_search.name: knowledge_search}
        asking = open_house(house.database, provider=provider, operations=articles)
        first = await asking.ask(scope, "please open a ticket about the thing")
        second = await asking.ask(scope, "please open a ticket about the thing at the corner")
    assert not first["handoff"]
    assert (second["handoff"], second["handoff_reason"]) == (True, "data_gap")
