"""Who is listening to a conversation in this process.

Losing an event is harmless: a listener that waits for an outcome looks it up in the database, too.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

MOST_PENDING = 1000  # events a slow listener may be behind before it loses the newest


@dataclass(frozen=True, slots=True)
class Event:
    """Something about one turn. `messages` are the ids of the messages that it answers."""

    messages: frozenset[str]
    body: dict[str, Any]


class Events:
    """Listeners by thread."""

    def __init__(self) -> None:
        self._listeners: dict[str, set[asyncio.Queue[Event]]] = defaultdict(set)
        self._overhearing: list[Callable[[str, Event], None]] = []

    def subscribe(self, thread_id: str) -> asyncio.Queue[Event]:
        """Receive what happens on a thread from now on; `unsubscribe` must follow."""
        queue: asyncio.Queue[Event] = asyncio.Queue(MOST_PENDING)
        self._listeners[thread_id].add(queue)
        return queue

    def unsubscribe(self, thread_id: str, queue: asyncio.Queue[Event]) -> None:
        """Stop receiving; doing it twice changes nothing."""
        listeners = self._listeners.get(thread_id, set())
        listeners.discard(queue)
        if not listeners:
            self._listeners.pop(thread_id, None)

    def overhear(self, listener: Callable[[str, Event], None]) -> None:
        """Call it with the thread and the event of everything that happens; it must not wait."""
        self._overhearing.append(listener)

    def __len__(self) -> int:
        """How many are listening."""
        return sum(map(len, self._listeners.values()))

    def tell(self, thread_id: str, event: Event) -> None:
        """Pass an event on; nobody waits for a listener."""
        for listener in self._overhearing:
            listener(thread_id, event)
        for queue in self._listeners.get(thread_id, ()):
            if not queue.full():
                queue.put_nowait(event)
