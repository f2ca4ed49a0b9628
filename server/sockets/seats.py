"""How many sockets one caller may have open in a process: a rate alone does not bound them."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from data.errors import RateLimited

MOST_OF_ONE = 1000  # a back end relays many customers; nobody else comes near
AGAIN_S = 10


class Seats:
    """Open sockets by whoever is counted together: the tenant, the credential or the address."""

    def __init__(self, most: int = MOST_OF_ONE) -> None:
        self._most = most
        self._taken: Counter[tuple[str, ...]] = Counter()

    @contextmanager
    def taken(self, *who: str) -> Iterator[None]:
        """One more, while the block runs.

        Raises:
            RateLimited: they have as many as they may.
        """
        if self._taken[who] >= self._most:
            raise RateLimited(f"at most {self._most} sockets at a time; close one first", AGAIN_S)
        self._taken[who] += 1
        try:
            yield
        finally:
            self._taken[who] -= 1
            if not self._taken[who]:
                del self._taken[who]

    def __len__(self) -> int:
        """How many callers have any."""
        return len(self._taken)
