"""A throw-away Postgres that tells what a run cost it.

Writing transactions are counted by transaction ids. Postgres gives one only to a transaction
(or savepoint) that writes: a row, a row lock, a notification. A transaction that only reads,
an advisory lock, and an `ON CONFLICT DO NOTHING` that found a conflict take none. Rolled-back
writers count: they were paid for.

Statements are counted from the server's own log, in a pass of their own, because the wheel has
no pg_stat_statements and logging would slow the timed passes. Transactions are the distinct
virtual ids in that log; pg_stat_database would say the same, up to ten seconds late.
"""

import re
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg import Connection, sql

from server.embedded import EmbeddedPostgres

SETTINGS = {
    "max_connections": "300",
    # a checkpoint in the middle of one run would put its page images on that run's bill
    "checkpoint_timeout": "1h",
    "max_wal_size": "8GB",
    "log_line_prefix": "@%v|%d ",
    "log_parameter_max_length": "0",
}
RELOAD_S = 0.3  # until every backend has seen changed settings
LOGGED = re.compile(
    r"^@(?P<vxid>\d+/\d+)\|(?P<db>\S+) LOG: +(?:statement|execute [^:]+):[\s(]*(?P<verb>\w+)",
    re.MULTILINE,
)
CONTROL = frozenset(
    ("BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT", "SAVEPOINT", "RELEASE")
)


@dataclass(frozen=True, slots=True)
class Written:
    """Transaction ids and WAL bytes since the server was made; differences are what counts."""

    xids: int
    wal_bytes: int

    def __sub__(self, other: "Written") -> "Written":
        return Written(self.xids - other.xids, self.wal_bytes - other.wal_bytes)


@dataclass(slots=True)
class Statements:
    """What a database was asked to do. BEGIN, COMMIT, savepoints and the like are `control`."""

    work: int = 0
    control: int = 0
    verbs: Counter[str] = field(default_factory=Counter)
    _vxids: set[str] = field(default_factory=set)

    @property
    def transactions(self) -> int:
        return len(self._vxids)

    def add(self, vxid: str, verb: str) -> None:
        self._vxids.add(vxid)
        self.verbs[verb] += 1
        if verb in CONTROL:
            self.control += 1
        else:
            self.work += 1


@dataclass(frozen=True, slots=True)
class Postgres:
    """A running server, reached over a socket in its own folder."""

    pid: int
    url: str
    log: Path
    admin: Connection[Any]

    def create_database(self, name: str) -> str:
        """Make an empty database and return its URL."""
        self.admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return self.url.replace("/postgres?", f"/{name}?")

    def written(self) -> Written:
        """Read without writing, so that looking costs nothing."""
        row = self.admin.execute(
            "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint,"
            " (pg_current_wal_insert_lsn() - '0/0')::bigint"
        ).fetchone()
        assert row is not None
        return Written(*row)

    @contextmanager
    def counting(self, database: str) -> Iterator[Statements]:
        """Log every statement of the database in the block; counts are complete after it.

        Slows the server down: nothing that is timed belongs into the block.
        """
        statements = Statements()
        self._set("log_statement", "all")
        start = self.log.stat().st_size
        try:
            yield statements
        finally:
            self._set("log_statement", "none")
        with self.log.open(errors="replace") as log:
            log.seek(start)
            for logged in LOGGED.finditer(log.read()):
                if logged["db"] == database:
                    statements.add(logged["vxid"], logged["verb"].upper())

    def _set(self, name: str, value: str) -> None:
        self.admin.execute(
            sql.SQL("ALTER SYSTEM SET {} = {}").format(sql.Identifier(name), sql.Literal(value))
        )
        self.admin.execute("SELECT pg_reload_conf()")
        time.sleep(RELOAD_S)


@contextmanager
def throwaway() -> Iterator[Postgres]:
    """Start a new server with durable defaults; its data is deleted when the block ends."""
    with tempfile.TemporaryDirectory(prefix="bench-pg-") as folder:
        data = Path(folder) / "data"
        data.mkdir()
        server = EmbeddedPostgres(data)
        server.ensure_pgdata_inited()
        with (server.pgdata / "postgresql.conf").open("a") as conf:
            conf.writelines(f"{name} = '{value}'\n" for name, value in SETTINGS.items())
        server.start()
        try:
            with psycopg.connect(server.get_uri(), autocommit=True) as admin:
                yield Postgres(
                    server.get_postmaster_info().pid, server.get_uri(), server.log, admin
                )
        finally:
            server.leave()
