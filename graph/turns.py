"""The one function behind every door: take a customer's message and see it answered.

A message is accepted when it is committed to the inbox. From then on it gets one outcome, whoever
is listening and whatever process dies: the turn runs in a background task, under a lease, and its
final transaction is fenced by the lease's token.
"""

import asyncio
import contextvars
import logging
from collections.abc import Coroutine
from dataclasses import dataclass, replace
from typing import Any

from data import claims, codes, conversations, messages, turns
from data.db import Connection, Database
from data.errors import LeaseLost
from data.messages import NewMessage
from data.scope import Identity, Role, Scope
from data.turns import Claim
from graph.events import Events
from graph.feelings import Feelings
from graph.inbound import Inbound
from graph.nodes.identify import TRIED
from graph.runner import Runner
from graph.ticket import Ticket
from tools.code_words import find_code, is_spoken_of, without_code
from tools.codes import CodeKey, awaits_action_code, try_in_chat
from tools.ladder import CLAIM_LIFE

logger = logging.getLogger(__name__)

MOST_ATTEMPTS = 3  # a message that fails or kills its process this often is for people
RETRY_S = 0.3


@dataclass(frozen=True, slots=True)
class Accepted:
    """A message in the inbox. `claim` is this process's to run, if there is one."""

    scope: Scope
    message_id: str
    claim: Claim | None
    for_people: bool
    """It is new, and people answer it."""
    repeated: bool


class Turns:
    """Takes messages and runs turns in the background of one process."""

    def __init__(
        self,
        database: Database,
        runner: Runner,
        events: Events,
        feelings: Feelings,
        codes: CodeKey,
    ) -> None:
        self._database = database
        self._feelings = feelings
        self._runner = runner
        self._events = events
        self._codes = codes
        self._running: set[asyncio.Task[None]] = set()

    async def take_turn(self, scope: Scope, inbound: Inbound) -> Ticket:
        """Accept a message and start what answers it.

        When this returns, the message is stored, once, and will get its outcome. The same id
        again gets the first outcome.

        Raises:
            NotFound: the conversation is another party's.
            Conflict: the id was used for another message of the conversation.
        """
        accepted = await self._accept(scope, inbound)
        ticket = Ticket(
            self._database,
            self._events,
            accepted.scope,
            accepted.message_id,
            ours=accepted.claim is not None,
            repeated=accepted.repeated,
        )
        if accepted.claim:
            self.start(accepted.scope, accepted.claim)
        if accepted.for_people:
            self._background(self._feel(accepted.scope))
        return ticket

    async def recover(self, tenant: str, conversation_id: str) -> None:
        """Take over a turn whose process died, and answer what else waits."""
        nobody = Scope(tenant, Role.CUSTOMER, party="", conversation_id=conversation_id)
        async with self._database.transaction(tenant) as db:
            found = await conversations.lock_existing(db, nobody)
            scope = found.scope(nobody)
            claim = await turns.claim_turn(db, scope, found)
        if claim:
            await self._run(scope, claim)

    def start(self, scope: Scope, claim: Claim) -> None:
        """Run a turn that was claimed in another transaction, in the background."""
        self._background(self._run(scope, claim))

    async def drain(self, timeout_s: float) -> None:
        """Let running turns end. What is still running afterwards is recovered elsewhere."""
        if not self._running:
            return
        _, late = await asyncio.wait(self._running, timeout=timeout_s)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    async def _accept(self, scope: Scope, inbound: Inbound) -> Accepted:
        async with self._database.transaction(scope.tenant) as db:
            found = await conversations.lock_conversation(db, scope, inbound.channel)
            within = found.scope(scope)
            for_people = found.owner in {"queue", "operator"}
            content, code = await self._kept_secret(db, within, inbound.content)
            new = NewMessage(
                id=inbound.message_id,
                role="customer",
                content=content,
                metadata=_metadata(inbound),
                for_people=for_people,
            )
            added = await messages.add_message(db, within, new)
            if added and for_people:
                await claims.wake(db, within, await claims.moment(db), CLAIM_LIFE)
            if added and code:
                within = await self._tried(db, within, inbound.message_id, code)
            if added and found.owner == "closed":
                found = await conversations.reopen(db, within)
            # a repeated message may find its turn left by a dead process, and need not wait
            claim = await turns.claim_turn(db, within, found)
        return Accepted(
            within,
            inbound.message_id,
            claim,
            for_people=added and for_people,
            repeated=not added,
        )

    async def _kept_secret(self, db: Connection, scope: Scope, text: str) -> tuple[str, str | None]:
        """A message without the code in it, and the code: it is stored and read nowhere.

        Of who is known already a number is a code only where it is called one, was one, or is
        waited for.
        """
        if find_code(text, expected=True) is None:
            return text, None
        sent = await codes.list_codes(db, scope)
        code = find_code(text, expected=bool(sent))
        known = scope.verified_customer is not None
        if code and known:
            known = not await awaits_action_code(db, scope, self._codes)
        if code is None or (known and not is_spoken_of(text) and not self._codes.is_of(sent, code)):
            return text, None
        return without_code(text, expected=bool(sent)), code

    async def _tried(self, db: Connection, scope: Scope, message_id: str, code: str) -> Scope:
        """Try a code with the message that has it, so once; who the party is afterwards."""
        tried = await try_in_chat(db, scope, self._codes, code)
        await messages.annotate(db, scope, message_id, {TRIED: tried})
        if tried != "right":
            return scope
        found = await conversations.get_conversation(db, scope)
        return replace(scope, customer_id=found.customer_id, identity=Identity(found.identity))

    def _background(self, work: Coroutine[Any, Any, None]) -> None:
        # an empty context: a caller's tracing or streaming callbacks must not see the run
        task = asyncio.get_running_loop().create_task(work, context=contextvars.Context())
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _feel(self, scope: Scope) -> None:
        """Keep the mood of who talks to people up to date. Never raises."""
        try:
            await self._feelings.note(scope)
        except Exception:
            logger.exception("sentiment_not_noted", extra={"conversation": scope.conversation_id})

    async def _run(self, scope: Scope, claim: Claim) -> None:
        """Run turns until nothing waits. Never raises: nobody would hear it."""
        current: Claim | None = claim
        while current:
            try:
                current = await self._run_one(scope, current)
            except LeaseLost:
                logger.warning("lease_lost", extra={"conversation": scope.conversation_id})
                return
            except Exception:
                logger.exception("turn_lost", extra={"conversation": scope.conversation_id})
                return

    async def _run_one(self, scope: Scope, claim: Claim) -> Claim | None:
        """Run a turn; what to run next. A repeated run finds its own writes."""
        if claim.attempts > MOST_ATTEMPTS:
            return await self._runner.give_up(scope, claim)
        try:
            return await self._runner.run(scope, claim)
        except LeaseLost:
            raise
        except TimeoutError:
            logger.exception("turn_too_slow", extra={"conversation": scope.conversation_id})
            return await self._runner.give_up(scope, claim)
        except Exception:  # a dropped connection, say
            logger.exception("turn_failed", extra={"conversation": scope.conversation_id})
        await asyncio.sleep(RETRY_S)
        return replace(claim, attempts=claim.attempts + 1)


def _metadata(inbound: Inbound) -> dict[str, Any]:
    known = {
        "tone": inbound.tone,
        "channel": inbound.channel,
        "sent_at": inbound.sent_at,
        "media": list(inbound.media) or None,
    }
    return {key: value for key, value in known.items() if value is not None}
