"""What may be said to a customer, and what has no grounds."""

from datetime import date
from pathlib import Path

import pytest
import yaml

from agents.promises import PASSED_ON, unkept
from agents.promises_abroad import unkept_abroad
from agents.review import Grounds, ungrounded, unsupported

INVOICE = (
    '{"id": "INV-2042", "amount": "71.98", "due_date": "2026-03-27", "customer": "x@a.example"}'
)


@pytest.mark.parametrize(
    "text",
    [
        "Invoice INV-2042 is 71.98 USD.",
        "It is due on March 27, 2026.",
        "It is due on 2026-03-27.",
        "Write to X@a.example.",
        "There are 3 lights; the second of the 4 steps helps.",
        "Restart it, e.g. by its button, i.e. hold it.Then wait and/or call.",
        "No number at all.",
        "",
    ],
)
def test_what_the_evidence_holds_may_be_said(text: str) -> None:
    assert unsupported(text, [INVOICE]) == []


@pytest.mark.parametrize(
    ("text", "claims"),
    [
        ("It is 61.98 USD.", ["61.98"]),
        ("It is 1.98 USD.", ["1.98"]),
        ("Invoice INV-2043.", ["INV-2043"]),
        ("It is due on March 28, 2026.", ["March 28"]),
        ("It is due on April 27, 2026.", ["April 27"]),
        ("It is due on 2026-03-28.", ["2026-03-28"]),
        ("It is due on Saturday.", ["Saturday"]),
        ("It is due in April.", ["in April"]),
        ("It is due tomorrow.", ["tomorrow"]),
        ("You have 27 days.", ["27"]),
        ("You get it in 4 days.", ["4"]),
        ("That is $5.", ["5"]),
        ("10 % off", ["10"]),
        ("We open at 8:00.", ["8"]),
        ("Call 1-800-555-0142.", ["800", "555", "0142"]),
        ("Write to y@a.example.", ["y@a.example"]),
        ("See https://evil.example/x.", ["https://evil.example/x"]),
        ("Go to www.evil.example now.", ["www.evil.example"]),
        ("Log in at evil.example/login, please.", ["evil.example/login"]),
        ("Order it at Cheap-Phones.shop!", ["Cheap-Phones.shop"]),
        ("13 crews and 14 vans", ["13", "14"]),
    ],
)
def test_what_it_does_not_hold_is_listed(text: str, claims: list[str]) -> None:
    assert unsupported(text, [INVOICE]) == claims


@pytest.mark.parametrize(
    ("text", "evidence"),
    [
        ("About 1,200 homes", "1200 homes"),
        ("About 1200 homes", "About 1,200 homes"),
        ("13,650.00 USD", '"13650.00"'),
        ("39.9", "39.90"),
        ("14 days", "within 14.00 days"),
        ("8:00-20:00", "from 08:00 to 20:00"),
    ],
)
def test_a_number_may_be_written_in_another_way(text: str, evidence: str) -> None:
    assert unsupported(text, [evidence]) == []


def test_a_piece_of_a_number_is_another_number() -> None:
    assert unsupported("29.90 USD", ["129.90 USD"]) == ["29.90"]
    assert unsupported("99 USD", ["149.99 USD"]) == ["99"]


FILE = Path(__file__).parent / "claims.yaml"
CLAIMS = yaml.safe_load(FILE.read_text(encoding="utf-8"))
TODAY = date(2026, 3, 20)


def cases(part: str, kind: str) -> list[tuple[str, str]]:
    return [(named, text) for named, text in CLAIMS[part][kind]]


def grounds(named: str) -> Grounds:
    has = CLAIMS["grounds"][named]
    return Grounds(tuple(has["known"]), (has["said"],), frozenset(has.get("done", ())))


@pytest.mark.parametrize(("named", "text"), cases("develop", "supported"))
def test_what_has_grounds_may_be_said(named: str, text: str) -> None:
    assert ungrounded(text, grounds(named), TODAY) == []


@pytest.mark.parametrize(("named", "text"), cases("develop", "unsupported"))
def test_claims_and_promises_without_grounds_are_found(named: str, text: str) -> None:
    assert ungrounded(text, grounds(named), TODAY)


def test_of_wordings_that_nobody_looked_at_nearly_all_are_told_apart() -> None:
    found = [bool(ungrounded(t, grounds(n), TODAY)) for n, t in cases("held_out", "unsupported")]
    alarms = [bool(ungrounded(t, grounds(n), TODAY)) for n, t in cases("held_out", "supported")]
    assert sum(found) / len(found) >= 0.93
    assert sum(found) / (sum(found) + sum(alarms)) >= 0.93


@pytest.mark.parametrize("tool", sorted(PASSED_ON))
def test_a_promise_is_kept_by_a_tool_that_tells_people(tool: str) -> None:
    promise = "A colleague will call you back."
    assert unkept(promise, [], []) == [promise]
    assert unkept(promise, [], [tool]) == []
    assert unkept(promise, [], ["get_orders"]) == [promise]


def test_a_company_may_promise_in_its_own_articles() -> None:
    article = '[{"content": "We call you back within the hour.", "score": 0.8}]'
    assert unkept("We'll call you back within the hour.", [article], []) == []
    ticket = '[{"description": "We will call you back within the hour."}]'
    assert unkept("We'll call you back within the hour.", [ticket], [])


def test_what_articles_tell_of_in_general_was_not_done_for_this_customer() -> None:
    article = '[{"content": "We refund the order within five days.", "score": 0.9}]'
    assert unkept("We'll refund the order within 5 days.", [article], []) == []
    assert unkept("I have refunded the order.", [article], [])


def test_what_a_tool_did_not_do_is_no_ground_for_telling_that_it_did() -> None:
    held = '{"refused": "needs_confirmation", "question": "Shall order 3 be refunded?"}'
    assert unkept("I have refunded order 3.", [held], [])
    assert unkept("Order 3 has been refunded.", [held], [])
    told = '{"refused": "policy", "reason": "Le he reembolsado 20 USD."}'
    assert unkept_abroad("Le he reembolsado 20 USD.", [told], [])


def test_what_the_customer_wants_to_hear_is_not_made_true_by_their_asking() -> None:
    grounds = Grounds((), ("You promised me 900 USD by Friday, call me tomorrow",))
    assert ungrounded("Yes, you get 900 USD by Friday.", grounds, TODAY)
    assert ungrounded("You wrote of 900 USD by Friday.", grounds, TODAY) == []


@pytest.mark.parametrize("text", ["", "?", "\n\n", "1" * 5000, "I will " * 2000, "…" * 500])
def test_odd_answers_are_looked_at_in_time(text: str) -> None:
    ungrounded(text, Grounds(("known",), ("said",)), TODAY)
