"""A caller's hold on a message it has handed in: its events while it runs, and its outcome."""

import asyncio
import weakref
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from data import messages, turns
from data.db import Database
from data.scope import Scope
from graph.events import Event, Events
from graph.inbound import with_people

FIRST_LOOK_S = 0.1  # another process may be running the turn: look, and look less often
SLOWEST_LOOK_S = 2.0


class Ticket:
    """Made when the message is committed.

    `ours`: this process is about to run its turn. `repeated`: the message was there already.
    """

    def __init__(
        self,
        database: Database,
        events: Events,
        scope: Scope,
        message_id: str,
        *,
        ours: bool,
        repeated: bool = False,
    ) -> None:
        self.scope = scope
        self.message_id = message_id
        self.repeated = repeated
        self._ours = ours
        self._database = database
        # listening starts here, before the turn does, so that no event is missed
        self._queue = events.subscribe(scope.thread_id)
        # a caller who hangs up before the first event never gets to close it
        self._stop = weakref.finalize(self, events.unsubscribe, scope.thread_id, self._queue)

    def close(self) -> None:
        """Stop listening. The turn goes on."""
        self._stop()

    async def outcome(self) -> dict[str, Any]:
        """Wait for the message's outcome; the caller bounds the time."""
        async with aclosing(self.events()) as events:
            async for body in events:
                if body["event"] == "result":
                    result: dict[str, Any] = body["result"]
                    return result
        raise RuntimeError("events ended without a result")

    async def events(self) -> AsyncGenerator[dict[str, Any]]:
        """What happens to the message, the last one a `result`.

        Steps, tools and text are heard only from this process; the result always comes.
        """
        wait_s = SLOWEST_LOOK_S if self._ours else 0.0
        try:
            while True:
                event = await self._next(wait_s)
                if event is None:
                    event = _as_event(self.message_id, await self._look())
                    wait_s = min(max(wait_s * 1.5, FIRST_LOOK_S), SLOWEST_LOOK_S)
                if event is None or self.message_id not in event.messages:
                    continue
                yield event.body
                if event.body["event"] == "result":
                    return
        finally:
            self.close()

    async def _next(self, wait_s: float) -> Event | None:
        if not wait_s:  # what came to people has its outcome, whatever turn takes it up later
            return None
        try:
            async with asyncio.timeout(wait_s):
                return await self._queue.get()
        except TimeoutError:
            return None

    async def _look(self) -> dict[str, Any] | None:
        """The outcome as the database has it."""
        async with self._database.transaction(self.scope.tenant) as db:
            message = await messages.get_message(db, self.scope, self.message_id)
            if message is None:
                return None
            if message.came_to_people:
                return with_people(self.scope)
            if message.turn_id is None:
                return None
            return (await turns.get_turn(db, self.scope.tenant, message.turn_id)).result


def _as_event(message_id: str, result: dict[str, Any] | None) -> Event | None:
    if result is None:
        return None
    return Event(frozenset({message_id}), {"event": "result", "result": result})
