"""The two doors to Postgres: as one tenant (row-level security decides what is there) or as `ops`.

A connection names its tenant before its first statement, so a forgotten filter finds nothing
instead of another tenant's rows. What cannot have a tenant (tenants themselves, the look-up of a
key, the job queue) lives in the schema `ops`, which only the second role may enter.
"""

import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from time import monotonic
from typing import Any, Protocol

from psycopg import AsyncConnection, OperationalError
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import TransactionStatus
from psycopg_pool import AsyncConnectionPool

from data.sealing import Keyring

APP_ROLE = "switchboard_app"  # sees the rows of one tenant
OPS_ROLE = "switchboard_ops"  # sees the schema `ops` and nothing else
INDEX_ROLE = "switchboard_index"  # owns the passages, which row-level security binds as well

TENANT_ID = re.compile(r"[a-z][a-z0-9_-]{0,62}")  # no colon: thread ids are `tenant:conversation`

# How an index of vectors is walked: so many neighbours at a time, until enough pass a filter. With
# its own price of a page out of order, a turning disk's, the planner would compare thousands.
NEAREST = "-c hnsw.ef_search=400 -c hnsw.iterative_scan=relaxed_order -c random_page_cost=1.1"

HINTS = "switchboard_events"  # the channel on which it is told that conversations' logs have grown

WAIT_S = 10.0  # for a connection: with the database gone, who asks hears so after this


class TenantConnection(AsyncConnection[Any]):
    """A connection that remembers for which tenant its session is set.

    `keyring` opens what is sealed; None where the installation has no keys. `hints` is what will be
    told when the transaction is committed; None outside of one.
    """

    tenant: str = ""
    keyring: Keyring | None = None
    hints: list[str] | None = None


Connection = TenantConnection


class Pool(AsyncConnectionPool[TenantConnection]):
    """Gives nobody a connection that the server has closed.

    psycopg's own check costs a round trip, and waits longer after each broken connection.
    """

    async def getconn(self, timeout: float | None = None) -> TenantConnection:  # noqa: ASYNC109
        """The first connection that is open.

        Raises:
            PoolTimeout: there was none in time.
        """
        until = monotonic() + (self.timeout if timeout is None else timeout)
        while True:
            found = await super().getconn(max(until - monotonic(), 0.0))
            if is_open(found):
                return found
            await self.putconn(found)  # which replaces it


def is_open(db: Connection) -> bool:
    """Look at what has arrived meanwhile: first the server's last words, then the end."""
    try:
        db.pgconn.consume_input()
        db.pgconn.consume_input()
    except OperationalError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class OneByOne:
    """A new connection each time, closed afterwards: for what is rarely needed."""

    url: str

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[TenantConnection]:
        """A connection for the length of a block, each statement a transaction of its own."""
        opened = await TenantConnection.connect(
            self.url, autocommit=True, connect_timeout=int(WAIT_S)
        )
        async with opened:
            yield opened


class Connections(Protocol):
    """Where a `Database` gets its connections: a pool, or what opens one when it is asked."""

    def connection(self) -> AbstractAsyncContextManager[TenantConnection]:
        """A connection for the length of a block."""


def clean_url(url: str) -> str:
    """A libpq connection string from `postgresql[+driver]://…`; the driver is ignored.

    Raises:
        ValueError: it names another kind of database.
    """
    scheme, separator, rest = url.partition("://")
    if not separator or scheme.partition("+")[0] not in {"postgresql", "postgres"}:
        raise ValueError(
            "DATABASE_URL must start with postgresql://; no other database is supported"
        )
    return f"postgresql://{rest}"


def as_role(url: str, role: str) -> str:
    """The same connection string, entering the database as `role`."""
    options = conninfo_to_dict(url).get("options") or ""
    path = "ops,public" if role == OPS_ROLE else f"public {NEAREST}"
    return make_conninfo(url, options=f"{options} -c role={role} -c search_path={path}".strip())


def make_pool(url: str, *, minimum: int, maximum: int, name: str) -> Pool:
    """A closed pool of autocommit connections; `Database` opens transactions on them."""
    return Pool(
        url,
        connection_class=TenantConnection,
        min_size=minimum,
        max_size=maximum,
        name=name,
        open=False,
        timeout=WAIT_S,
        kwargs={"autocommit": True},
    )


@dataclass(frozen=True, slots=True)
class Database:
    """Opened once, in `server/wiring.py`; everything else gets it as an argument.

    `told` gets the hints of a transaction that was committed, and must not wait. Without it they
    are told by the commit itself, which takes a lock on all other commits that tell something.
    """

    app: Connections
    ops: Connections
    index: Connections
    keyring: Keyring | None = None
    told: Callable[[Sequence[str]], None] | None = None

    @asynccontextmanager
    async def transaction(self, tenant: str) -> AsyncIterator[Connection]:
        """One transaction as one tenant: committed at the end, rolled back if it raises.

        Never await a model or another service inside it.

        Raises:
            ValueError: `tenant` is no tenant id; a bug, since it comes from a credential.
        """
        async with self.reading(tenant) as db, self._transaction(db):
            yield db

    @asynccontextmanager
    async def reading(self, tenant: str) -> AsyncIterator[Connection]:
        """A connection as one tenant, each statement a transaction of its own.

        For a single statement, where BEGIN and COMMIT would be two round trips for nothing. The
        session is set whenever the connection served another tenant before, so nobody can get
        one that is set for somebody else.
        """
        if not TENANT_ID.fullmatch(tenant):
            raise ValueError(f"not a tenant id: {tenant!r}")
        async with self.app.connection() as db:
            db.keyring = self.keyring
            if db.tenant != tenant:
                db.tenant = ""  # unknown, should the next statement fail
                await db.execute("SELECT set_config('app.tenant', %s, false)", [tenant])
                db.tenant = tenant
            yield db

    @asynccontextmanager
    async def ops_transaction(self) -> AsyncIterator[Connection]:
        """One transaction on the tables that have no tenant."""
        async with self.ops.connection() as db, self._transaction(db):
            yield db

    @asynccontextmanager
    async def _transaction(self, db: Connection) -> AsyncIterator[None]:
        """BEGIN to COMMIT. psycopg's own block does more than is needed here, and costs more."""
        await db.execute("BEGIN")
        hints = db.hints = []
        try:
            yield
            if hints and self.told is None:
                await db.execute(
                    "SELECT pg_notify(%s, each) FROM unnest(%s::text[]) AS each", (HINTS, hints)
                )
        except BaseException:
            if not db.closed and db.info.transaction_status is not TransactionStatus.IDLE:
                await db.execute("ROLLBACK")
            raise
        finally:
            db.hints = None
        try:
            await db.execute("COMMIT")
        finally:  # a hint of what is not there does no harm
            if hints and self.told is not None:
                self.told(hints)


async def answers(db: Connection) -> bool:
    """Whether the database does what it is asked."""
    row = await (await db.execute("SELECT 1")).fetchone()
    return row == (1,)


@asynccontextmanager
async def open_database(
    url: str, *, minimum: int = 2, maximum: int = 20, keyring: Keyring | None = None
) -> AsyncIterator[Database]:
    """Open both pools and close them again. With `keyring`, what is sealed can be read."""
    app = make_pool(as_role(url, APP_ROLE), minimum=minimum, maximum=maximum, name="app")
    ops = make_pool(as_role(url, OPS_ROLE), minimum=1, maximum=max(2, maximum // 4), name="ops")
    async with app, ops:
        yield Database(app, ops, OneByOne(as_role(url, INDEX_ROLE)), keyring)
