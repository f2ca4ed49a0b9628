from typing import Any

import pytest

from server.replay.recording import Recorded
from server.replay.report import as_markdown
from server.replay.sending import Exchange, Sent
from server.replay.tally import latency_ms, outcome_of, tally

ANSWER: dict[str, Any] = {
    "message_id": "m",
    "response": "Here you are.",
    "reply_id": "r",
    "specialist": "billing",
    "handoff": False,
    "handoff_reason": None,
    "tool_calls": ["get_invoices"],
    "answered_by": "tools",
    "match_level": None,
}
HANDED = ANSWER | {"specialist": None, "handoff": True, "handoff_reason": "data_gap"}
WITH_PEOPLE = HANDED | {"response": None, "handoff_reason": None, "answered_by": "human"}
KNOWN = ANSWER | {"answered_by": "knowledge", "match_level": "semantic", "tool_calls": []}


def exchange(result: dict[str, Any] | None, **more: Any) -> Exchange:
    return Exchange("t", "said", 0.01, result, **more)


def conversation(*exchanges: Exchange, expected: tuple[str, ...] = ()) -> Sent:
    return Sent(Recorded(1, ("said",) * len(exchanges), expected), "t", list(exchanges))


@pytest.mark.parametrize(
    ("given", "outcome"),
    [
        (exchange(ANSWER), "tools"),
        (exchange(KNOWN), "knowledge"),
        (exchange(HANDED), "handed over"),
        (exchange(WITH_PEOPLE), "after handoff"),
        (exchange(ANSWER | {"response": " "}), "unanswered"),
        (exchange(ANSWER | {"response": None}), "unanswered"),
        (exchange({"status": "accepted", "message_id": "m"}), "later"),
        (exchange(None, error="ConnectError"), "error"),
    ],
)
def test_every_message_has_one_outcome(given: Exchange, outcome: str) -> None:
    assert outcome_of(given) == outcome


def test_what_comes_after_a_handoff_is_counted_apart() -> None:
    sent = [conversation(exchange(ANSWER), exchange(HANDED), *[exchange(WITH_PEOPLE)] * 3)]
    found = tally(sent, seconds=2.5)
    assert found["outcomes"] == {"after handoff": 3, "tools": 1, "handed over": 1}
    assert found["handoffs"] == {
        "conversations": 1,
        "reasons": {"data_gap": 1},
        "messages_afterwards": 3,
    }
    assert found["turns_per_second"] == 2.0
    assert sum(found["outcomes"].values()) == found["messages"] == 5


def test_the_specialist_of_a_handed_over_turn_is_the_one_that_worked_on_it() -> None:
    sent = [
        conversation(exchange(HANDED, worked="tech")),
        conversation(exchange(HANDED)),
        conversation(exchange(ANSWER)),
    ]
    assert tally(sent, 1)["specialists"] == {"tech": 1, "handoff": 1, "billing": 1}


def test_single_messages_are_compared_with_what_was_expected() -> None:
    sent = [
        conversation(exchange(ANSWER), expected=("billing",)),
        conversation(exchange(ANSWER), expected=("tech",)),
        conversation(exchange(ANSWER), expected=("oos",)),
        conversation(exchange(HANDED), expected=("handoff",)),
        conversation(exchange(None, error="500"), expected=("tech",)),
        conversation(exchange(ANSWER), exchange(KNOWN), expected=("billing", "leads")),
    ]
    assert tally(sent, 1)["routes"] == {
        "confusion": {
            "billing": {"billing": 1},
            "handoff": {"handoff": 1},
            "oos": {"billing": 1},
            "tech": {"billing": 1},
        },
        "judged": 3,
        "agreed": 2,
        "agreement": 0.6667,
        "conversations_expected": 2,
        "conversations_reached": 1,
    }


def test_a_file_that_expects_nothing_is_not_compared() -> None:
    assert tally([conversation(exchange(ANSWER))], 1)["routes"] is None


def test_tools_their_errors_and_failed_turns_are_counted() -> None:
    from graph.ending import FAILED

    failed = HANDED | {"response": FAILED, "tool_calls": []}
    sent = [
        conversation(exchange(ANSWER), exchange(ANSWER, faults=("get_orders: invalid",))),
        conversation(exchange(failed)),
    ]
    assert tally(sent, 1)["tools"] == {
        "calls": {"get_invoices": 2},
        "errors": {"get_orders: invalid": 1},
        "failed_turns": 1,
    }


def test_errors_are_counted_by_kind_and_have_no_latency() -> None:
    sent = [conversation(exchange(None, error="422: too long"), exchange(None, error="x"))]
    found = tally(sent, 1)
    assert found["errors"] == {"422: too long": 1, "x": 1}
    assert found["latency_ms"] == {}


def test_percentiles_are_those_of_the_nearest_rank() -> None:
    seconds = [n / 1000 for n in range(1, 101)]
    expected = {"p50": 50.0, "p90": 90.0, "p95": 95.0, "p99": 99.0, "max": 100.0}
    assert latency_ms(seconds[::-1]) == expected
    assert latency_ms([0.2]) == dict.fromkeys(expected, 200.0)


def test_the_readable_report_shows_losses_malformed_lines_and_the_confusion() -> None:
    sent = [conversation(exchange(ANSWER), expected=("tech",))]
    report = {
        "file": "a.jsonl",
        "url": "http://here",
        "concurrency": 8,
        **tally(sent, 1),
        "history": {"conversations": 1, "messages": 1, "losses": ["t: message m is missing"]},
        "malformed": [{"line": 7, "reason": "is no JSON"}],
    }
    text = as_markdown(report)
    assert "losses!\n\n- t: message m is missing" in text
    assert "- line 7 is no JSON" in text
    assert "| tech | 1 |" in text
    assert "0 of 1 single messages agree (0.0%)" in text
