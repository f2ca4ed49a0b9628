"""Rows as records: the columns of a SELECT are the fields of a dataclass."""

from collections.abc import Mapping, Sequence
from typing import LiteralString, TypeVar

from psycopg.rows import class_row

from data.db import Connection

T = TypeVar("T")


async def fetch_all(
    db: Connection,
    kind: type[T],
    query: LiteralString,
    values: Sequence[object] | Mapping[str, object] = (),
) -> list[T]:
    """Every row the query gives, in its order."""
    async with db.cursor(row_factory=class_row(kind)) as cursor:
        await cursor.execute(query, values)
        return await cursor.fetchall()


async def fetch_one(
    db: Connection,
    kind: type[T],
    query: LiteralString,
    values: Sequence[object] | Mapping[str, object] = (),
) -> T | None:
    """The first row, or None when there is none."""
    async with db.cursor(row_factory=class_row(kind)) as cursor:
        await cursor.execute(query, values)
        return await cursor.fetchone()
