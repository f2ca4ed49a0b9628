"""What state a database is in, for people who look after it and for a server about to start."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from data.db import APP_ROLE, OPS_ROLE

CONNECT_S = 5  # a database that takes longer counts as gone

USABLE_ROLES = """
    SELECT rolname FROM pg_roles
    WHERE rolname = ANY(%s) AND NOT (rolsuper OR rolbypassrls)
    AND pg_has_role(current_user, oid, 'MEMBER')
"""


@dataclass(frozen=True, slots=True)
class Condition:
    """`revision` is None before the first migration, `vector` before pgvector is created.

    `roles` are those of ours that exist, can be entered, and are bound by row-level security.
    """

    version: str
    revision: str | None
    vector: str | None
    roles: frozenset[str]

    @property
    def missing_roles(self) -> list[str]:
        return sorted({APP_ROLE, OPS_ROLE} - self.roles)


def read_condition(url: str) -> Condition:
    """Ask the database; nothing is changed.

    Raises:
        psycopg.OperationalError: it does not answer, or refuses us.
    """
    with psycopg.connect(url, connect_timeout=CONNECT_S) as db:
        return Condition(
            version=str(_first(db, "SHOW server_version")).partition(" ")[0],
            revision=_revision(db),
            vector=_first(db, "SELECT extversion FROM pg_extension WHERE extname = 'vector'"),
            roles=frozenset(
                role for (role,) in db.execute(USABLE_ROLES, [[APP_ROLE, OPS_ROLE]]).fetchall()
            ),
        )


def _revision(db: psycopg.Connection[Any]) -> str | None:
    if _first(db, "SELECT to_regclass('ops.alembic_version')") is None:
        return None
    found: str | None = _first(db, "SELECT version_num FROM ops.alembic_version")
    return found


def _first(db: psycopg.Connection[Any], query: str, values: Sequence[object] = ()) -> Any:
    row = db.execute(query.encode(), values).fetchone()
    return row[0] if row else None
