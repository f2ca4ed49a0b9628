"""What the sockets of all processes tell each other: the log, and what is of the moment."""

import asyncio
import logging
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from typing import Any

from cachetools import TTLCache

from data.db import HINTS, Database
from data.processes import list_living
from data.scope import Scope
from graph.events import Event, Events
from server.beside import beside
from server.carriers import Carrier
from server.changes import Hear
from server.sockets import moments
from server.sockets.hub import Follower, Hub, system_scope
from server.sockets.moments import Moments
from server.sockets.presence import Presence, Viewer
from server.sockets.rendering import moment_frames, rendered
from server.sockets.seats import Seats
from server.sockets.traffic import Traffic

logger = logging.getLogger(__name__)

LOOKED_S = 1.0  # how long the viewers of a killed process are believed in
SPEAKING_S = 120.0  # a turn whose end nobody heard of does not type for ever
MOST_SPEAKING = 10_000
ASKING = "asking"  # a process that has just begun to listen wants to know who is where
STAFF = "staff"  # what is for colleagues alone


class Exchange:
    """One for each process.

    `hub` has the log's followers, `presence` who they are; `traffic` counts.
    """

    def __init__(self, database: Database, events: Events, carrier: Carrier) -> None:
        self._database = database
        self.traffic = Traffic()
        self._moments = Moments(carrier, self.traffic.untold)
        self._speaking: TTLCache[str, bool] = TTLCache(MOST_SPEAKING, SPEAKING_S)
        self.hub = Hub(database)
        self.presence = Presence()
        self.seats = Seats()
        events.overhear(self._overhear)

    @property
    def heard_by(self) -> Mapping[str, Hear]:
        """What to listen to, for `server.changes.hearing`."""
        return {HINTS: self.hub.hear, moments.CHANNEL: self._hear}

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Tell the others, and look after what was lost, while the block runs."""
        async with beside(self._look()), beside(self.hub.sweep()), self._moments.told():
            yield

    def missed(self) -> None:
        """Nobody knows what was told before now: look, ask, and say who is here."""
        self.hub.look_everywhere()
        self._forget_all_but(())
        self._moments.stand(ASKING, {ASKING: True})
        self._tell_all_viewers()

    def say(self, scope: Scope, body: dict[str, Any], but: Follower | None = None) -> None:
        """Tell everybody who follows the conversation, but one, wherever they are."""
        self._show(scope, body, but)
        if self.presence.elsewhere(scope.thread_id):
            self._moments.send({**_place(scope), "body": body})

    def say_to_staff(self, scope: Scope, body: dict[str, Any]) -> None:
        """Tell the colleagues who follow the conversation, wherever they are."""
        self.hub.show(scope, rendered(scope.conversation_id, body), None)
        if self.presence.elsewhere(scope.thread_id):
            self._moments.send({**_place(scope), "body": body, STAFF: True})

    def tell_seen(self, scope: Scope, role: str, seq: int, but: Follower) -> None:
        """How far one side has read."""
        self.say(scope, {**self._presence_of(scope), "seen": {"role": role, "seq": seq}}, but)

    def join(self, scope: Scope, follower: Follower, viewer: Viewer) -> None:
        """Somebody looks at the conversation; they and the others are told who does."""
        joined = self.presence.join(scope.thread_id, str(id(follower)), viewer)
        if joined:
            self._tell_viewers(scope)
            self._show_presence(scope, but=follower)
        staff, public = moment_frames(scope.conversation_id, self._presence_of(scope))
        follower.put(staff if follower.staff else public)

    def leave(self, scope: Scope, follower: Follower) -> None:
        """They don't any more."""
        if self.presence.leave(scope.thread_id, str(id(follower))):
            self._tell_viewers(scope)
            self._show_presence(scope)

    def _overhear(self, thread_id: str, event: Event) -> None:
        """What happens in a turn of this process."""
        scope = _scope_of(thread_id)
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
        told = self._moments.read(payload)
        if told is None:
            return
        process, moment = told
        if ASKING in moment:
            self._tell_all_viewers()
            return
        scope = system_scope(moment["tenant"], moment["conversation"])
        if STAFF in moment:
            self.hub.show(scope, rendered(scope.conversation_id, moment["body"]), None)
            return
        if "body" in moment:
            self._show(scope, moment["body"])
            return
        viewers = [Viewer(*each) for each in moment["viewers"]]
        if self.presence.hear(process, scope.thread_id, viewers):
            self._show_presence(scope)

    async def _look(self) -> None:
        """See what becomes of processes that live no more, for ever.

        Nobody looks at anything there, and what they committed last they may not have told.
        """
        known: Collection[int] = ()
        while True:
            await asyncio.sleep(LOOKED_S)
            if not (self.presence.anybody_elsewhere or self.hub.is_followed):
                continue
            try:
                async with self._database.ops.connection() as db:
                    living = await list_living(db)
            except Exception:  # nobody is taken for dead because we cannot look
                logger.warning("living_unknown", exc_info=True)
                continue
            self._forget_all_but(living)
            if not living.issuperset(known):
                self.hub.look_everywhere()
            known = living

    def _forget_all_but(self, living: Collection[int]) -> None:
        for thread_id, lost in self.presence.keep(living).items():
            scope = _scope_of(thread_id)
            for viewer in sorted(lost):
                self._show(scope, typing(viewer, on=False))
            self._show_presence(scope)

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

    def _tell_all_viewers(self) -> None:
        for thread_id in self.presence.threads_here():
            self._tell_viewers(_scope_of(thread_id))

    def _tell_viewers(self, scope: Scope) -> None:
        viewers = [(one.role, one.party) for one in sorted(self.presence.here(scope.thread_id))]
        self._moments.stand(scope.thread_id, {**_place(scope), "viewers": viewers})


def typing(viewer: Viewer, *, on: bool) -> dict[str, Any]:
    """What is told of somebody who begins or ends to type."""
    return {"type": "typing", "role": viewer.role, "on": on, "by": viewer.shown}


def _scope_of(thread_id: str) -> Scope:
    return system_scope(*thread_id.split(":", 1))


def _place(scope: Scope) -> dict[str, str]:
    return {"tenant": scope.tenant, "conversation": scope.conversation_id}
