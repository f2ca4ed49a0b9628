"""How long an endpoint of vectors that failed is left alone, so that no customer waits for it.

Words find something meanwhile. Uploads ask it nevertheless: who brings a document wants it read.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

FAILURES = (
    3  # answers in a row that are no vectors; of one that does not answer, the first is enough
)
FIRST_S = 15.0  # each rest after a failed probe is twice as long
MOST_S = 240.0


@dataclass(slots=True)
class Rest:
    """For one endpoint and process. `patience_s` is the longest that a probe takes."""

    patience_s: float
    clock: Callable[[], float] = time.monotonic
    why: str | None = None
    """What went wrong last; None while nothing did."""
    _failures: int = 0
    _rests: int = 0
    _until: float = float("-inf")

    @property
    def left_s(self) -> float:
        """How much longer it is left alone."""
        return max(0.0, self._until - self.clock())

    def admit(self) -> bool:
        """Whether to ask for a customer; after a rest one does, and the others do not meanwhile."""
        if self.left_s:
            return False
        if self._rests:
            self._until = self.clock() + self.patience_s
        return True

    def failed(self, why: str, *, gone: bool) -> None:
        """Note a failure; `gone`: it did not answer at all, and will not the next time."""
        self.why = why
        self._failures += 1
        if gone or self._failures >= FAILURES:
            self._until = self.clock() + min(FIRST_S * 2**self._rests, MOST_S)
            self._rests += 1

    def answered(self) -> None:
        """It is well."""
        self.why, self._failures, self._rests, self._until = None, 0, 0, float("-inf")
