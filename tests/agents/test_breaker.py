"""When a model is left alone, and how it is tried again."""

import asyncio

import pytest

from agents.breaker import FAILURES, MOST_OPEN_S, OPEN_S, Breaker
from agents.faults import Fault, Unusable


class Clock:
    """Seconds, as told."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Busy(Unusable):
    """The provider is there and fails."""

    def __init__(self) -> None:
        super().__init__("server_error", "busy")


def fails(breaker: Breaker, error: Exception | None = None) -> None:
    with pytest.raises(Unusable), breaker.trying():
        raise error or Busy()


def opened(clock: Clock) -> Breaker:
    breaker = Breaker("openai/x", clock)
    for _ in range(FAILURES):
        fails(breaker)
    return breaker


def refuses(breaker: Breaker) -> bool:
    try:
        with breaker.trying():
            return False
    except Unusable as error:
        return error.reason == "circuit_open"


def test_it_opens_after_so_many_failures_in_a_row() -> None:
    breaker = Breaker("openai/x", Clock())
    for _ in range(FAILURES - 1):
        fails(breaker)
    with breaker.trying():
        pass
    for _ in range(FAILURES - 1):
        fails(breaker)
    assert breaker.state == "closed"
    fails(breaker)
    assert (breaker.state, breaker.left_s, breaker.last) == ("open", OPEN_S, Fault("server_error"))
    assert refuses(breaker)


@pytest.mark.parametrize("reason", ["leak", "unknown_tool", "schema", "rejected", "out_of_time"])
def test_what_only_this_call_can_be_blamed_for_opens_nothing(reason: str) -> None:
    breaker = Breaker("openai/x", Clock())
    for _ in range(FAILURES + 1):
        fails(breaker, Unusable(reason, "so"))  # type: ignore[arg-type]
    assert breaker.state == "closed"


def test_after_the_pause_a_call_that_succeeds_closes_it() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now += OPEN_S
    assert breaker.state == "half_open"
    with breaker.trying():
        assert refuses(breaker), "one probe at a time"
    assert (breaker.state, breaker.failures, breaker.last) == ("closed", 0, None)


def test_each_probe_that_fails_doubles_the_pause_up_to_a_limit() -> None:
    clock = Clock()
    breaker, pauses = opened(clock), []
    for _ in range(6):
        pauses.append(breaker.left_s)
        clock.now += breaker.left_s
        fails(breaker)
    assert pauses == [OPEN_S, 2 * OPEN_S, 4 * OPEN_S, 8 * OPEN_S, MOST_OPEN_S, MOST_OPEN_S]


def test_a_cancelled_probe_lets_another_one_try() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now += OPEN_S
    with pytest.raises(asyncio.CancelledError), breaker.trying():
        raise asyncio.CancelledError
    assert breaker.state == "half_open"
    assert not refuses(breaker)
