"""What the sockets of all processes tell each other: the log, and what is of the moment."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any
from uuid import uuid4

from cachetools import TTLCache

from data import events as event_rows
from data.db import Database
from data.scope import Scope
from graph.events import Event, Events
from server.changes import Hear
from server.sockets import moments
from server.sockets.hub import Follower, Hub, system_scope
from server.sockets.moments import Moments
from server.sockets.presence import TOLD_EVERY_S, Presence, Viewer
from server.sockets.rendering import moment_frames
from server.sockets.seats import Seats

SPEAKING_S = 120.0  # a turn whose end nobody heard of does not type for ever
MOST_SPEAKING = 10_000


class Exchange:
    """One for each process. `hub` has the log's followers, `presence` who they are."""

    def __init__(self, database: Database, events: Events, process: str | None = None) -> None:
        self._moments = Moments(database, process or uuid4().hex)
        self._speaking: TTLCache[str, bool] = TTLCache(MOST_SPEAKING, SPEAKING_S)
        self.hub = Hub(database)
        self.presence = Presence()
        self.seats = Seats()
        events.overhear(self._overhear)

    @property
    def heard_by(self) -> Mapping[str, Hear]:
        """What to listen to, for `server.changes.hearing`."""
        return {event_rows.CHANNEL: self.hub.hear, moments.CHANNEL: self._hear}

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Tell the others who is here, and look after what was lost, while the block runs."""
        tasks = [asyncio.create_task(work) for work in (self._beat(), self.hub.sweep())]
        try:
            async with self._moments.told():
                yield
        finally:
            for task in tasks:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task

    def say(self, scope: Scope, body: dict[str, Any], but: Follower | None = None) -> None:
        """Tell everybody who follows the conversation, but one, wherever they are."""
        self._show(scope, body, but)
        if self.presence.elsewhere(scope.thread_id):
            self._send(scope, body=body)

    def tell_seen(self, scope: Scope, role: str, seq: int, but: Follower) -> None:
        """How far one side has read."""
        self.say(scope, {**self._presence_of(scope), "seen": {"role": role, "seq": seq}}, but)

    def join(self, scope: Scope, follower: Follower, viewer: Viewer) -> None:
        """Somebody looks at the conversation; they and the others are told who does."""
        joined = self.presence.join(scope.thread_id, str(id(follower)), viewer)
        self._send(scope, viewers=self._here(scope), asking=True)
        if joined:
            self._show_presence(scope, but=follower)
        staff, public = moment_frames(scope.conversation_id, self._presence_of(scope))
        follower.put(staff if follower.staff else public)

    def leave(self, scope: Scope, follower: Follower) -> None:
        """They don't any more."""
        if self.presence.leave(scope.thread_id, str(id(follower))):
            self._send(scope, viewers=self._here(scope))
            self._show_presence(scope)

    def _overhear(self, thread_id: str, event: Event) -> None:
        """What happens in a turn of this process."""
        scope = system_scope(*thread_id.split(":", 1))
        kind = event.body["event"]
        if kind == "result":
            self._speaking.pop(thread_id, None)
            self.say(scope, {"type": "typing", "role": "assistant", "on": False})
        elif kind == "text":
            answers = sorted(event.messages)
            content = event.body["content"]
            self.say(scope, {"type": "token", "content": content, "answers": answers})
        elif kind == "step" and thread_id not in self._speaking:
            self._speaking[thread_id] = True
            self.say(scope, {"type": "typing", "role": "assistant", "on": True})

    def _hear(self, payload: str) -> None:
        """What happens in another process."""
        moment = self._moments.read(payload)
        if moment is None:
            return
        scope = system_scope(moment["tenant"], moment["conversation"])
        if "body" in moment:
            self._show(scope, moment["body"])
            return
        viewers = [Viewer(*each) for each in moment["viewers"]]
        if self.presence.hear(moment["from"], scope.thread_id, viewers):
            self._show_presence(scope)
        if moment.get("asking") and self.presence.here(scope.thread_id):
            self._send(scope, viewers=self._here(scope))

    async def _beat(self) -> None:
        """Say now and then who is here, and forget whom nobody speaks of any more."""
        while True:
            await asyncio.sleep(TOLD_EVERY_S)
            for thread_id, _ in self.presence.threads_here():
                scope = system_scope(*thread_id.split(":", 1))
                self._send(scope, viewers=self._here(scope))
            for thread_id in self.presence.sweep():
                self._show_presence(system_scope(*thread_id.split(":", 1)))

    def _show(self, scope: Scope, body: dict[str, Any], but: Follower | None = None) -> None:
        staff, public = moment_frames(scope.conversation_id, body)
        self.hub.show(scope, staff, public, but)

    def _show_presence(self, scope: Scope, but: Follower | None = None) -> None:
        staff, public = moment_frames(scope.conversation_id, self._presence_of(scope))
        self.hub.show(scope, staff, public, but)
        self.hub.show_queue(scope, staff)

    def _presence_of(self, scope: Scope) -> dict[str, Any]:
        viewers = sorted(self.presence.viewers(scope.thread_id))
        roles = {viewer.role for viewer in viewers}
        return {
            "type": "presence",
            "customer": "customer" in roles,
            "operator": "operator" in roles,
            "viewers": [viewer.party for viewer in viewers if viewer.role == "operator"],
        }

    def _here(self, scope: Scope) -> list[tuple[str, str]]:
        return [(one.role, one.party) for one in sorted(self.presence.here(scope.thread_id))]

    def _send(self, scope: Scope, **what: Any) -> None:
        place = {"tenant": scope.tenant, "conversation": scope.conversation_id}
        self._moments.send({**place, **what})
