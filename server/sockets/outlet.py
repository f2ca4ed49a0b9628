"""What one socket is sent, in order: the log of the conversation it follows, and the moment's news.

An entry of the log is sent once and none is left out. `start` begins with where the conversation
stands; what was missed comes from the database, page by page as it is read, and what comes from
then on through the mailbox.
"""

import asyncio
from dataclasses import dataclass

from starlette.websockets import WebSocket

from data import conversations, seen
from data.errors import Invalid, TooSlow
from data.events import entries_after
from data.scope import Scope
from server.sockets.hub import PAGE, Follower
from server.sockets.mailbox import LOST, Mailbox
from server.sockets.presence import Viewer
from server.sockets.rendering import (
    Rendered,
    conversation_frame,
    entry_frame,
    queue_frame,
    queued_frame,
)
from server.sockets.traffic import Kind
from server.wiring import Services

SEND_S = 20.0  # a reader who takes longer for one frame has lost the rest


@dataclass(frozen=True, slots=True)
class Start:
    """Follow a conversation, from `after` on where it is given; None: none."""

    scope: Scope | None
    after: int | None = None


class Outlet:
    """One for each socket. `viewer` is who reads it."""

    def __init__(
        self,
        socket: WebSocket,
        services: Services,
        viewer: Viewer,
        kind: Kind,
        token: str | None = None,
    ) -> None:
        self._socket = socket
        self._database = services.database
        self._exchange = services.exchange
        self._kind = kind
        self.viewer = viewer
        self._token = token
        self._mailbox: Mailbox[Rendered | Start] = Mailbox()
        self._scope: Scope | None = None
        self._last = 0
        self.follower = Follower(viewer.role == "operator", self._mailbox.put)

    def put(self, frame: Rendered) -> None:
        """Send a frame in its turn."""
        self._mailbox.put(frame)

    def start(self, start: Start) -> None:
        """Follow this conversation, in its turn, and no other any more."""
        self._mailbox.put(start)

    async def run(self, *, queue_of: str | None = None) -> None:
        """Send for ever.

        Args:
            queue_of: the tenant whose queue it follows as well.

        Raises:
            TooSlow: the other side does not read what it is sent.
            Invalid: it asks for a place beyond the end of a log.
        """
        if queue_of is not None:
            found = await self._exchange.hub.follow_queue(queue_of, self.follower)
            for frame in (queue_frame(found), *map(queued_frame, found)):
                await self._write(frame)
        while True:
            item = await self._mailbox.get()
            if isinstance(item, Start):
                await self._begin(item)
            elif self._is_news(item):
                await self._write(item)

    def leave(self) -> None:
        """Follow nothing any more; doing it twice changes nothing."""
        if self._scope is not None:
            self._exchange.hub.unfollow(self._scope, self.follower)
            self._exchange.leave(self._scope, self.follower)
            self._scope = None

    def _is_news(self, frame: Rendered) -> bool:
        """Whether it is not an entry of the log that was sent already."""
        if self._scope is None or frame.conversation_id != self._scope.conversation_id:
            return True
        if frame.seq and frame.seq <= self._last:
            return False
        self._last = max(self._last, frame.seq)
        return True

    async def _write(self, frame: Rendered) -> None:
        try:
            async with asyncio.timeout(SEND_S):
                await self._socket.send_text(frame.text)
        except TimeoutError:
            raise TooSlow(LOST) from None
        self._exchange.traffic.sent(self._kind, frame.since)

    async def _begin(self, start: Start) -> None:
        self.leave()
        if start.scope is None:
            return
        scope = self._scope = start.scope
        position = await self._exchange.hub.follow(scope, self.follower)
        if start.after is not None and start.after > position:
            raise Invalid("after", f"the log ends at {position}; leave `after` out to begin there")
        self._last = position if start.after is None else start.after
        await self._write(await self._standing(scope, position))
        missed = await self._catch_up(scope, position)
        if start.after is not None:
            self._exchange.traffic.caught_up(missed)
        self._exchange.join(scope, self.follower, self.viewer)

    async def _standing(self, scope: Scope, position: int) -> Rendered:
        """The frame that a conversation begins with."""
        async with self._database.reading(scope.tenant) as db:
            found = await conversations.get_conversation(db, scope)
            mine = await seen.seen_by(db, scope, self.viewer.shown)
        more = {"conversation_token": self._token} if self._token else {}
        return conversation_frame(
            found,
            seq=self._last,
            last_seq=position,
            staff=self.follower.staff,
            seen=mine,
            **more,
        )

    async def _catch_up(self, scope: Scope, position: int) -> int:
        """Send what was missed; how many entries that were."""
        missed = 0
        while self._last < position:
            async with self._database.reading(scope.tenant) as db:
                entries = await entries_after(db, scope, self._last, limit=PAGE)
            for entry in entries:
                self._last = entry.seq
                frame = entry_frame(scope.conversation_id, entry, staff=self.follower.staff)
                if frame is not None:
                    await self._write(frame)
                    missed += 1
            if not entries:  # the last ones were events, too old to be kept
                self._last = position
        return missed
