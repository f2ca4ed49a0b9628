"""A circuit breaker: a model that fails again and again is not asked for a while.

Written here because no library does both things a provider needs: one probe at a time while it
may be well again (each probe can cost a customer half a turn's time), and the pause that the
provider itself asked for.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

from agents.faults import Fault, Unusable, fault_of

FAILURES = 3  # in a row; each may have kept a customer waiting for half of the turn's deadline
OPEN_S = 15.0  # the first pause; each failed probe doubles it
MOST_OPEN_S = 240.0

State = Literal["closed", "open", "half_open"]


@dataclass(slots=True)
class Breaker:
    """For one model, shared by all turns of a process. Not for several threads."""

    name: str
    clock: Callable[[], float] = time.monotonic
    failures: int = 0
    """In a row."""
    last: Fault | None = None
    _opened: int = 0
    _until: float | None = None
    _probing: bool = field(default=False)

    @property
    def state(self) -> State:
        """`half_open`: the pause is over, and the next call is the probe, or one is under way."""
        if self._until is None:
            return "closed"
        return "open" if self.clock() < self._until else "half_open"

    @property
    def left_s(self) -> float:
        """How much longer it stays open."""
        return 0.0 if self._until is None else max(0.0, self._until - self.clock())

    @contextmanager
    def trying(self) -> Iterator[None]:
        """Around one call; how it ends decides what happens to the next ones.

        Raises:
            Unusable: circuit_open; nothing was asked.
        """
        probing = self._admit()
        try:
            yield
        except Exception as error:
            fault = fault_of(error)
            self._failed(fault) if fault.of_provider else self._answered()
            raise
        else:
            self._answered()
        finally:  # also where the call was cancelled, which says nothing of the model
            if probing:
                self._probing = False

    def _admit(self) -> bool:
        if self._until is None:
            return False
        if self.state == "open" or self._probing:
            raise Unusable("circuit_open", f"{self.name} failed lately and is left alone")
        self._probing = True
        return True

    def _answered(self) -> None:
        self.failures, self._opened, self._until, self.last = 0, 0, None, None

    def _failed(self, fault: Fault) -> None:
        self.failures += 1
        self.last = fault
        asked = fault.retry_after_s
        if asked is None and self._until is None and self.failures < FAILURES:
            return
        pause = min(OPEN_S * 2**self._opened, MOST_OPEN_S)
        if asked is None:
            self._opened += 1
        else:
            pause = min(asked, MOST_OPEN_S)
        self._until = self.clock() + pause
