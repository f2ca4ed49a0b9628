from contextlib import ExitStack

import pytest

from data.errors import RateLimited
from server.sockets.seats import Seats


def test_a_caller_gets_so_many_sockets_and_another_theirs() -> None:
    seats = Seats(2)
    with ExitStack() as stack:
        for who in ("ann", "ann", "bea"):
            stack.enter_context(seats.taken("acme", who))
        with pytest.raises(RateLimited, match="at most 2 sockets"), seats.taken("acme", "ann"):
            pass
        with seats.taken("globex", "ann"):
            pass


def test_who_closes_one_may_open_another_and_leaves_nothing_behind() -> None:
    seats = Seats(1)
    for _ in range(3):
        with pytest.raises(KeyError), seats.taken("acme", "ann"):
            raise KeyError
    assert len(seats) == 0
