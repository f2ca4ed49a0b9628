"""Who follows what in this process: one reading and one writing-down for all of its sockets.

A hint ("this conversation's log has grown") makes the hub read what is new, once, write it down
once for colleagues and once for customers, and put it into every follower's mailbox. Hints come
over one connection to the database; a sweep finds what a lost hint left behind.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from cachetools import LRUCache

from data import queue
from data.db import Database
from data.events import entries_after, last_seq
from data.queue import Queued
from data.scope import Role, Scope
from server.sockets.rendering import Rendered, entry_frame, queue_frame, queued_frame
from server.sockets.traffic import now

logger = logging.getLogger(__name__)

PAGE = 200  # entries read at once
AGAIN_S = 1.0  # after a reading failed
SWEEP_S = 15.0  # how late news may be whose hint was lost
MOST_LEFT = 10_000  # conversations nobody follows any more whose last entry is remembered


@dataclass(frozen=True, slots=True, eq=False)
class Follower:
    """A socket. `staff`: a colleague's, who may read everything; `put` must not wait."""

    staff: bool
    put: Callable[[Rendered], None]


@dataclass(slots=True, eq=False)
class Feed:
    """A conversation that somebody follows; `position` is the last entry that was passed on."""

    scope: Scope
    position: int | None = None
    followers: set[Follower] = field(default_factory=set)
    woken: bool = False
    woken_at: float = 0.0
    opening: asyncio.Lock = field(default_factory=asyncio.Lock)
    reading: asyncio.Task[None] | None = None

    def put(
        self, staff: Rendered | None, public: Rendered | None, but: Follower | None = None
    ) -> None:
        """Pass a frame on, to each as it may read it."""
        for follower in self.followers:
            frame = staff if follower.staff else public
            if frame is not None and follower is not but:
                follower.put(frame)


def system_scope(tenant: str, conversation_id: str) -> Scope:
    """A conversation, for reading what anybody may have written there."""
    return Scope(tenant, Role.SYSTEM, party="", conversation_id=conversation_id)


class Hub:
    """Feeds by conversation, and queues by tenant."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._feeds: dict[str, Feed] = {}
        self._queues: dict[str, set[Follower]] = {}
        self._with_people: dict[str, set[str]] = {}
        self._left: LRUCache[str, int] = LRUCache(MOST_LEFT)
        self._asked: list[Callable[[Scope, int], None]] = []

    def on_customers_words(self, listener: Callable[[Scope, int], None]) -> None:
        """Call it when a customer has written where a colleague looks on; it must not wait.

        It is given the conversation and the number of what was written last.
        """
        self._asked.append(listener)

    @property
    def is_followed(self) -> bool:
        """Whether anybody follows anything."""
        return bool(self._feeds or self._queues)

    async def follow(self, scope: Scope, follower: Follower) -> int:
        """Get what is new in the scope's conversation from now on; `unfollow` must come.

        Returns:
            The entry after which everything comes: what is before it is for the caller to read.
        """
        feed = self._feeds.setdefault(scope.thread_id, Feed(scope))
        feed.followers.add(follower)
        try:
            async with feed.opening:
                if feed.position is None:
                    async with self._database.reading(scope.tenant) as db:
                        feed.position = await last_seq(db, scope)
        except BaseException:
            self.unfollow(scope, follower)
            raise
        if feed.woken:
            self._wake(feed)
        return feed.position

    def unfollow(self, scope: Scope, follower: Follower) -> None:
        """Get nothing of it any more; doing it twice changes nothing."""
        feed = self._feeds.get(scope.thread_id)
        if feed is not None:
            feed.followers.discard(follower)
            self._drop_if_idle(feed)

    async def follow_queue(self, tenant: str, follower: Follower) -> list[Queued]:
        """Get what is new in whatever people have; the queue as it is now."""
        self._queues.setdefault(tenant, set()).add(follower)
        async with self._database.reading(tenant) as db:
            found = await queue.list_queue(db, tenant)
        self._with_people.setdefault(tenant, set()).update(one.id for one in found)
        return found

    def unfollow_queue(self, tenant: str, follower: Follower) -> None:
        """Get nothing of the queue any more."""
        followers = self._queues.get(tenant, set())
        followers.discard(follower)
        if not followers:
            self._queues.pop(tenant, None)
            self._with_people.pop(tenant, None)

    def show(
        self, scope: Scope, staff: Rendered, public: Rendered | None, but: Follower | None = None
    ) -> None:
        """Pass on what is no entry of the log to who follows the conversation, but to one."""
        feed = self._feeds.get(scope.thread_id)
        if feed is not None:
            feed.put(staff, public, but)

    def show_queue(self, scope: Scope, frame: Rendered) -> None:
        """Pass on what is no entry of the log to the queue, if it shows the conversation."""
        feed = self._feeds.get(scope.thread_id)
        following = feed.followers if feed else set[Follower]()
        if scope.conversation_id in self._with_people.get(scope.tenant, ()):
            for follower in self._queues.get(scope.tenant, set()) - following:
                follower.put(frame)

    def hear(self, payload: str) -> None:
        """A hint: the log of `tenant conversation` has grown by the entry `seq`."""
        tenant, conversation_id, seq = payload.split(" ")
        scope = system_scope(tenant, conversation_id)
        feed = self._feeds.get(scope.thread_id)
        if feed is None and tenant in self._queues:
            position = max(int(seq) - 1, self._left.get(scope.thread_id, 0))
            feed = self._feeds[scope.thread_id] = Feed(scope, position)
        if feed is not None and (feed.position is None or feed.position < int(seq)):
            self._wake(feed)

    def look_everywhere(self) -> None:
        """Hints may have been lost: look at every conversation that is followed."""
        for feed in list(self._feeds.values()):
            self._wake(feed)

    async def sweep(self) -> None:
        """Look everywhere now and then, and show the queues anew, for ever."""
        while True:
            await asyncio.sleep(SWEEP_S)
            self.look_everywhere()
            for tenant in list(self._queues):
                try:
                    await self._show_queue_anew(tenant)
                except Exception:
                    logger.warning("queue_unread", exc_info=True)

    async def _show_queue_anew(self, tenant: str) -> None:
        """Show a queue whose members are not those that its followers know."""
        async with self._database.reading(tenant) as db:
            found = await queue.list_queue(db, tenant)
        known, ids = self._with_people.get(tenant), {one.id for one in found}
        if known is not None and known != ids:
            self._with_people[tenant] = ids
            for follower in self._queues.get(tenant, ()):
                for frame in (queue_frame(found), *map(queued_frame, found)):
                    follower.put(frame)

    def _wake(self, feed: Feed) -> None:
        if not feed.woken:
            feed.woken, feed.woken_at = True, now()
        if feed.position is not None and feed.reading is None:
            feed.reading = asyncio.create_task(self._read(feed))

    async def _read(self, feed: Feed) -> None:
        """Pass on what is new until there is nothing more. Never raises: nobody would hear it."""
        while feed.woken:
            feed.woken = False
            try:
                await self._pass_on(feed)
            except Exception:
                logger.warning("log_unread", exc_info=True)
                feed.woken = True
                await asyncio.sleep(AGAIN_S)
        feed.reading = None
        self._drop_if_idle(feed)

    async def _pass_on(self, feed: Feed) -> None:
        scope, since = feed.scope, feed.woken_at
        while True:
            queued = None
            async with self._database.reading(scope.tenant) as db:
                entries = await entries_after(db, scope, feed.position or 0, limit=PAGE)
                if entries and scope.tenant in self._queues:
                    queued = await queue.get_queued(db, scope)
            for entry in entries:
                staff, public = (
                    entry_frame(scope.conversation_id, entry, staff=may_see, since=since)
                    for may_see in (True, False)
                )
                feed.put(staff, public)
                if queued and staff:
                    self._queue(feed, queued, staff)
                feed.position = entry.seq
            asked = [e.seq for e in entries if e.body.get("role") == "customer"]
            if asked:
                self._tell_asked(feed, asked[-1])
            if queued and any(entry.kind == "state" for entry in entries):
                self._show_row(queued, scope.tenant)
            if len(entries) < PAGE:
                return

    def _tell_asked(self, feed: Feed, seq: int) -> None:
        if any(follower.staff for follower in feed.followers):
            for listener in self._asked:
                listener(feed.scope, seq)

    def _queue(self, feed: Feed, queued: Queued, *frames: Rendered) -> None:
        """Pass frames on to the queue, if people have the conversation or had it till now."""
        tenant = feed.scope.tenant
        if queued.with_people or queued.id in self._with_people.get(tenant, ()):
            for follower in self._queues.get(tenant, set()) - feed.followers:
                for frame in frames:
                    follower.put(frame)

    def _show_row(self, queued: Queued, tenant: str) -> None:
        """Show the queue a conversation whose state is another now."""
        known = self._with_people.get(tenant, set())
        if queued.with_people or queued.id in known:
            (known.add if queued.with_people else known.discard)(queued.id)
            frame = queued_frame(queued)
            for follower in self._queues.get(tenant, ()):
                follower.put(frame)

    def _drop_if_idle(self, feed: Feed) -> None:
        if feed.followers or feed.reading is not None or feed.opening.locked():
            return
        if self._feeds.pop(feed.scope.thread_id, None) and feed.position is not None:
            self._left[feed.scope.thread_id] = feed.position
