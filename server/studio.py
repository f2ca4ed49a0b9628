"""The graph for LangGraph Studio: for stepping through it, not a door.

`langgraph.json` names `graph` and `app`. The graph is the one that serves customers, over a
throw-away database; Studio's own server keeps the threads. Importing this opens nothing.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.runtime import Runtime
from pydantic import BaseModel, ConfigDict, Field
from starlette.applications import Starlette

from data import conversations, journal, messages, turns
from data.conversations import Conversation
from data.db import TENANT_ID, Connection, Database
from data.errors import LeaseLost
from data.messages import NewMessage
from data.scope import Identity, Role, Scope
from data.turns import Claim, Ending
from graph.build import Graph, build_graph
from graph.deps import RunOf
from graph.inbound import result_of
from graph.scope import Run
from server.sandbox import Sandbox
from server.settings import DEMO_TENANT, Settings, Tone, read_settings
from server.wiring import make_deps

FOLDER = "studio"
PARTY = "studio"  # holds every conversation, whichever customer is played in it
SAID = "(a message in Studio)"  # the thread there has the words; the row only carries the turn


class Played(BaseModel):
    """Whose assistant runs. Studio shows this as the assistant's configuration."""

    model_config = ConfigDict(frozen=True)

    tenant: str = Field(
        default=DEMO_TENANT, pattern=f"^{TENANT_ID.pattern}$", description="demo or ridgeline"
    )
    customer_id: int | None = Field(default=1, description="Empty for a visitor nobody knows")
    identity: Identity = Field(
        default=Identity.VERIFIED, description="Only a verified customer's records are opened"
    )
    tone: Tone | None = Field(
        default=None, description="Empty for the customer's own or the default"
    )

    def scope(self, thread_id: str) -> Scope:
        """The customer's assistant, in the conversation of a Studio thread."""
        known = self.customer_id is not None
        return Scope(
            tenant=self.tenant,
            role=Role.CUSTOMER_AI,
            party=PARTY,
            conversation_id=thread_id,
            customer_id=self.customer_id,
            identity=self.identity if known else Identity.ANONYMOUS,
        )


def make_graph(settings: Settings, sandbox: Sandbox) -> Graph:
    """The graph without a checkpointer, with a customer to be played."""
    deps = make_deps(settings, sandbox.database, sandbox.embedder)
    played = played_run(sandbox.database, settings.turn_deadline_s)
    return build_graph(replace(deps, run_of=played), context_schema=Played)


def played_run(database: Database, deadline_s: float) -> RunOf:
    """Identities for a server that gives none."""

    async def run_of(runtime: Runtime[Any], config: RunnableConfig) -> Run:
        """The Studio run as a turn of its own, so that WRITE tools find their lease."""
        place = config["configurable"]
        played = runtime.context or Played()
        scope = played.scope(str(place["thread_id"]))
        async with database.transaction(scope.tenant) as db:
            claim = await turn_of(db, scope, str(place["run_id"]))
            replay = await journal.rounds_of(db, scope, claim.turn_id)
        return Run(
            scope=scope,
            turn_id=claim.turn_id,
            lease_token=claim.lease_token,
            deadline=asyncio.get_running_loop().time() + deadline_s / 2,
            tone=played.tone,
            replay=replay,
        )

    return run_of


async def turn_of(db: Connection, scope: Scope, run_id: str) -> Claim:
    """The turn of a Studio run: begun by its first node, found again by the others.

    What the run before left open ends here. A run that goes on after a breakpoint or from an
    earlier state is a run like any other, so its writes are new ones.

    Raises:
        LeaseLost: another run of the thread has begun since.
    """
    found = await conversations.lock_conversation(db, scope, "web")
    if await messages.add_message(db, scope, NewMessage(run_id, "customer", SAID)):
        return await _begin(db, scope, found)
    message = await messages.get_message(db, scope, run_id)
    if message is None or message.turn_id is None or message.turn_id != found.turn_id:
        raise LeaseLost("another run of this thread has begun")
    return Claim(message.turn_id, found.lease_token, attempts=1)


async def _begin(db: Connection, scope: Scope, found: Conversation) -> Claim:
    if found.turn_id is None:
        claim = await turns.claim_turn(db, scope, found)
    else:
        left = Claim(found.turn_id, found.lease_token, attempts=1)
        ended = Ending(status="answered", owner="ai", result=result_of(scope), replies=())
        claim = await turns.finish_turn(db, scope, left, ended)
    if claim is None:
        raise RuntimeError("a message waits, but no turn could be made of it")
    return claim


def make_app(sandbox: Sandbox) -> Starlette:
    """No routes: what the dev server starts and ends with its own."""

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        try:
            yield
        finally:
            await sandbox.close()

    return Starlette(lifespan=lifespan)


settings = read_settings()
sandbox = Sandbox(settings, FOLDER)
graph = make_graph(settings, sandbox)
app = make_app(sandbox)
