"""Replies offered to the operators who look on, whenever their customer has written something.

Every process whose operators look on would offer some; the first to note the customer's words as
read for that purpose makes them, and tells the others.
"""

import asyncio
import logging
from dataclasses import asdict

from data import conversations
from data.db import Database
from data.errors import NotFound
from data.scope import Role, Scope
from data.seen import note_seen
from graph.copilot import Copilot
from server.sockets.exchange import Exchange

logger = logging.getLogger(__name__)

READER = "suggestions"  # as `data.seen` knows it


class Suggesting:
    """One suggestion at a time for a conversation: the customer's next words end the last one."""

    def __init__(self, database: Database, exchange: Exchange, copilot: Copilot) -> None:
        self._database = database
        self._exchange = exchange
        self._copilot = copilot
        self._running: dict[str, asyncio.Task[None]] = {}
        exchange.hub.on_customers_words(self._asked)

    def _asked(self, scope: Scope, seq: int) -> None:
        if earlier := self._running.get(scope.thread_id):
            earlier.cancel()
        task = asyncio.create_task(self._suggest(scope.acting_as(Role.OPERATOR), seq))
        self._running[scope.thread_id] = task
        task.add_done_callback(lambda done: self._forget(scope.thread_id, done))

    def _forget(self, thread_id: str, task: asyncio.Task[None]) -> None:
        if self._running.get(thread_id) is task:
            del self._running[thread_id]

    async def _suggest(self, scope: Scope, seq: int) -> None:
        """Never raises: nobody would hear it, and nobody waits for it."""
        try:
            if not await self._is_ours(scope, seq):
                return
            offered = (await self._copilot.suggest(scope)).suggestions
        except NotFound:
            return
        except Exception:
            logger.warning("not_suggested", exc_info=True)
            return
        body = {"type": "suggestions", "suggestions": [asdict(each) for each in offered]}
        self._exchange.say_to_staff(scope, body)

    async def _is_ours(self, scope: Scope, seq: int) -> bool:
        """Whether people have the conversation, and no other process was here before us."""
        async with self._database.reading(scope.tenant) as db:
            found = await conversations.get_conversation(db, scope)
            if found.owner not in {"queue", "operator"}:
                return False
            return await note_seen(db, scope, READER, seq) is not None
