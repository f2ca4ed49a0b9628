"""What came of a replay, counted. Pure functions of what was sent."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from graph.ending import FAILED
from server.replay.sending import Exchange, Sent

PERCENTILES = (50, 90, 95, 99)
JUDGED = frozenset({"tech", "billing", "leads", "general", "handoff"})  # routes that can be right


def tally(sent: Sequence[Sent], seconds: float) -> dict[str, Any]:
    """The report's figures, as JSON has them."""
    exchanges = [exchange for conversation in sent for exchange in conversation.exchanges]
    outcomes = Counter(outcome_of(each) for each in exchanges)
    ran = [each for each in exchanges if outcome_of(each) not in {"error", "after handoff"}]
    return {
        "conversations": len(sent),
        "messages": len(exchanges),
        "seconds": round(seconds, 2),
        "turns_per_second": round(len(exchanges) / seconds, 2) if seconds else None,
        "outcomes": _ranked(outcomes),
        "match_levels": _ranked(
            Counter(_of(each, "match_level") or "none" for each in ran if not _of(each, "handoff"))
        ),
        "specialists": _ranked(Counter(specialist_of(each) for each in ran)),
        "handoffs": {
            "conversations": sum(any(map(_handed_over, each.exchanges)) for each in sent),
            "reasons": _ranked(
                Counter(_of(each, "handoff_reason") for each in ran if _handed_over(each))
            ),
            "messages_afterwards": outcomes["after handoff"],
        },
        "tools": {
            "calls": _ranked(Counter(name for each in ran for name in _of(each, "tool_calls"))),
            "errors": _ranked(Counter(fault for each in exchanges for fault in each.faults)),
            "failed_turns": sum(_of(each, "response") == FAILED for each in ran),
        },
        "errors": _ranked(Counter(each.error for each in exchanges if each.error)),
        "routes": routes(sent),
        "latency_ms": latency_ms([each.seconds for each in exchanges if each.result]),
    }


def outcome_of(exchange: Exchange) -> str:
    """The one class a message is in.

    `knowledge`, `tools` and `model` answered; `handed over`; `after handoff` (it went to people);
    `later` (accepted, but slower than the deadline); `unanswered`; `error`.
    """
    result = exchange.result
    if result is None:
        return "error"
    if result.get("status") == "accepted":
        return "later"
    if result["handoff"]:
        return "handed over" if result["handoff_reason"] else "after handoff"
    if not (result["response"] or "").strip():
        return "unanswered"
    return str(result["answered_by"])


def specialist_of(exchange: Exchange) -> str:
    """Who was on it: a specialist, `handoff` where it went straight to people, or `none`."""
    named = _of(exchange, "specialist") or exchange.worked
    return str(named) if named else "handoff" if _of(exchange, "handoff") else "none"


def routes(sent: Sequence[Sent]) -> dict[str, Any] | None:
    """Expected against taken, for messages that are a conversation of their own.

    Of whole conversations, whose file only lists what they are about, it is counted how many of
    the expected specialists worked on some message. None where the file expects nothing.
    """
    single: dict[str, Counter[str]] = defaultdict(Counter)
    reached = wanted = 0
    for each in sent:
        if not each.recorded.expected or not each.exchanges:
            continue
        took = {specialist_of(exchange) for exchange in each.exchanges if exchange.result}
        if len(each.exchanges) > 1:
            expected = set(each.recorded.expected)
            wanted, reached = wanted + len(expected), reached + len(expected & took)
        elif each.exchanges[0].result:
            single[each.recorded.expected[0]][specialist_of(each.exchanges[0])] += 1
    if not single and not wanted:
        return None
    return {
        "confusion": {expected: dict(_ranked(single[expected])) for expected in sorted(single)},
        **_agreement(single),
        "conversations_expected": wanted,
        "conversations_reached": reached,
    }


def latency_ms(seconds: Sequence[float]) -> dict[str, float]:
    """Nearest-rank percentiles and the worst, in milliseconds; empty without an answer.

    >>> latency_ms([0.001, 0.002, 0.003, 0.004])["p50"]
    2.0
    """
    if not seconds:
        return {}
    ranked = sorted(seconds)
    ranks = {f"p{p}": ranked[max(0, -(-len(ranked) * p // 100) - 1)] for p in PERCENTILES}
    return {name: round(value * 1000, 1) for name, value in {**ranks, "max": ranked[-1]}.items()}


def _agreement(single: dict[str, Counter[str]]) -> dict[str, Any]:
    judged = {expected: took for expected, took in single.items() if expected in JUDGED}
    total = sum(took.total() for took in judged.values())
    agreed = sum(took[expected] for expected, took in judged.items())
    return {
        "judged": total,
        "agreed": agreed,
        "agreement": round(agreed / total, 4) if total else None,
    }


def _handed_over(exchange: Exchange) -> bool:
    return outcome_of(exchange) == "handed over"


def _of(exchange: Exchange, key: str) -> Any:
    """A field of the result; answers that come later have none, like an empty one."""
    return (exchange.result or {}).get(key, [] if key == "tool_calls" else None)


def _ranked(counts: Counter[Any] | Iterable[tuple[Any, int]]) -> dict[str, int]:
    ordered = counts.most_common() if isinstance(counts, Counter) else counts
    return {str(name): count for name, count in ordered}
