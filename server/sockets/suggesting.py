"""Replies offered to the operators who look on, whenever their customer has written something."""

import asyncio
import logging
from dataclasses import asdict

from data import conversations
from data.db import Database
from data.errors import NotFound
from data.scope import Role, Scope
from graph.copilot import Copilot
from server.sockets.hub import Hub
from server.sockets.rendering import rendered

logger = logging.getLogger(__name__)


class Suggesting:
    """One suggestion at a time for a conversation: the customer's next words end the last one."""

    def __init__(self, database: Database, hub: Hub, copilot: Copilot) -> None:
        self._database = database
        self._hub = hub
        self._copilot = copilot
        self._running: dict[str, asyncio.Task[None]] = {}
        hub.on_customers_words(self._asked)

    def _asked(self, scope: Scope) -> None:
        if earlier := self._running.get(scope.thread_id):
            earlier.cancel()
        task = asyncio.create_task(self._suggest(scope.acting_as(Role.OPERATOR)))
        self._running[scope.thread_id] = task
        task.add_done_callback(lambda done: self._forget(scope.thread_id, done))

    def _forget(self, thread_id: str, task: asyncio.Task[None]) -> None:
        if self._running.get(thread_id) is task:
            del self._running[thread_id]

    async def _suggest(self, scope: Scope) -> None:
        """Never raises: nobody would hear it, and nobody waits for it."""
        try:
            async with self._database.reading(scope.tenant) as db:
                found = await conversations.get_conversation(db, scope)
            if found.owner not in {"queue", "operator"}:
                return
            offered = (await self._copilot.suggest(scope)).suggestions
        except NotFound:
            return
        except Exception:
            logger.warning("not_suggested", exc_info=True)
            return
        body = {"type": "suggestions", "suggestions": [asdict(each) for each in offered]}
        self._hub.show(scope, rendered(scope.conversation_id, body), None)
