"""A conversation with the offline engine: real tools on real rows, without graph and classifier."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

from psycopg.rows import dict_row

from agents.facts import Clause, Facts, told_by
from agents.interpreter import next_move
from agents.moves import Ask, Move, Result
from agents.playbook import Playbook
from agents.registry import specialist_named
from agents.review import Grounds, ungrounded
from data import tenants, turns
from data.conversations import lock_conversation
from data.db import Database
from data.messages import NewMessage, add_message
from data.scope import Identity, Role, Scope
from data.turns import Claim, Ending
from retrievers.customer import known_customer
from retrievers.embed import Embedder
from tools.held_back import NEEDS_APPROVAL
from tools.knowledge import knowledge_search_in
from tools.operation import Call
from tools.perform import perform
from tools.refusals import Refusals
from tools.registry import OPERATIONS

MOST_ROUNDS = 5
MOST_TRANSFERS = 2
WINDOW = 12


@dataclass(frozen=True)
class Said:
    """What came of one message. `calls` are those of the turn, in order."""

    text: str
    calls: list[Ask]
    hand_over: str | None
    specialists: list[str]
    rounds: int

    @property
    def tools(self) -> list[str]:
        return [ask.tool for ask in self.calls]

    def called(self, tool: str) -> dict[str, Any]:
        """The arguments of the one call of that tool."""
        (found,) = [ask.arguments for ask in self.calls if ask.tool == tool]
        return found


@dataclass
class Talk:
    """One conversation; `say` takes a turn with the intents that the test names."""

    database: Database
    embedder: Embedder
    tenant: str
    playbooks: Mapping[str, Playbook]
    customer_id: int | None
    memory: dict[str, Any] = field(default_factory=dict)
    window: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        known = self.customer_id
        self.scope = Scope(
            self.tenant,
            Role.CUSTOMER_AI,
            f"customer:{known}" if known else f"visitor:{uuid4()}",
            str(uuid4()),
            known,
            Identity.VERIFIED if known else Identity.ANONYMOUS,
        )
        search = knowledge_search_in(self.database, self.embedder)
        self.operations = {**OPERATIONS, search.name: search}

    async def say(self, text: str, *about: str, sure: float = 0.9, parts: Any = None) -> Said:
        """Take one turn.

        Args:
            text: what the customer writes.
            about: `specialist/intent` of each clause.
            sure: the classifier's confidence in all of them.
            parts: the texts of the clauses, where there are several.
        """
        clauses = tuple(
            Clause(
                part,
                named.partition("/")[2],
                named.partition("/")[0],
                account=True,
                confidence=sure,
            )
            for named, part in zip(about, parts or [text], strict=True)
        )
        claim = await self._begin(text)
        said = await self._take(text, clauses, claim)
        await self._end(claim, said)
        return said

    async def rows(self, query: str) -> list[dict[str, Any]]:
        """What the tenant's tables hold."""
        async with (
            self.database.transaction(self.tenant) as db,
            db.cursor(row_factory=dict_row) as cursor,
        ):
            await cursor.execute(query)
            return await cursor.fetchall()

    async def row(self, query: str) -> dict[str, Any]:
        """The one row that a query finds."""
        (found,) = await self.rows(query)
        return found

    async def _take(self, text: str, clauses: tuple[Clause, ...], claim: Claim) -> Said:
        customer = await known_customer(self.database, self.scope)
        async with self.database.ops_transaction() as ops:
            tenant = await tenants.get_tenant(ops, self.tenant)
        company = {**tenant.settings, "name": tenant.name}
        specialists = [clauses[0].specialist if clauses[0].confidence >= 0.35 else "general"]
        results: list[Result] = []
        texts: list[str] = []
        for round_number in range(MOST_ROUNDS + MOST_TRANSFERS + 1):
            done = {c.intent for c in clauses if c.specialist in specialists[:-1]}
            facts = Facts(
                specialist=specialists[-1],
                text=text,
                clauses=clauses,
                identity=self.scope.identity,
                customer=customer,
                memory=self.memory,
                tone="friendly",
                company=company,
                done=frozenset(done),
            )
            move = next_move(facts, self.playbooks, results)
            if move.calls:
                assert round_number < MOST_ROUNDS, f"more than {MOST_ROUNDS} rounds"
                results += await self._perform(move, specialists[-1], round_number, claim)
                continue
            self.memory = json.loads(json.dumps(move.memory))
            texts.append(move.text)
            if not move.transfer:
                break
            assert len(specialists) <= MOST_TRANSFERS, "too many transfers"
            specialists.append(move.transfer[0])
        answer = "\n\n".join(filter(None, texts))
        evidence = [*(json.dumps(r.value) for r in results), *(r.reason for r in results)]
        evidence += [json.dumps(customer), *told_by(company), *self.told]
        asked = {r.refused for r in results if r.refused == NEEDS_APPROVAL}
        worked = frozenset({r.tool for r in results if not r.refused} | asked)
        grounds = Grounds(tuple(evidence), tuple(self.window), worked)
        assert ungrounded(answer, grounds) == [], answer
        self.told.append(answer)
        assert move.hand_over or answer.strip(), "neither an answer nor a handoff"
        calls = [Ask(r.tool, r.arguments) for r in results]
        return Said(answer, calls, move.hand_over, specialists, round_number)

    async def _perform(
        self, move: Move, specialist: str, round_number: int, claim: Claim
    ) -> list[Result]:
        """All calls of a round at once, as the graph does."""

        async def call(position: int, ask: Ask) -> Result:
            offered = specialist_named(specialist).operations
            assert ask.tool in offered, f"{specialist} has no {ask.tool}"
            key = f"{claim.turn_id}:{round_number}:{position}"
            place = Call(key, claim.turn_id, claim.lease_token)
            action = self.operations[ask.tool]
            acting = replace(self.scope, specialist=specialist)
            done = await perform(
                self.database, acting, action, place, ask.arguments, refusals=Refusals()
            )
            value = json.loads(json.dumps(done.result))
            if done.refused:
                why = done.details.get("because", str(value)).rstrip(".")
                return Result(ask.tool, ask.arguments, None, done.refused, why, done.details)
            return Result(ask.tool, ask.arguments, value)

        return await asyncio.gather(*(call(i, ask) for i, ask in enumerate(move.calls)))

    async def _begin(self, text: str) -> Claim:
        self.window = [*self.window, text][-WINDOW:]
        async with self.database.transaction(self.tenant) as db:
            conversation = await lock_conversation(db, self.scope, "web")
            await add_message(db, self.scope, NewMessage(str(uuid4()), "customer", text))
            claim = await turns.claim_turn(db, self.scope, conversation)
        assert claim is not None
        return claim

    async def _end(self, claim: Claim, said: Said) -> None:
        reply = NewMessage(str(uuid4()), "assistant", said.text, turn_id=claim.turn_id)
        ending = Ending(status="answered", owner="ai", result={}, replies=(reply,))
        async with self.database.transaction(self.tenant) as db:
            await turns.finish_turn(db, self.scope, claim, ending)
