"""Turns with the real graph on a real database; a second house on it is another process."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

from psycopg.rows import dict_row

from agents.budget import Budget
from agents.content import Contents
from agents.curated_index import CuratedIndexes
from agents.intent_index import IntentIndexes
from agents.models import ModelConfig, Models
from checkpoints.saver import TurnSaver
from data import intents, playbooks, tenants
from data.db import Database
from data.intents import Intent
from data.scope import Identity, Role, Scope
from data.tenants import Tenant
from graph.build import Graph, build_graph
from graph.copilot import Copilot
from graph.deps import AdmitCode, Deps, unlimited
from graph.events import Events
from graph.feelings import Feelings
from graph.handback import HandBacks
from graph.inbound import Inbound
from graph.runner import RENEW_S, Runner
from graph.state import LASTING
from graph.ticket import Ticket
from graph.turns import Turns
from retrievers.embed import Embedder
from retrievers.hash_embedder import HashEmbedder
from tests.graph.held import PATIENCE_S, Provider
from tools.codes import CodeKey
from tools.operation import Operation
from tools.refusals import Refusals
from tools.registry import OPERATIONS

ACME = "acme"

MEMORY = ("checkpoints", "checkpoint_blobs", "checkpoint_writes")
INTENTS = {
    "greeting": ("general", "hello there"),
    "open_ticket": ("tech", "please open a ticket about the thing"),
}
PLAYBOOKS = {
    "greeting": {
        "name": "greeting",
        "intents": ["greeting"],
        "reply": [{"say": "Hello from Acme."}],
    },
    "open_ticket": {
        "name": "open_ticket",
        "intents": ["open_ticket"],
        "steps": [
            {
                "tool": "create_ticket",
                "with": {"subject": "{{ text }}", "description": "{{ text }}"},
            }
        ],
        "reply": [{"say": "Ticket {{ create_ticket.id }} is open."}],
    },
}


@dataclass(frozen=True, slots=True)
class House:
    """What one process has, without its web server."""

    database: Database
    graph: Graph
    saver: TurnSaver
    events: Events
    runner: Runner
    turns: Turns
    handbacks: HandBacks
    copilot: Copilot
    refusals: Refusals
    models: Models

    async def say(self, scope: Scope, text: str, message_id: str | None = None) -> Ticket:
        """Hand a message in; close the ticket if you don't wait for its outcome."""
        return await self.turns.take_turn(scope, inbound(text, message_id))

    async def ask(self, scope: Scope, text: str, message_id: str | None = None) -> dict[str, Any]:
        """Hand a message in and wait for its outcome."""
        return await outcome(await self.say(scope, text, message_id))

    async def rows(self, query: str, **values: Any) -> list[dict[str, Any]]:
        """What acme's tables hold."""
        async with (
            self.database.transaction(ACME) as db,
            db.cursor(row_factory=dict_row) as cursor,
        ):
            await cursor.execute(query, values)
            return await cursor.fetchall()

    async def history(self, scope: Scope) -> list[tuple[str, str]]:
        """(role, content) of the conversation, in order."""
        query = "SELECT role, content FROM messages WHERE conversation_id = %(id)s ORDER BY seq"
        return [(r["role"], r["content"]) for r in await self.rows(query, id=scope.conversation_id)]

    async def kept(self, scope: Scope, table: str) -> int:
        """How many of a checkpointer's rows the thread has."""
        query = f"SELECT FROM {table} WHERE thread_id = %(id)s"
        return len(await self.rows(query, id=scope.thread_id))

    async def conversation(self, scope: Scope) -> dict[str, Any]:
        query = "SELECT * FROM conversations WHERE id = %(id)s"
        (row,) = await self.rows(query, id=scope.conversation_id)
        return row

    async def memory(self, scope: Scope) -> dict[str, Any]:
        """What the checkpoint holds."""
        snapshot = await self.graph.aget_state({"configurable": {"thread_id": scope.thread_id}})
        return dict(snapshot.values)

    async def of(self, scope: Scope, table: str) -> list[dict[str, Any]]:
        """The conversation's rows in a table, in the order they were made."""
        query = f"SELECT * FROM {table} WHERE conversation_id = %(id)s ORDER BY created_at"
        return await self.rows(query, id=scope.conversation_id)

    async def lease_runs_out(self, scope: Scope) -> None:
        """As if LEASE_S had passed without a sign of life."""
        await self.rows(
            "UPDATE conversations SET lease_until = now() - interval '1 second'"
            " WHERE id = %(id)s RETURNING id",
            id=scope.conversation_id,
        )

    async def take_over(self, scope: Scope) -> None:
        """Answer what a process left that did not renew its lease."""
        await self.lease_runs_out(scope)
        await self.turns.recover(ACME, scope.conversation_id)

    async def dies(self) -> None:
        """Stop every turn where it stands, as the end of the process would."""
        await self.turns.drain(0)

    async def quiet(self) -> None:
        """Wait until no turn runs in this process."""
        await self.turns.drain(PATIENCE_S)


def open_house(
    database: Database,
    *,
    provider: Provider | None = None,
    operations: Mapping[str, Operation] | None = None,
    embedder: Embedder | None = None,
    models: Models | None = None,
    deadline_s: float = PATIENCE_S,
    renew_s: float = RENEW_S,
    tokens_a_day: int | None = None,
    codes: CodeKey | None = None,
    admit_code: AdmitCode = unlimited,
) -> House:
    """A process on acme's database: with that model, or the offline engine."""
    embedder = embedder or HashEmbedder()
    content = Contents(database)
    deps = Deps(
        database=database,
        embedder=embedder,
        models=models or (provider.models() if provider else Models(ModelConfig())),
        operations={**OPERATIONS, **(operations or {})},
        content=content,
        curated=CuratedIndexes(database, embedder),
        intents=IntentIndexes(database, embedder),
        budget=Budget(database, content, tokens_a_day),
        codes=codes or CodeKey.of_nobody(),
        admit_code=admit_code,
    )
    saver, events = TurnSaver(database, LASTING), Events()
    graph = build_graph(deps, saver)
    runner = Runner(database, graph, saver, events, deadline_s, renew_s)
    feelings = Feelings(database, embedder, deps.sentiment)
    turns = Turns(database, runner, events, feelings, deps.codes)
    handbacks = HandBacks(database, graph, saver, turns)
    copilot = Copilot(deps, graph)
    return House(
        database=database,
        graph=graph,
        saver=saver,
        events=events,
        runner=runner,
        turns=turns,
        handbacks=handbacks,
        copilot=copilot,
        refusals=deps.refusals,
        models=deps.models,
    )


async def found_acme(database: Database) -> None:
    """A company with two intents and a playbook for each; one of them writes."""
    async with database.ops_transaction() as ops:
        await tenants.add_tenant(ops, Tenant(ACME, "Acme", {}, "s" * 32))
    async with database.transaction(ACME) as db:
        known = [
            Intent(name, specialist, account=False, description="", keywords=[])
            for name, (specialist, _) in INTENTS.items()
        ]
        await intents.put_intents(db, ACME, known)
        for name, (_, example) in INTENTS.items():
            await intents.add_example(db, ACME, name, example)
        await playbooks.put_playbooks(db, ACME, PLAYBOOKS, replace=True)


def visitor(conversation_id: str | None = None, *, party: str | None = None) -> Scope:
    """Somebody anonymous in a conversation of their own."""
    chosen = conversation_id or str(uuid4())
    return Scope(ACME, Role.CUSTOMER, party or f"visitor:{chosen}", chosen)


def operator(scope: Scope) -> Scope:
    """One of acme's people, looking at that conversation."""
    return replace(scope, role=Role.OPERATOR, party="operator:1", identity=Identity.ANONYMOUS)


def inbound(text: str, message_id: str | None = None) -> Inbound:
    return Inbound(message_id or str(uuid4()), text, "web")


async def outcome(ticket: Ticket) -> dict[str, Any]:
    async with asyncio.timeout(PATIENCE_S):
        return await ticket.outcome()
