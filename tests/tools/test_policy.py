"""The rules themselves: whatever is tried, an evaluation keeps its promises."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from data.scope import Identity
from tools.confirmation import says_no, says_yes
from tools.policy import Case, evaluate, fill, is_broken
from tools.policy_rules import Rule

TODAY = date(2026, 3, 31)
WORDS = {"because": "So it is."}
APPROVAL = {"otherwise": "approval", "matter": "a thing"}


def rule(name: str = "a_rule", **given: Any) -> Rule:
    return Rule.model_validate({"name": name, "actions": ["act"], **WORDS, **given})


def case(**known: Any) -> Case:
    dotted = {name.replace("__", "."): value for name, value in known.items()}
    return Case("act", dotted, Identity.ANONYMOUS, TODAY)


CHECKS: list[dict[str, Any]] = [
    {"never": True},
    {"identity": "verified"},
    {"state": {"row.status": ["new", "old"]}},
    {"amount": {"of": "row.amount", "most": "10", "currency": "USD"}},
    {"age": {"of": "row.day", "most_days": 3}},
    {"times": {"most": 2, "per": "conversation"}},
    {"confirmed": ["word"], "ask": "Sure about {word}?"},
    {"code": True, "matter": "a thing"},
]
ENDS: list[dict[str, Any]] = [{}, APPROVAL, {**APPROVAL, "decided_by": "admin"}]

checks = st.sampled_from(CHECKS)
rules = st.lists(
    st.builds(
        lambda check, end, dry, name: rule(
            name, **check, **({} if check.keys() & {"confirmed", "code"} else end), dry_run=dry
        ),
        checks,
        st.sampled_from(ENDS),
        st.booleans(),
        st.sampled_from("abcdefgh"),
    ),
    max_size=6,
)


def a_case(known: tuple[Any, Any, Any, Any], asked: str | None, verified: bool, done: int) -> Case:
    status, amount, currency, day = known
    row = {"row.status": status, "row.amount": amount, "row.currency": currency, "row.day": day}
    identity = Identity.VERIFIED if verified else Identity.CLAIMED
    times = dict.fromkeys("abcdefgh", done)
    return Case("act", {**row, "word": "x1"}, identity, TODAY, asked, verified, times)


cases = st.builds(
    a_case,
    st.tuples(
        st.sampled_from(["new", "old", "gone", None]),
        st.one_of(st.none(), st.decimals(0, 20, places=2), st.integers(0, 20)),
        st.sampled_from(["USD", "EUR", None]),
        st.one_of(st.none(), st.dates(date(2026, 3, 20), TODAY)),
    ),
    st.sampled_from([None, "Sure about x1?", "Sure about x2?", ""]),
    st.booleans(),
    st.integers(0, 4),
)
STRICTNESS = ("allow", "approve", "prove", "confirm", "refuse")


@given(rules, cases)
def test_what_is_allowed_breaks_no_rule_that_counts(written: list[Rule], tried: Case) -> None:
    ruling = evaluate(written, tried)
    broken = [r for r in written if is_broken(r, tried)]
    assert (ruling.verdict == "allow") == all(r.dry_run for r in broken)
    assert set(ruling.tried) == {r.name for r in broken if r.dry_run}


@given(rules, rules, cases)
def test_another_rule_never_makes_a_ruling_milder(
    written: list[Rule], more: list[Rule], tried: Case
) -> None:
    before, after = evaluate(written, tried), evaluate([*written, *more], tried)
    assert STRICTNESS.index(after.verdict) >= STRICTNESS.index(before.verdict)
    if before.verdict == after.verdict == "approve":
        assert (before.decided_by, after.decided_by) != ("admin", "operator")


@given(rules, cases, st.randoms())
def test_the_order_of_rules_changes_no_verdict(written: list[Rule], tried: Case, dice: Any) -> None:
    shuffled = list(written)
    dice.shuffle(shuffled)
    one, other = evaluate(written, tried), evaluate(shuffled, tried)
    assert (one.verdict, one.decided_by) == (other.verdict, other.decided_by)
    assert sorted(one.rules) == sorted(other.rules)


@given(rules, cases)
def test_rules_for_another_action_do_not_count(written: list[Rule], tried: Case) -> None:
    assert evaluate(written, replace(tried, action="other")).verdict == "allow"


@given(rules, cases)
def test_a_ruling_says_why_and_what_comes_next(written: list[Rule], tried: Case) -> None:
    ruling = evaluate(written, tried)
    assert bool(ruling.because) == bool(ruling.rules) == (ruling.verdict != "allow")
    assert bool(ruling.question) == (ruling.verdict == "confirm")
    assert ruling.verdict != "approve" or ruling.matter


@given(rules, cases, st.integers(1, 5))
def test_doing_it_more_often_never_makes_it_freer(
    written: list[Rule], tried: Case, more: int
) -> None:
    often = replace(tried, done={name: n + more for name, n in tried.done.items()})
    before, after = evaluate(written, tried), evaluate(written, often)
    assert STRICTNESS.index(after.verdict) >= STRICTNESS.index(before.verdict)


@given(rules)
def test_rules_survive_being_stored(written: list[Rule]) -> None:
    assert [Rule.model_validate(r.definition()) for r in written] == written


@pytest.mark.parametrize(
    ("check", "holds", "breaks"),
    [
        (
            {"amount": {"of": "row.amount", "most": "10.00"}},
            [Decimal("10.00"), 10, Decimal(0)],
            [Decimal("10.01"), 11, None, "10", True, 9.5],
        ),
        (
            {"age": {"of": "row.amount", "most_days": 3}},
            [TODAY, TODAY - timedelta(days=3), datetime(2026, 3, 28, 0, 0, tzinfo=UTC)],
            [TODAY - timedelta(days=4), datetime(2026, 3, 27, 23, 59, tzinfo=UTC), None, "today"],
        ),
        ({"state": {"row.amount": ["yes", 5]}}, ["yes", 5, "5"], ["Yes", None, "", 50]),
    ],
)
def test_a_limit_is_exact_and_what_is_unknown_breaks_it(
    check: dict[str, Any], holds: Sequence[object], breaks: Sequence[object]
) -> None:
    for value in holds:
        assert not is_broken(rule(**check), case(row__amount=value)), value
    for value in breaks:
        assert is_broken(rule(**check), case(row__amount=value)), value


def test_an_amount_counts_in_its_own_currency_only() -> None:
    limited = rule(amount={"of": "row.amount", "most": "10", "currency": "USD"})
    assert not is_broken(limited, case(row__amount=1, row__currency="USD"))
    assert is_broken(limited, case(row__amount=1, row__currency="EUR"))
    assert is_broken(limited, case(row__amount=1))


def test_a_rule_counts_only_where_it_says() -> None:
    closed = rule(never=True, when={"row.status": ["closed"]})
    assert is_broken(closed, case(row__status="closed"))
    assert not is_broken(closed, case(row__status="open"))
    assert not is_broken(closed, case())


@pytest.mark.parametrize(
    ("asked", "value", "broken"),
    [
        ("Shall I use a@b.test?", "a@b.test", False),
        ("Shall I use A@B.TEST?", "a@b.test", False),
        ("Shall I use xa@b.test?", "a@b.test", True),
        ("Order 12?", 1, True),
        ("Order 12?", 12, False),
        ("", "a@b.test", True),
        (None, "a@b.test", True),
        ("Anything", None, False),
    ],
)
def test_a_yes_counts_for_what_was_named(asked: str | None, value: object, broken: bool) -> None:
    confirmed = rule(confirmed=["word"], ask="Sure?")
    assert is_broken(confirmed, replace(case(word=value), asked=asked)) is broken


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"never": True, "identity": "verified"},
        {"never": False},
        {"state": {}},
        {"state": {"row.status": []}},
        {"times": {"most": 1, "per": "customer"}},
        {"times": {"most": -1, "per": "conversation"}},
        {"confirmed": ["word"]},
        {"never": True, "ask": "Sure?"},
        {"never": True, "otherwise": "approval"},
        {"never": True, "matter": "it"},
        {"never": True, "decided_by": "admin"},
        {"never": True, "within_hours": 24},
        {"never": True, **APPROVAL, "within_hours": 0},
        {"never": True, **APPROVAL, "within_hours": 721},
        {"confirmed": ["word"], "ask": "Sure?", **APPROVAL},
        {"never": True, "until": "Monday"},
        {"amount": {"of": "row.amount", "most": "10", "currency": "dollars"}},
    ],
)
def test_a_rule_makes_one_check_and_has_the_words_for_it(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        rule(**wrong)


def test_the_shortest_time_that_any_rule_gives_for_a_decision_counts() -> None:
    unverified = a_case(("new", 1, "USD", TODAY), None, verified=False, done=0)
    usual = rule("a", identity="verified", **APPROVAL)
    assert evaluate([usual], unverified).within_hours == 48
    for hours, within in ((72, 48), (24, 24)):
        other = rule("b", identity="verified", **APPROVAL, within_hours=hours)
        assert evaluate([usual, other], unverified).within_hours == within


YES = ["yes", "Yes.", "yes please", "Yep, do it", "ok", "Sure, go ahead!", "correct", "I confirm"]
NOT_YES = ["", "no", "not yes", "yes?", "yes, but later", "ok wait", "maybe", "what?", "yesterday"]


@pytest.mark.parametrize("text", YES)
def test_a_yes_is_a_yes(text: str) -> None:
    assert says_yes(text)
    assert not says_no(text)


@pytest.mark.parametrize("text", [*NOT_YES, "yes\nno wait", "Yes. Actually, stop.", "k", "1"])
def test_what_is_open_to_doubt_is_no_yes(text: str) -> None:
    assert not says_yes(text)


def test_words_are_filled_and_never_executed() -> None:
    known = {"word": "{other}", "other": "secret", "row.amount": Decimal("9.90")}
    assert fill("{word} {row.amount} {nobody} {0.__class__}", known) == "{other} 9.90 ? ?"
