"""Playing what an assistant does, step by step, through the real tools on a real database."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from psycopg.rows import dict_row

from data import turns
from data.conversations import lock_conversation
from data.db import Database
from data.errors import SwitchboardError
from data.messages import NewMessage, add_message
from data.scope import Identity, Role, Scope
from data.turns import Claim, Ending
from graph.approvals import Approvals
from tools.approvals import Settled
from tools.operation import Call
from tools.perform import perform
from tools.refusals import Refusals
from tools.registry import OPERATIONS

# name: amount, currency, status, days since it arrived
ORDERS: dict[str, tuple[str, str, str, int | None]] = {
    "small": ("40.00", "USD", "delivered", 5),
    "second": ("20.00", "USD", "delivered", 2),
    "third": ("9.99", "USD", "delivered", 3),
    "limit": ("100.00", "USD", "delivered", 4),
    "above": ("100.01", "USD", "delivered", 4),
    "large": ("150.00", "USD", "delivered", 6),
    "huge": ("800.00", "USD", "delivered", 6),
    "foreign": ("40.00", "EUR", "delivered", 5),
    "last_day": ("40.00", "USD", "delivered", 30),
    "old": ("40.00", "USD", "delivered", 31),
    "undated": ("40.00", "USD", "delivered", None),
    "packing": ("40.00", "USD", "processing", None),
    "sent": ("40.00", "USD", "shipped", None),
    "cancelled": ("40.00", "USD", "cancelled", None),
    "refunded": ("40.00", "USD", "refunded", 9),
    "asked": ("40.00", "USD", "refund_requested", 9),
}
# name: status, priority, days since it was touched
TICKETS = {
    "fault": ("open", "medium", 3),
    "noise": ("open", "low", 3),
    "smoke": ("open", "high", 3),
    "solved": ("resolved", "medium", 10),
    "ancient": ("resolved", "medium", 31),
    "passed_on": ("escalated", "high", 2),
}
DECIDERS = {"operator": Role.OPERATOR, "admin": Role.ADMIN}


@dataclass
class Talk:
    """One customer with orders and tickets of their own, in one conversation at a time."""

    database: Database
    tenant: str
    scope: Scope
    ids: dict[str, int]
    said: list[str] = field(default_factory=list)
    claim: Claim | None = None
    calls: int = 0
    approval: UUID | None = None
    refusals: Refusals = field(default_factory=Refusals)
    questions: list[str] = field(default_factory=list)
    """What calls of this turn were held back to ask."""

    async def says(self, words: str, reply: str = "One moment.") -> None:
        """The customer's next message; the turn before ends with that reply."""
        await self.answered(reply)
        self.said.append(words)
        self.questions.clear()
        async with self.database.transaction(self.tenant) as db:
            found = await lock_conversation(db, self.scope, "web")
            await add_message(db, self.scope, NewMessage(str(uuid4()), "customer", words))
            self.claim = await turns.claim_turn(db, self.scope, found)

    async def answered(self, reply: str) -> None:
        if self.claim is None:
            return
        ending = Ending(
            status="answered",
            owner="ai",
            result={},
            replies=(NewMessage(str(uuid4()), "assistant", reply, turn_id=self.claim.turn_id),),
        )
        async with self.database.transaction(self.tenant) as db:
            await turns.finish_turn(db, self.scope, self.claim, ending)
        self.claim = None

    async def does(self, action: str, arguments: dict[str, Any]) -> str:
        """What became of a call: done, or why not; either is true of the rows, too."""
        assert self.claim
        self.calls += 1
        call = Call(
            f"{self.claim.turn_id}:{self.calls}:0",
            self.claim.turn_id,
            self.claim.lease_token,
            "\n".join(self.said),
        )
        before = await self.writes()
        outcome = await perform(
            self.database,
            self.scope,
            OPERATIONS[action],
            call,
            {name: self.ids.get(str(value), value) for name, value in arguments.items()},
            refusals=self.refusals,
        )
        assert await self.writes() == before + (outcome.refused is None), outcome
        if outcome.refused == "needs_confirmation":
            self.questions.append(outcome.details["question"])
        if outcome.refused == "needs_approval":
            self.approval = (await self.waiting())[0]["id"]
        return outcome.refused or "done"

    async def decides(self, decision: str, by: str, arguments: dict[str, Any] | None) -> str:
        """What becomes of the approval that waits, or the error that the decision is."""
        assert self.approval
        scope = Scope(self.tenant, DECIDERS[by], f"{by}:1")
        given = arguments and {k: self.ids.get(str(v), v) for k, v in arguments.items()}
        desk = Approvals(self.database)
        try:
            decided = await desk.decide(scope, self.approval, decision, given, None)  # type: ignore[arg-type]
        except SwitchboardError as error:
            return type(error).__name__
        if decided.status != "granted":
            return decided.status
        first = await desk.settle(self.tenant, self.approval)
        again = await desk.settle(self.tenant, self.approval)
        assert (first.fresh, again.fresh) == (True, False)
        return first.approval.status

    async def settles(self) -> Settled:
        """As the job does, for what is due."""
        assert self.approval
        return await Approvals(self.database).settle(self.tenant, self.approval)

    async def passes(self, days: int) -> None:
        """As if so many days had gone by."""
        mine = {"tenant": self.tenant, "customer": self.scope.customer_id, "days": days}
        mine["id"] = self.scope.conversation_id
        ago = "- make_interval(days => %(days)s) WHERE tenant = %(tenant)s AND"
        async with self.database.transaction(self.tenant) as db:
            for table, column in (("orders", "delivered_at"), ("tickets", "updated_at")):
                await db.execute(
                    f"UPDATE {table} SET {column} = {column} {ago} customer_id = %(customer)s",
                    mine,
                )
            for table, column in (("writes", "created_at"), ("approvals", "expires_at")):
                await db.execute(
                    f"UPDATE {table} SET {column} = {column} {ago} (customer_id = %(customer)s"
                    " OR conversation_id = %(id)s)",
                    mine,
                )

    async def changes(self, name: str, status: str) -> None:
        """Somebody else changes a row."""
        table = "orders" if name in ORDERS else "tickets"
        async with self.database.transaction(self.tenant) as db:
            await db.execute(
                f"UPDATE {table} SET status = %s WHERE tenant = %s AND id = %s",
                (status, self.tenant, self.ids[name]),
            )

    async def status(self, name: str) -> str:
        table = "orders" if name in ORDERS else "tickets"
        query = f"SELECT status FROM {table} WHERE id = {self.ids[name]}"
        return str((await self.rows(query))[0]["status"])

    async def writes(self) -> int:
        return len(await self.rows("SELECT FROM writes WHERE operation <> 'decide_approval'"))

    async def waiting(self) -> list[dict[str, Any]]:
        return await self.rows(
            "SELECT * FROM approvals WHERE conversation_id = %(id)s ORDER BY created_at DESC"
        )

    async def notices(self) -> list[str]:
        """What the customer was told besides replies."""
        found = await self.rows(
            "SELECT content FROM messages WHERE conversation_id = %(id)s AND role = 'system'"
            " ORDER BY seq"
        )
        return [str(row["content"]) for row in found]

    async def rows(self, query: str) -> list[dict[str, Any]]:
        async with (
            self.database.transaction(self.tenant) as db,
            db.cursor(row_factory=dict_row) as cursor,
        ):
            await cursor.execute(query, {"id": self.scope.conversation_id})
            return await cursor.fetchall()


async def begin(database: Database, tenant: str, identity: Identity, wanted: str) -> Talk:
    """A customer of their own, with one of each order and ticket that `wanted` speaks of."""
    now = datetime.now(UTC)
    ids: dict[str, int] = {}
    async with database.transaction(tenant) as db:
        own: dict[str, Any] = {"tenant": tenant}
        own["customer_id"] = await _insert(
            db, "customers", **own, name="Cy", email=f"{uuid4().hex}@old.test"
        )
        for name, (amount, currency, status, days) in ORDERS.items():
            if name in wanted:
                there = None if days is None else now - timedelta(days=days)
                row = {"amount": amount, "currency": currency, "status": status, "product": name}
                ids[name] = await _insert(
                    db, "orders", **own, **row, ordered_at=now, delivered_at=there
                )
        for name, (status, priority, days) in TICKETS.items():
            if name in wanted:
                row = {"subject": name, "description": "", "status": status, "priority": priority}
                touched = now - timedelta(days=days)
                ids[name] = await _insert(db, "tickets", **own, **row, updated_at=touched)
    known = None if identity is Identity.ANONYMOUS else own["customer_id"]
    scope = Scope(tenant, Role.CUSTOMER_AI, f"visitor:{uuid4()}", str(uuid4()), known, identity)
    return Talk(database, tenant, scope, ids)


async def _insert(db: Any, table: str, **values: Any) -> int:
    columns, places = ", ".join(values), ", ".join(f"%({name})s" for name in values)
    query = f"INSERT INTO {table} ({columns}) VALUES ({places}) RETURNING id"
    row = await (await db.execute(query, values)).fetchone()
    return int(row[0])
