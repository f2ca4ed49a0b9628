"""Who looks at which conversation, in this process and in the others. Nothing here is stored."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

TOLD_EVERY_S = 15.0
BELIEVED_S = 40.0  # without word of it a process is taken for dead


@dataclass(frozen=True, slots=True, order=True)
class Viewer:
    """`role` is customer or operator."""

    role: str
    party: str


class Presence:
    """Viewers by thread. A person with three windows is one viewer."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._here: dict[str, dict[str, Viewer]] = {}
        self._elsewhere: dict[str, dict[str, tuple[frozenset[Viewer], float]]] = defaultdict(dict)

    def join(self, thread: str, socket: str, viewer: Viewer) -> bool:
        """A socket of this process looks at a thread; whether that is a new viewer here."""
        before = self.here(thread)
        self._here.setdefault(thread, {})[socket] = viewer
        return self.here(thread) != before

    def leave(self, thread: str, socket: str) -> bool:
        """It does no longer; whether a viewer less is here."""
        before = self.here(thread)
        sockets = self._here.get(thread, {})
        sockets.pop(socket, None)
        if not sockets:
            self._here.pop(thread, None)
        return self.here(thread) != before

    def hear(self, process: str, thread: str, viewers: Iterable[Viewer]) -> bool:
        """Another process tells who looks at a thread there; whether anything is new."""
        before = self.viewers(thread)
        found = frozenset(viewers)
        if found:
            self._elsewhere[thread][process] = (found, self._clock() + BELIEVED_S)
        else:
            self._elsewhere[thread].pop(process, None)
        self._forget_the_dead(thread)
        return self.viewers(thread) != before

    def sweep(self) -> list[str]:
        """Threads that lost viewers because their process has not been heard of for too long."""
        threads = list(self._elsewhere)
        counts = {thread: len(self._elsewhere[thread]) for thread in threads}
        for thread in threads:
            self._forget_the_dead(thread)
        return [t for t in threads if len(self._elsewhere.get(t, ())) < counts[t]]

    def here(self, thread: str) -> frozenset[Viewer]:
        """Who looks at it in this process."""
        return frozenset(self._here.get(thread, {}).values())

    def threads_here(self) -> Iterator[tuple[str, frozenset[Viewer]]]:
        """Every thread that somebody looks at in this process."""
        return ((thread, self.here(thread)) for thread in list(self._here))

    def viewers(self, thread: str) -> frozenset[Viewer]:
        """Everybody who looks at it, wherever."""
        others = (found for found, _ in self._elsewhere.get(thread, {}).values())
        return self.here(thread).union(*others)

    def elsewhere(self, thread: str) -> bool:
        """Whether anybody looks at it in another process."""
        return bool(self._elsewhere.get(thread))

    def _forget_the_dead(self, thread: str) -> None:
        processes = self._elsewhere.get(thread, {})
        now = self._clock()
        for process in [name for name, (_, until) in processes.items() if until <= now]:
            del processes[process]
        if not processes:
            self._elsewhere.pop(thread, None)
