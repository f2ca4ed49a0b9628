"""What the counters count, asked of a real Postgres."""

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from benchmarks.postgres import Postgres, throwaway

Db = psycopg.Connection[Any]


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with throwaway() as postgres:
        yield postgres


@pytest.fixture(scope="module")
def db(server: Postgres) -> Iterator[Db]:
    with psycopg.connect(server.create_database("counted"), autocommit=True) as db:
        db.execute("CREATE TABLE item (id int PRIMARY KEY)")
        db.execute("INSERT INTO item VALUES (1)")
        yield db


def with_savepoints(db: Db) -> None:
    with db.transaction():
        db.execute("INSERT INTO item VALUES (2)")
        with db.transaction():
            db.execute("INSERT INTO item VALUES (3)")
        with db.transaction():
            db.execute("SELECT 1")


def rolled_back(db: Db) -> None:
    with db.transaction(force_rollback=True):
        db.execute("INSERT INTO item VALUES (9)")


def ten_rows(db: Db) -> None:
    with db.transaction(), db.cursor() as cursor:
        cursor.executemany("INSERT INTO item VALUES (%s)", [(n,) for n in range(20, 30)])


def statement(query: str) -> Callable[[Db], object]:
    return lambda db: db.execute(query.encode())


@pytest.mark.parametrize(
    ("what", "writes"),
    [
        (statement("SELECT * FROM item"), 0),
        (statement("SELECT pg_advisory_lock(7)"), 0),
        (statement("SELECT set_config('app.tenant', 'a', false)"), 0),
        (statement("UPDATE item SET id = 1 WHERE id = 404"), 0),
        (statement("INSERT INTO item VALUES (1) ON CONFLICT DO NOTHING"), 0),
        (statement("INSERT INTO item VALUES (4)"), 1),
        (statement("SELECT * FROM item FOR UPDATE"), 1),
        (statement("NOTIFY something"), 1),
        (ten_rows, 1),
        (rolled_back, 1),
        (with_savepoints, 2),
    ],
)
def test_only_what_writes_takes_a_transaction_id(
    server: Postgres, db: Db, what: Callable[[Db], object], writes: int
) -> None:
    before = server.written()
    what(db)
    assert (server.written() - before).xids == writes


def test_looking_costs_nothing(server: Postgres) -> None:
    before = server.written()
    for _ in range(10):
        server.written()
    assert server.written() == before


def test_a_kilobyte_written_is_about_a_kilobyte_of_wal(server: Postgres, db: Db) -> None:
    db.execute("CREATE TABLE text (content text)")
    db.execute("ALTER TABLE text ALTER content SET STORAGE EXTERNAL")
    before = server.written()
    db.execute("INSERT INTO text VALUES (%s)", ("x" * 1000,))
    assert 1000 < (server.written() - before).wal_bytes < 1500


def test_statements_and_transactions_are_counted_as_pg_stat_database_counts_them(
    server: Postgres, db: Db
) -> None:
    def committed() -> int:
        db.execute("SELECT pg_stat_force_next_flush()")
        row = db.execute(
            "SELECT xact_commit FROM pg_stat_database WHERE datname = 'counted'"
        ).fetchone()
        assert row is not None
        return int(row[0])

    before = committed()
    with server.counting("counted") as statements:
        for n in (51, 52, 53):
            with db.transaction():
                db.execute("SELECT 1")
                db.execute("\n  INSERT INTO item VALUES (%s)", (n,))
            db.execute("(SELECT 2)")
        with psycopg.connect(server.url, autocommit=True) as elsewhere:
            elsewhere.execute("SELECT 'another database'")
    assert dict(statements.verbs) == {"BEGIN": 3, "SELECT": 6, "INSERT": 3, "COMMIT": 3}
    assert (statements.work, statements.control, statements.transactions) == (9, 6, 6)
    # the flush, reading it, and beginning to read it again are the connection's own
    assert committed() - before == statements.transactions + 2


def test_a_pipeline_is_one_transaction(server: Postgres, db: Db) -> None:
    with server.counting("counted") as statements, db.pipeline():
        db.execute("INSERT INTO item VALUES (61)")
        db.execute("INSERT INTO item VALUES (62)")
    assert (statements.work, statements.transactions) == (2, 1)
