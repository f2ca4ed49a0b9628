"""Moods from turn to turn, why people take over, and what a real turn leaves of it."""

from typing import Any, cast

import pytest
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage

from agents.sentiment import LATEST, mood_of
from agents.sentiment_head import shipped_head
from graph.handback import HandBack
from graph.moods import moods_after
from graph.reasons import handoff_request, priority_of, reasons_now
from graph.state import MessageMood, State
from tests.graph.house import House, operator, visitor

FURIOUS = [1.0, 0.0, 0.0, 0.0, 0.0]
NEGATIVE = [0.0, 1.0, 0.0, 0.0, 0.0]
NEUTRAL = [0.0, 0.0, 1.0, 0.0, 0.0]
ANGRY = "You are the WORST company ever, absolutely disgusting. I hate you!!!"


def kept(*named: tuple[str, list[float]]) -> list[MessageMood]:
    return [{"id": name, "shares": shares} for name, shares in named]


def talk(first: str) -> list[AnyMessage]:
    """A message that was answered, and the next one."""
    return [HumanMessage(first, id="a"), AIMessage("Hm."), HumanMessage("?", id="b")]


def state(moods: list[list[float]], *, wants_human: bool = False, **more: Any) -> State:
    understanding = {"text": "x" * 900, "urgency": "low", "wants_human": wants_human}
    numbered = kept(*((str(i), shares) for i, shares in enumerate(moods)))
    return cast("State", {"understanding": understanding, "moods": numbered, **more})


def test_what_was_judged_is_not_judged_again() -> None:
    window: list[AnyMessage] = [
        HumanMessage("lovely", id="a"),
        AIMessage("Hm."),
        HumanMessage("?", id="b"),
    ]
    found = moods_after(kept(("a", FURIOUS)), window, tuple(NEUTRAL), shipped_head())
    assert found == kept(("a", FURIOUS), ("b", NEUTRAL))


def test_what_people_answered_is_judged_by_its_wording() -> None:
    window: list[AnyMessage] = [
        HumanMessage(ANGRY, id="a"),
        AIMessage("Sorry."),
        HumanMessage("?", id="b"),
    ]
    found = moods_after([], window, tuple(NEUTRAL), shipped_head())
    assert found[0] == {"id": "a", "shares": list(mood_of(ANGRY, None, shipped_head()))}


def test_messages_that_were_waiting_count_as_one() -> None:
    window: list[AnyMessage] = [HumanMessage("so", id="a"), HumanMessage("what", id="b")]
    assert moods_after([], window, tuple(NEUTRAL), shipped_head()) == kept(("b", NEUTRAL))


def test_the_last_five_are_kept_also_those_that_left_the_window() -> None:
    known = kept(*((str(i), NEGATIVE) for i in range(LATEST)))
    found = moods_after(known, [HumanMessage("?", id="new")], tuple(NEUTRAL), shipped_head())
    assert [each["id"] for each in found] == ["1", "2", "3", "4", "new"]


@pytest.mark.parametrize(
    ("found", "reasons"),
    [
        (state([NEUTRAL]), []),
        (state([FURIOUS]), ["negative_sentiment"]),
        (state([FURIOUS], wants_human=True), ["human_requested", "negative_sentiment"]),
        (state([], wants_human=True), ["human_requested"]),
    ],
)
def test_every_reason_is_kept_and_the_strongest_is_first(found: State, reasons: list[str]) -> None:
    assert reasons_now(found) == reasons


def test_a_handoff_tells_the_mood_and_is_as_urgent_as_it() -> None:
    asked = {"reasons": ["data_gap"], "summary": "No such order.", "priority": "low"}
    request = handoff_request(state([FURIOUS], handoff=asked))
    assert request["reasons"] == ["negative_sentiment", "data_gap"]
    assert (request["summary"], request["priority"]) == ("No such order.", "high")
    assert request["sentiment"] == {"score": -1.0, "label": "negative", "confidence": 1.0}
    plain = handoff_request(state([NEUTRAL], wants_human=True))
    assert (plain["priority"], len(plain["summary"])) == ("low", 600)


@pytest.mark.parametrize(
    ("urgency", "negative", "strongly", "priority"),
    [
        ("low", False, False, "low"),
        ("low", True, False, "medium"),
        ("high", True, False, "high"),
        ("medium", True, True, "high"),
    ],
)
def test_priority(urgency: Any, negative: bool, strongly: bool, priority: str) -> None:
    assert priority_of(urgency, negative=negative, strongly=strongly) == priority


async def test_a_turn_says_and_keeps_the_sentiment(house: House) -> None:
    scope = visitor()
    first = await house.ask(scope, "hello there")
    assert first["sentiment"]["label"] == "neutral"
    second = await house.ask(scope, "hello there, thank you so much, you are wonderful!")
    assert second["sentiment"]["label"] == "positive"
    row = await house.conversation(scope)
    assert (row["sentiment_score"], row["sentiment_label"]) == (
        second["sentiment"]["score"],
        "positive",
    )
    memory = await house.memory(scope)
    assert len(memory["moods"]) == 2


async def test_the_furious_get_a_person_who_knows_it(house: House) -> None:
    scope = visitor()
    answer = await house.ask(scope, ANGRY)
    assert (answer["handoff"], answer["handoff_reason"]) == (True, "negative_sentiment")
    (row,) = await house.of(scope, "handoffs")
    assert (row["reason"], row["priority"]) == ("negative_sentiment", "high")
    waiting = (await house.memory(scope))["handoff"]
    assert waiting["sentiment"] == answer["sentiment"]


async def test_whoever_calmed_down_stays_with_the_assistant_afterwards(house: House) -> None:
    scope = visitor()
    await house.ask(scope, ANGRY)
    await house.handbacks.hand_back(operator(scope), HandBack("return"))
    after = await house.ask(scope, "hello there")
    assert (after["handoff"], after["answered_by"]) == (False, "model")
