"""Customers, operators, crashes and clock jumps in any order, over two processes on one Postgres.

Nothing is patched: time passes by moving every stamp of the handoffs back, a crash is a process
whose turns stop where they are.
"""

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from data import claims, handoffs
from data.errors import Conflict
from data.handoffs import Handoff
from data.scope import Role, Scope
from graph.handback import HandBack
from graph.ladder import Ladder
from graph.scope import config_for
from tests.graph.house import ACME, House, inbound, visitor
from tools.handoffs import (
    accept_handoff,
    add_note,
    assign_handoff,
    keep_handoff,
    send_to_customer,
    snooze_handoff,
)
from tools.ladder import Rung
from tools.operation import Operation
from tools.request import carry_out

PERSON = "I want to talk to a human"
WORDS = [PERSON, "hello there", "Please open a ticket about the thing"]
TALKS, PEOPLE = range(2), range(3)
PASS = """
UPDATE handoffs SET created_at = created_at - {s}, waiting_since = waiting_since - {s},
    accepted_at = accepted_at - {s}, claim_until = claim_until - {s}, due_at = due_at - {s},
    next_rung_at = next_rung_at - {s}, snoozed_until = snoozed_until - {s},
    updated_at = updated_at - {s}, ended_at = ended_at - {s} RETURNING id
"""

talks, people, houses = st.sampled_from(TALKS), st.sampled_from(PEOPLE), st.sampled_from((0, 1))


class Standing(NamedTuple):
    """What the tables say of a conversation before a step."""

    owner: str
    handoff: Handoff | None
    assistant: int
    now: datetime

    def may_have(self, who: str) -> bool:
        """Whether somebody may take the conversation: it waits, is theirs, or was let lie."""
        if self.handoff is None:
            return False
        until = self.handoff.claim_until
        return until is None or self.handoff.assigned_to == who or until <= self.now


class Owners(RuleBasedStateMachine):
    """`here` runs what is asynchronous; `both` are two processes on one database."""

    here: asyncio.Runner
    both: Sequence[House]
    colleagues: Sequence[UUID]

    @initialize()
    def begin(self) -> None:
        self.scopes = [visitor() for _ in TALKS]
        self.sent: dict[str, list[str]] = {s.conversation_id: [] for s in self.scopes}
        self.said: dict[str, list[str]] = {s.conversation_id: [] for s in self.scopes}
        for talk in TALKS:
            self.customer_writes(talk, 0, PERSON)

    # what customers do

    @rule(talk=talks, house=houses, words=st.sampled_from(WORDS))
    def customer_writes(self, talk: int, house: int, words: str) -> None:
        scope, message_id = self.scopes[talk], str(uuid4())
        before = self._standing(scope) if self.sent[scope.conversation_id] else None
        result = self._do(self.both[house].ask(scope, words, message_id))
        self.sent[scope.conversation_id].append(message_id)
        after = self._standing(scope)
        if before and before.owner in {"queue", "operator"}:
            assert (result["response"], result["answered_by"]) == (None, "human")
            assert after.assistant == before.assistant
            assert after.owner == before.owner
        else:
            assert result["response"]
            assert (after.owner == "queue") == result["handoff"]
            assert result["handoff"] or words != PERSON

    @rule(talk=talks, house=houses, words=st.sampled_from(WORDS))
    def a_process_dies_in_the_turn(self, talk: int, house: int, words: str) -> None:
        scope, message_id = self.scopes[talk], str(uuid4())
        self._do(self._dies(self.both[house], scope, words, message_id))
        self.sent[scope.conversation_id].append(message_id)
        self._do(self.both[1 - house].take_over(scope))

    # what operators do

    @rule(talk=talks, who=people, action=st.sampled_from([accept_handoff, send_to_customer]))
    def operator_acts(self, talk: int, who: int, action: Operation) -> None:
        scope = self._operator(talk, who)
        before = self._standing(scope)
        words = f"words {uuid4()}"
        arguments = {"message": words} if action is send_to_customer else {}
        done = self._try(self._act(scope, action, arguments))
        assert (done is None) == before.may_have(scope.party)
        if done is None:
            self._has(scope)
            if arguments:
                self.said[scope.conversation_id].append(words)

    @rule(talk=talks)
    def all_accept_at_once(self, talk: int) -> None:
        everybody = [self._operator(talk, who) for who in PEOPLE]
        before = self._standing(everybody[0])
        race = [self._act(scope, accept_handoff, {}) for scope in everybody]
        ended = self._do(_all(race))
        winners = [s.party for s, e in zip(everybody, ended, strict=True) if e is None]
        if before.handoff is None:
            assert winners == []
        elif any(before.may_have(scope.party) for scope in everybody):
            (winner,) = winners
            assert before.may_have(winner)
            told = [str(each) for each in ended if each is not None]
            assert all(f"{winner} has this conversation" in each for each in told)
        assert not [e for e in ended if not isinstance(e, Conflict | None)]

    @rule(talk=talks, who=people)
    def operator_gives_a_sign_of_life(self, talk: int, who: int) -> None:
        scope = self._operator(talk, who)
        before = self._standing(scope)
        done = self._try(self._keep(scope))
        theirs = before.handoff is not None and before.handoff.assigned_to == scope.party
        assert (done is None) == theirs
        if theirs:
            self._has(scope)

    @rule(talk=talks, who=people, seconds=st.sampled_from([60, 3600]))
    def operator_snoozes(self, talk: int, who: int, seconds: int) -> None:
        scope = self._operator(talk, who)
        before = self._standing(scope)
        until = before.now + timedelta(seconds=seconds)
        done = self._try(self._act(scope, snooze_handoff, {"until": until}))
        assert (done is None) == before.may_have(scope.party)

    @rule(talk=talks, who=people, to=st.sampled_from([None, 0, 1]))
    def operator_assigns(self, talk: int, who: int, to: int | None) -> None:
        scope = self._operator(talk, who)
        before = self._standing(scope)
        chosen = None if to is None else self.colleagues[to]
        done = self._try(self._act(scope, assign_handoff, {"to": chosen}))
        assert (done is None) == before.may_have(scope.party)
        if done is None:
            after = self._standing(scope)
            assert after.handoff
            assert after.handoff.assigned_to == (f"operator:{chosen}" if chosen else None)

    @rule(talk=talks, who=people)
    def operator_notes(self, talk: int, who: int) -> None:
        scope = self._operator(talk, who)
        assert self._try(self._act(scope, add_note, {"note": "private"})) is None

    @rule(
        talk=talks,
        who=people,
        house=houses,
        action=st.sampled_from(["return", "resolve"]),
        dies=st.booleans(),
    )
    def operator_hands_back(self, talk: int, who: int, house: int, action: Any, dies: bool) -> None:
        scope = self._operator(talk, who)
        before = self._standing(scope)
        decision, key = HandBack(action, "Agreed."), str(uuid4())
        hand_back = self.both[house].handbacks.hand_back
        left = self._left(scope)
        done = self._try(hand_back(scope, decision, key))
        assert (done is None) == before.may_have(scope.party)
        if done is None:
            if dies and action == "return":
                self._do(self.both[house].dies())
                self._do(self.both[1 - house].take_over(scope))
            self._do(self.both[house].quiet())
            assert self._left(scope) == ([] if action == "return" else left)
            rows = self._do(self.both[0].of(scope, "messages"))
            taken_up = {row["turn_id"] for row in rows if row["id"] in left}
            assert len(taken_up) == min(1, len(left))
            assert (None in taken_up) == (bool(left) and action == "resolve")
            again = self.both[1 - house].handbacks.hand_back
            assert self._try(again(scope, decision, key)) is None  # the same request: no second
            if self._standing(scope).handoff is None:  # what was left may need people again
                late = self._try(again(scope, decision))
                assert late
                assert "handed back before" in str(late)
                assert scope.party in str(late)
                assert self._interrupts(scope) == 0

    @rule(talk=talks)
    def all_hand_back_at_once(self, talk: int) -> None:
        everybody = [self._operator(talk, who) for who in PEOPLE]
        before = self._standing(everybody[0])
        race = [
            self.both[at % 2].handbacks.hand_back(scope, HandBack("return", scope.party))
            for at, scope in enumerate(everybody)
        ]
        ended = self._do(_all(race))
        winners = [s.party for s, e in zip(everybody, ended, strict=True) if e is None]
        may = [s.party for s in everybody if before.may_have(s.party)]
        assert len(winners) == min(1, len(may))
        assert set(winners) <= set(may)
        for house in self.both:
            self._do(house.quiet())
        assert not (winners and self._left(everybody[0]))

    # what time does

    @rule(seconds=st.sampled_from([30, 130, 400, 4000, 300_000]))
    def time_passes(self, seconds: int) -> None:
        self._do(self.both[0].rows(PASS.format(s=f"interval '{seconds} seconds'")))

    @rule()
    def the_job_runs_in_both_processes(self) -> None:
        before = [(scope, self._standing(scope), self._left(scope)) for scope in self.scopes]
        self._do(_all([self._escalate(house) for house in self.both]))
        for house in self.both:
            self._do(house.quiet())
        for scope, stood, left in before:
            if stood.handoff and self._status(scope, stood.handoff.id) == "expired":
                assert stood.handoff.rung == Rung.CUSTOMER_TOLD
                assert not set(left) & set(self._left(scope))

    @rule()
    def everybody_stays_away(self) -> None:
        """Until nothing is left to climb: a claim runs out, every rung passes, all expires."""
        standing = [(scope, self._standing(scope).handoff) for scope in self.scopes]
        for _ in Rung:
            self.time_passes(300_000)
            self.the_job_runs_in_both_processes()
        for scope, handoff in standing:
            assert handoff is None or self._status(scope, handoff.id) == "expired"

    # what always holds

    @invariant()
    def everything_has_one_owner(self) -> None:
        for scope in getattr(self, "scopes", ()):
            found = self._standing(scope)
            if found.handoff is None:
                assert found.owner in {"ai", "closed"}
                continue
            held = found.handoff.assigned_to
            assert (found.owner, held is None) in {("queue", True), ("operator", False)}
            assert found.handoff.claim_until or found.handoff.next_rung_at  # it is looked after

    @invariant()
    def no_word_is_lost_or_doubled(self) -> None:
        for scope in getattr(self, "scopes", ()):
            rows = self._do(self.both[0].of(scope, "messages"))
            written = [row["id"] for row in rows if row["role"] == "customer"]
            assert sorted(written) == sorted(self.sent[scope.conversation_id])
            spoken = [row["content"] for row in rows if row["role"] == "operator"]
            assert sorted(spoken) == sorted(self.said[scope.conversation_id])
            waits = [r for r in rows if r["role"] == "customer" and not r["turn_id"]]
            assert all(row["for_people"] for row in waits)
            told = [r for r in rows if r["role"] == "system" and "nobody could" in r["content"]]
            ended = self._do(self.both[0].of(scope, "handoffs"))
            assert len(told) == len([h for h in ended if h["status"] == "expired"])

    # how it is looked at

    def _do(self, work: Awaitable[Any]) -> Any:
        async def run() -> Any:
            return await work

        return self.here.run(run())

    def _try(self, work: Awaitable[Any]) -> Conflict | None:
        """The refusal, if it is one."""
        (ended,) = self._do(_all([work]))
        assert isinstance(ended, Conflict | None), ended
        return ended

    def _operator(self, talk: int, who: int) -> Scope:
        party = f"key:{who}"
        return replace(self.scopes[talk], role=Role.OPERATOR, party=party)

    def _has(self, scope: Scope) -> None:
        found = self._standing(scope)
        assert found.owner == "operator"
        assert found.handoff
        assert found.handoff.assigned_to == scope.party

    def _standing(self, scope: Scope) -> Standing:
        async def look() -> Standing:
            house = self.both[0]
            async with house.database.transaction(ACME) as db:
                last = await handoffs.find_last(db, scope)
                now = await claims.moment(db)
            said = [role for role, _ in await house.history(scope)]
            opened = last if last and last.ended_at is None else None
            owner = (await house.conversation(scope))["owner"]
            return Standing(owner, opened, said.count("assistant"), now)

        found: Standing = self._do(look())
        return found

    def _status(self, scope: Scope, handoff_id: UUID) -> str:
        rows = self._do(self.both[0].of(scope, "handoffs"))
        (status,) = [row["status"] for row in rows if row["id"] == handoff_id]
        return str(status)

    def _left(self, scope: Scope) -> list[str]:
        """What the customer wrote to people and nobody has answered."""
        left: list[str] = []
        for row in self._do(self.both[0].of(scope, "messages")):
            if row["role"] in {"operator", "assistant"}:
                left = []
            elif row["role"] == "customer" and not row["turn_id"]:
                left.append(row["id"])
        return left

    def _interrupts(self, scope: Scope) -> int:
        config = config_for(scope)
        return len(self._do(self.both[0].graph.aget_state(config)).interrupts)

    async def _act(self, scope: Scope, action: Operation, arguments: dict[str, Any]) -> None:
        async with self.both[0].database.transaction(ACME) as db:
            await carry_out(db, scope, action, None, arguments)

    async def _keep(self, scope: Scope) -> None:
        async with self.both[0].database.transaction(ACME) as db:
            await keep_handoff(db, scope)

    async def _dies(self, house: House, scope: Scope, words: str, message_id: str) -> None:
        ticket = await house.turns.take_turn(scope, inbound(words, message_id))
        await house.dies()
        ticket.close()

    async def _escalate(self, house: House) -> None:
        async with house.database.ops_transaction() as ops:
            due = await claims.due(ops, await claims.moment(ops), 100)
        for tenant, conversation_id in due:
            await Ladder(house.database, house.handbacks).climb(tenant, conversation_id)


async def _all(work: Sequence[Awaitable[Any]]) -> list[Exception | None]:
    """Do everything at once; what each was refused with."""
    ended = await asyncio.gather(*work, return_exceptions=True)
    return [each if isinstance(each, Exception) else None for each in ended]
