"""One run of the graph for one turn, from what the tables say to what they say afterwards."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage
from langgraph.types import Overwrite

from checkpoints.saver import TurnSaver
from data import conversations, journal, messages, turns
from data.db import Database
from data.errors import LeaseLost
from data.journal import Round
from data.messages import Message
from data.scope import Identity, Role, Scope
from data.turns import LEASE_S, Claim, Ending
from graph.build import Graph
from graph.ending import ending_of, failed_ending
from graph.events import Event, Events
from graph.nodes.identify import TRIED
from graph.scope import Run, config_for
from graph.state import CROSSED, WINDOW

logger = logging.getLogger(__name__)

RENEW_S = LEASE_S / 3
INTERRUPT = "__interrupt__"
ANSWERS = ("assistant", "operator")

Deliver = Callable[[str], Awaitable[None]]
"""Has a tenant's mail delivered that a turn has put into the outbox."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a turn starts from. `replay` is empty unless a process died in it."""

    asked: list[Message]
    window: list[Message]
    replay: Mapping[int, Round]


class Runner:
    """Runs claimed turns."""

    def __init__(
        self,
        database: Database,
        graph: Graph,
        saver: TurnSaver,
        events: Events,
        deadline_s: float,
        renew_s: float = RENEW_S,
        deliver: Deliver | None = None,
    ) -> None:
        self._database = database
        self._graph = graph
        self._saver = saver
        self._events = events
        self._deadline_s = deadline_s
        self._renew_s = renew_s
        self._deliver = deliver

    async def run(self, scope: Scope, claim: Claim) -> Claim | None:
        """Answer a turn's messages.

        Returns:
            The next turn, if messages came meanwhile.

        Raises:
            LeaseLost: another process took the turn over; nothing of this run was kept.
            TimeoutError: it took longer than the deadline.
        """
        loaded = await self._load(scope, claim)
        scope = await self._known(scope, loaded)
        with self._saver.recording() as recording:
            async with self._held_lease(scope, claim), asyncio.timeout(self._deadline_s):
                state, interrupt_id = await self._stream(scope, claim, loaded)
            channel = _channel(loaded.asked)
            ending = ending_of(scope, claim.turn_id, channel, state, interrupt_id)
            async with self._database.transaction(scope.tenant) as db:
                following = await turns.finish_turn(db, scope, claim, ending)
                await recording.save(db, scope.thread_id)
        self._tell_result(scope, loaded.asked, ending)
        if state.get("mailed") and self._deliver:
            await self._deliver(scope.tenant)  # after the answer: it must not take longer for some
        return following

    async def give_up(self, scope: Scope, claim: Claim) -> Claim | None:
        """End a turn that cannot be answered: people get it.

        Raises:
            LeaseLost: another process took the turn over.
        """
        async with self._database.transaction(scope.tenant) as db:
            asked = await messages.of_turn(db, scope, claim.turn_id)
            summary = "\n".join(message.content for message in asked)
            ending = failed_ending(scope, claim.turn_id, _channel(asked), summary)
            following = await turns.finish_turn(db, scope, claim, ending)
        self._tell_result(scope, asked, ending)
        return following

    async def _load(self, scope: Scope, claim: Claim) -> Loaded:
        replay: Mapping[int, Round] = {}
        async with self._database.reading(scope.tenant) as db:
            window = await messages.turn_window(db, scope, claim.turn_id, WINDOW)
            if claim.attempts > 1:
                replay = await journal.rounds_of(db, scope, claim.turn_id)
        mine = (m for m in window if m.role == "customer" and m.turn_id == claim.turn_id)
        return Loaded(list(mine), window[-WINDOW:], replay)

    async def _known(self, scope: Scope, loaded: Loaded) -> Scope:
        """The customer, where a code among the messages has shown who they are meanwhile."""
        if not any(message.metadata.get(TRIED) == "right" for message in loaded.asked):
            return scope
        async with self._database.reading(scope.tenant) as db:
            found = await conversations.get_conversation(db, scope)
        return replace(scope, customer_id=found.customer_id, identity=Identity(found.identity))

    async def _stream(
        self, scope: Scope, claim: Claim, loaded: Loaded
    ) -> tuple[dict[str, Any], str | None]:
        """Run the graph, passing its events on; the state it ended with and its interrupt."""
        run = Run(
            scope=scope.acting_as(Role.CUSTOMER_AI),
            turn_id=claim.turn_id,
            lease_token=claim.lease_token,
            deadline=asyncio.get_running_loop().time() + self._deadline_s / 2,
            tone=loaded.asked[-1].metadata.get("tone"),
            replay=loaded.replay,
        )
        who = frozenset(message.id for message in loaded.asked)
        state: dict[str, Any] = {}
        interrupt_id = None
        part: Any
        async for part in self._graph.astream(
            fresh_input(loaded.window),
            config_for(scope),
            context=run,
            stream_mode=["updates", "custom"],
            durability="exit",
        ):
            mode, chunk = part
            if mode == "custom":
                self._events.tell(scope.thread_id, Event(who, chunk))
                continue
            for node, update in chunk.items():
                if node == INTERRUPT:
                    interrupt_id = str(update[0].id)
                    continue
                state |= update or {}
                step = {"event": "step", "name": node}
                self._events.tell(scope.thread_id, Event(who, step))
        return state, interrupt_id

    @asynccontextmanager
    async def _held_lease(self, scope: Scope, claim: Claim) -> AsyncIterator[None]:
        """Renew the lease while the block runs; losing it cancels the block with LeaseLost."""
        here = asyncio.current_task()
        lost = False

        async def renew() -> None:
            nonlocal lost
            while not lost:
                await asyncio.sleep(self._renew_s)
                try:
                    async with self._database.transaction(scope.tenant) as db:
                        await turns.renew_lease(db, scope, claim.lease_token)
                except LeaseLost:
                    lost = True
                except Exception:  # the database may be back before the lease runs out
                    logger.exception("lease_not_renewed")
            if here:
                here.cancel()

        renewing = asyncio.create_task(renew())
        try:
            yield
        except asyncio.CancelledError:
            if lost and here:
                here.uncancel()
                raise LeaseLost("the turn was taken over while it ran") from None
            raise
        finally:
            renewing.cancel()

    def _tell_result(self, scope: Scope, asked: Sequence[Message], ending: Ending) -> None:
        who = frozenset(message.id for message in asked)
        if ending.handoff:
            state = {"event": "state", "owner": ending.owner, "reason": ending.handoff.reason}
            self._events.tell(scope.thread_id, Event(who, state))
        result = {"event": "result", "result": ending.result}
        self._events.tell(scope.thread_id, Event(who, result))


def fresh_input(window: Sequence[Message]) -> Any:
    """The run's input: the table's window replaces whatever the memory held."""
    return {"messages": Overwrite(as_chat(window))}


def _channel(asked: Sequence[Message]) -> str:
    """Where the reply goes: the way the last message came."""
    return str(asked[-1].metadata.get("channel", "web")) if asked else "web"


def as_chat(window: Sequence[Message]) -> list[AnyMessage]:
    """Messages as a model reads them. Operators speak for the company, as the AI does."""
    chat: list[AnyMessage] = []
    answered = 0
    for message in window:
        if message.role == "customer":
            known = {k: message.metadata[k] for k in ("media", TRIED) if k in message.metadata}
            if message.seq < answered:
                known[CROSSED] = True
            chat.append(HumanMessage(message.content, id=message.id, additional_kwargs=known))
        else:
            answered = message.seq if message.role in ANSWERS else answered
            by = {"colleague": True} if message.role == "operator" else {}
            chat.append(AIMessage(message.content, id=message.id, additional_kwargs=by))
    return chat
