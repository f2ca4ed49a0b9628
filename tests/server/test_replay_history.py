from typing import Any

import pytest

from server.replay.history import losses_in, sample
from server.replay.recording import Recorded
from server.replay.sending import Exchange, Sent


def sent(*keys: str | None) -> list[Exchange]:
    """Exchanges by the ids of their messages; None for one without a result."""
    return [
        Exchange("t", "said", 0.1, {"message_id": key, "reply_id": f"to-{key}"} if key else None)
        for key in keys
    ]


def history(*keys: str) -> list[dict[str, Any]]:
    """Messages and their replies, by id."""
    return [
        {"id": key, "role": "assistant" if key.startswith("to-") else "customer"} for key in keys
    ]


@pytest.mark.parametrize(
    ("exchanges", "found", "losses"),
    [
        (sent("a", "b"), history("a", "to-a", "b", "to-b"), []),
        (sent("a", "b"), history("a", "b", "to-a", "to-b"), []),
        (sent("a", "b"), history("a", "to-a"), ["message b is missing", "reply to-b is missing"]),
        (sent("a"), history("a"), ["reply to-a is missing"]),
        (sent("a"), history("a", "a", "to-a"), ["message a is there 2 times", "another order"]),
        (sent("a", "b"), history("b", "to-b", "a", "to-a"), ["another order"]),
        (sent("a"), history("a", "to-a", "x"), ["messages that nobody sent"]),
        (sent("a", None), history("a", "to-a", "x"), []),
        (sent("a", None), history("a", "to-a"), []),
    ],
)
def test_what_is_missing_twice_or_out_of_order_is_said(
    exchanges: list[Exchange], found: list[dict[str, Any]], losses: list[str]
) -> None:
    said = losses_in(exchanges, found)
    assert len(said) == len(losses)
    assert all(words in loss for words, loss in zip(losses, said, strict=True))


def test_a_sample_is_spread_over_the_whole_replay() -> None:
    all_sent = [Sent(Recorded(n, ("x",)), f"t{n}") for n in range(1000)]
    some = sample(all_sent, everything=False)
    assert (len(some), some[0].thread_id, some[-1].thread_id) == (200, "t0", "t995")
    assert sample(all_sent, everything=True) == all_sent
    assert sample(all_sent[:3], everything=False) == all_sent[:3]
