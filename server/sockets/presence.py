"""Who looks at which conversation, in this process and in the others. Nothing here is stored."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Viewer:
    """`role` is customer or operator."""

    role: str
    party: str

    @property
    def shown(self) -> str:
        """By which name they type and read: one customer is as good as another."""
        return self.party if self.role == "operator" else self.role


class Presence:
    """Viewers by thread. A person with three windows is one viewer."""

    def __init__(self) -> None:
        self._here: dict[str, dict[str, Viewer]] = {}
        self._elsewhere: dict[str, dict[int, frozenset[Viewer]]] = defaultdict(dict)

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

    def hear(self, process: int, thread: str, viewers: Iterable[Viewer]) -> bool:
        """Another process tells who looks at a thread there; whether anything is new."""
        before = self.viewers(thread)
        found = frozenset(viewers)
        if found:
            self._elsewhere[thread][process] = found
        else:
            self._forget(thread, process)
        return self.viewers(thread) != before

    def keep(self, living: Collection[int]) -> dict[str, frozenset[Viewer]]:
        """Forget what processes told that live no more; whom threads lost by it, where any."""
        dead = [
            (thread, process)
            for thread, processes in self._elsewhere.items()
            for process in processes
            if process not in living
        ]
        before = {thread: self.viewers(thread) for thread, _ in dead}
        for thread, process in dead:
            self._forget(thread, process)
        lost = {thread: viewers - self.viewers(thread) for thread, viewers in before.items()}
        return {thread: viewers for thread, viewers in lost.items() if viewers}

    def here(self, thread: str) -> frozenset[Viewer]:
        """Who looks at it in this process."""
        return frozenset(self._here.get(thread, {}).values())

    def threads_here(self) -> list[str]:
        """Every thread that somebody looks at in this process."""
        return list(self._here)

    def viewers(self, thread: str) -> frozenset[Viewer]:
        """Everybody who looks at it, wherever."""
        return self.here(thread).union(*self._elsewhere.get(thread, {}).values())

    def elsewhere(self, thread: str) -> bool:
        """Whether anybody looks at it in another process."""
        return bool(self._elsewhere.get(thread))

    @property
    def anybody_elsewhere(self) -> bool:
        """Whether another process told of anybody."""
        return bool(self._elsewhere)

    def _forget(self, thread: str, process: int) -> None:
        processes = self._elsewhere.get(thread, {})
        processes.pop(process, None)
        if not processes:
            self._elsewhere.pop(thread, None)
