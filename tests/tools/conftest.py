"""A turn that is under way, so that operations can be performed in it."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any
from uuid import UUID, uuid4

import pytest
from psycopg.rows import dict_row

from data import turns
from data.conversations import lock_conversation
from data.db import Connection, Database, make_pool
from data.messages import NewMessage, add_message
from data.personal import MARK, opened_text
from data.scope import Identity, Role, Scope
from data.turns import Claim
from tests.acme import ACME, ANN
from tools.operation import Call, Operation, Outcome
from tools.perform import perform
from tools.refusals import Refusals
from tools.registry import OPERATIONS


@dataclass(frozen=True)
class Turn:
    """One turn of one conversation: performs operations, and looks at what they left."""

    database: Database
    scope: Scope
    claim: Claim
    positions: "count[int]" = field(default_factory=count)
    refusals: Refusals = field(default_factory=Refusals)
    said: str | None = None
    """The customer's own words, where a model is at work."""

    def call(self, key: str | None = None) -> Call:
        """The place of the next operation in the turn, or that of `key` again."""
        key = key or f"{self.claim.turn_id}/0/{next(self.positions)}"
        return Call(key, self.claim.turn_id, self.claim.lease_token)

    async def ask(
        self, action: str | Operation, arguments: dict[str, Any] | None = None, **more: Any
    ) -> Outcome:
        """Perform an operation, as `key` when that is given, at its next position otherwise."""
        declared = OPERATIONS[action] if isinstance(action, str) else action
        call = self.call(more.pop("key", None))
        return await perform(
            self.database,
            self.scope,
            declared,
            replace(call, said=self.said),
            (arguments or {}) | more,
            refusals=self.refusals,
        )

    async def rows(self, query: str) -> list[dict[str, Any]]:
        """What the tenant's tables hold."""
        async with (
            self.database.transaction(self.scope.tenant) as db,
            db.cursor(row_factory=dict_row) as cursor,
        ):
            await cursor.execute(query)
            return [
                {name: opened(db, self.scope.tenant, value) for name, value in row.items()}
                for row in await cursor.fetchall()
            ]

    async def writes(self) -> list[dict[str, Any]]:
        return await self.rows("SELECT * FROM writes ORDER BY created_at")


def opened(db: Connection, tenant: str, value: Any) -> Any:
    """What is stored, sealed or not."""
    if not isinstance(value, str) or not value.startswith(MARK):
        return value
    text = opened_text(db, tenant, value)
    return json.loads(text) if text[:1] in "{[" else text


Begin = Callable[..., Awaitable[Turn]]


@pytest.fixture
def begin(companies: Database) -> Begin:
    """Begin a turn of a fresh conversation (or of the one named) as acme's customer 1."""

    async def begin(
        identity: Identity = Identity.VERIFIED,
        *,
        customer_id: int | None = ANN,
        role: Role = Role.CUSTOMER_AI,
    ) -> Turn:
        known = None if identity is Identity.ANONYMOUS else customer_id
        party = f"customer:{known}" if known else f"visitor:{uuid4()}"
        scope = Scope(ACME, role, party, str(uuid4()), known, identity)
        async with companies.transaction(ACME) as db:
            conversation = await lock_conversation(db, scope, "web")
            await add_message(db, scope, NewMessage("m1", "customer", "Hello"))
            claim = await turns.claim_turn(db, scope, conversation)
        assert claim is not None
        return Turn(companies, scope, claim)

    return begin


@pytest.fixture
async def turn(begin: Begin) -> Turn:
    """A turn of Ann's, verified."""
    return await begin()


@pytest.fixture
async def visit(begin: Begin) -> Turn:
    """A turn of somebody nobody knows."""
    return await begin(Identity.ANONYMOUS)


@pytest.fixture
def unplugged() -> Turn:
    """A verified turn on a database that raises as soon as it is touched."""
    app, ops = (make_pool("", minimum=1, maximum=1, name=name) for name in ("app", "ops"))
    scope = Scope(ACME, Role.CUSTOMER_AI, "customer:1", "talk", ANN, Identity.VERIFIED)
    return Turn(Database(app, ops, ops), scope, Claim(UUID(int=1), 1, 1))
