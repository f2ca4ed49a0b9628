"""How fast a client's frames are read: more are not refused but wait where they came from."""

from collections import deque

MOST_FRAMES, IN_S = 100, 5.0  # of one socket


class Pace:
    """One for each socket."""

    def __init__(self, most: int = MOST_FRAMES, in_s: float = IN_S) -> None:
        self._read_at: deque[float] = deque(maxlen=most)
        self._in_s = in_s

    def wait_s(self, now: float) -> float:
        """How long to wait with the next frame, which counts as read after that; 0 for at once.

        Args:
            now: the time in seconds, never less than at the last call and the wait it asked for.
        """
        full = len(self._read_at) == self._read_at.maxlen
        until = max(now, self._read_at[0] + self._in_s) if full else now
        self._read_at.append(until)
        return until - now
