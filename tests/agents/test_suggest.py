"""Which replies an operator is offered, and in which order."""

from typing import Any

import pytest

from agents.phrases import phrase
from agents.sentiment import Sentiment
from agents.suggest import MOST, Saved, Situation, Suggestion, drafted, ranked, suggested

ANGRY = Sentiment(-0.8, "negative", 0.9)
CALM = Sentiment(0.0, "neutral", 0.9)
ANSWER = Suggestion("It is on its way.", 0.8, "From the records.", ("get_orders",))
HEADPHONES = {"id": 1, "product": "Wireless Headphones", "status": "delivered"}
CASE = {"id": 2, "product": "Phone Case", "status": "shipped"}
CHARGER = {"id": 3, "product": "Charger", "status": "processing"}
LOOKING = phrase("suggest.look_into", "friendly")


def situation(**known: Any) -> Situation:
    given: dict[str, Any] = {"asked": "", "tone": "friendly", "sentiment": CALM, "answer": None}
    return Situation(**given | known)


def sources(found: list[Suggestion]) -> list[str]:
    return [source for each in found for source in each.sources]


def test_there_are_three_whatever_is_known() -> None:
    found = suggested(situation(sentiment=None))
    assert len({each.suggestion for each in found}) == MOST
    assert found[0].suggestion == LOOKING
    assert all(each.rationale and 0 <= each.confidence <= 1 for each in found)


def test_what_the_assistant_found_comes_first() -> None:
    found = suggested(situation(answer=ANSWER, orders=[CASE]))
    assert found[0] == ANSWER
    assert [each.confidence for each in found] == sorted(
        (each.confidence for each in found), reverse=True
    )


def test_an_unhappy_customer_is_told_so_first() -> None:
    draft = drafted(situation(answer=ANSWER, sentiment=ANGRY))
    assert draft.suggestion == f"{phrase('suggest.sorry', 'friendly')} {ANSWER.suggestion}"
    assert draft.sources == ANSWER.sources
    assert drafted(situation(answer=ANSWER)).suggestion == ANSWER.suggestion


def test_who_is_sorry_already_does_not_say_it_twice() -> None:
    draft = drafted(situation(sentiment=ANGRY))
    assert draft.suggestion == phrase("suggest.look_into_sorry", "friendly")


@pytest.mark.parametrize(
    ("asked", "orders", "about"),
    [
        ("my headphones crackle", [HEADPHONES, CASE, CHARGER], ["order/1"]),
        ("the phone cases are too small", [HEADPHONES, CASE, CHARGER], ["order/2"]),
        ("where is it?", [HEADPHONES, CASE], ["order/2"]),
        ("where is it?", [HEADPHONES, CASE, CHARGER], []),
        ("where is it?", [HEADPHONES], []),
        ("where is it?", [], []),
    ],
)
def test_an_order_is_asked_about_where_it_is_clear_which(
    asked: str, orders: list[dict[str, Any]], about: list[str]
) -> None:
    assert sources(suggested(situation(asked=asked, orders=orders))) == about


def test_an_open_ticket_is_asked_about_and_a_resolved_one_is_not() -> None:
    ticket = {"id": 7, "subject": "No dial tone", "status": "in_progress"}
    (first, *_) = suggested(situation(tickets=[ticket]))
    assert first.suggestion == 'Is this about your ticket 7, "No dial tone" (in progress)?'
    assert sources(suggested(situation(tickets=[ticket | {"status": "resolved"}]))) == []


def test_a_saved_response_is_offered_only_where_it_fits() -> None:
    saved = [Saved("/refund", "We refund it.", 0.7), Saved("/greet", "Hello.", 0.59)]
    found = suggested(situation(saved=saved))
    assert (found[0].suggestion, found[0].sources) == ("We refund it.", ("/refund",))
    assert "Hello." not in {each.suggestion for each in found}


def test_the_same_words_are_offered_once_at_their_best() -> None:
    low, high = Suggestion("Yes,  it is.", 0.2, "a"), Suggestion("yes, it is.", 0.9, "b")
    assert ranked([low, high]) == [high]


def test_why_there_is_no_answer_is_said() -> None:
    assert phrase("suggest.nothing_found") in suggested(situation())[0].rationale
    assert phrase("suggest.said_before") in suggested(situation(repeated=True))[0].rationale


@pytest.mark.parametrize("tone", ["professional", "friendly", "playful", "unheard_of"])
def test_every_tone_has_words(tone: str) -> None:
    found = suggested(situation(tone=tone, sentiment=ANGRY, orders=[CASE]))
    assert all("{" not in each.suggestion + each.rationale for each in found)
