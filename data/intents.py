"""Intents: what customers of a tenant want, and the labelled messages that show it."""

from collections.abc import Sequence
from dataclasses import dataclass

from psycopg.rows import class_row

from data.changes import announce
from data.db import Connection
from data.errors import Invalid, NotFound
from data.rows import fetch_all, fetch_one
from data.vectors import Vector, to_sql


@dataclass(frozen=True, slots=True)
class Intent:
    """`account`: answering it takes the customer's own records. Keywords are phrases."""

    name: str
    specialist: str
    account: bool
    description: str
    keywords: list[str]


@dataclass(frozen=True, slots=True)
class Example:
    """A message that belongs to an intent."""

    id: int
    intent: str
    content: str


@dataclass(frozen=True, slots=True)
class EmbeddedExample(Example):
    """With its vector as `data.vectors.from_sql` reads it; None where `model` made none yet."""

    model: str | None
    vector: bytes | None


async def put_intents(db: Connection, tenant: str, intents: Sequence[Intent]) -> None:
    """Add intents or replace those of the same name. Their examples stay; so do other intents."""
    async with db.cursor() as cursor:
        await cursor.executemany(
            "INSERT INTO intents (tenant, name, specialist, account, description, keywords)"
            " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (tenant, name) DO UPDATE SET"
            " specialist = excluded.specialist, account = excluded.account,"
            " description = excluded.description, keywords = excluded.keywords, updated_at = now()"
            " WHERE (intents.specialist, intents.account, intents.description, intents.keywords)"
            " IS DISTINCT FROM"
            " (excluded.specialist, excluded.account, excluded.description, excluded.keywords)",
            [(tenant, i.name, i.specialist, i.account, i.description, i.keywords) for i in intents],
        )
    await announce(db, tenant, "intents")


async def add_missing_intent(db: Connection, tenant: str, intent: Intent) -> None:
    """Add an intent; one of that name stays as it is."""
    await db.execute(
        "INSERT INTO intents (tenant, name, specialist, account, description, keywords)"
        " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (tenant, name) DO NOTHING",
        (
            tenant,
            intent.name,
            intent.specialist,
            intent.account,
            intent.description,
            intent.keywords,
        ),
    )


async def list_intents(db: Connection, tenant: str) -> list[Intent]:
    """All intents of the tenant by name."""
    return await fetch_all(
        db,
        Intent,
        "SELECT name, specialist, account, description, keywords FROM intents"
        " WHERE tenant = %s ORDER BY name",
        [tenant],
    )


async def add_example(db: Connection, tenant: str, intent: str, content: str) -> Example:
    """Label a message. One that is labelled already moves to this intent and keeps its vector.

    The vector may follow: whoever builds an index next makes those that are missing.

    Raises:
        Invalid: the tenant has no such intent.
    """
    added = await fetch_one(
        db,
        Example,
        "INSERT INTO intent_examples (tenant, intent, content)"
        " SELECT tenant, name, %s FROM intents WHERE tenant = %s AND name = %s"
        " ON CONFLICT (tenant, content) DO UPDATE SET"
        " intent = excluded.intent, updated_at = now() RETURNING id, intent, content",
        (content, tenant, intent),
    )
    if added is None:
        raise Invalid("intent", f"there is no intent {intent!r}")
    await announce(db, tenant, "intents")
    return added


async def find_example(db: Connection, tenant: str, content: str) -> Example | None:
    """The example of these very words, or None."""
    return await fetch_one(
        db,
        Example,
        "SELECT id, intent, content FROM intent_examples WHERE tenant = %s AND content = %s",
        (tenant, content),
    )


async def add_examples(
    db: Connection, tenant: str, examples: Sequence[tuple[str, str, Vector]], model: str
) -> None:
    """Label many messages at once: (intent, content, vector by `model`).

    Raises:
        psycopg.errors.ForeignKeyViolation: an intent is unknown; the caller knows its intents.
    """
    async with db.cursor() as cursor:
        await cursor.executemany(
            "INSERT INTO intent_examples (tenant, intent, content, model, embedding)"
            " VALUES (%s, %s, %s, %s, %s::vector) ON CONFLICT (tenant, content) DO UPDATE SET"
            " intent = excluded.intent, model = excluded.model, embedding = excluded.embedding,"
            " updated_at = now()",
            [
                (tenant, intent, content, model, to_sql(vector))
                for intent, content, vector in examples
            ],
        )
    await announce(db, tenant, "intents")


async def set_vectors(
    db: Connection, tenant: str, vectors: Sequence[tuple[int, Vector]], model: str
) -> None:
    """Keep the vectors of examples that had none: (id, vector by `model`)."""
    async with db.cursor() as cursor:
        await cursor.executemany(
            "UPDATE intent_examples SET model = %s, embedding = %s::vector"
            " WHERE tenant = %s AND id = %s",
            [(model, to_sql(vector), tenant, id_) for id_, vector in vectors],
        )


async def list_examples(
    db: Connection,
    tenant: str,
    *,
    intent: str | None = None,
    after: tuple[str, int] | None = None,
    limit: int = 5000,
) -> list[Example]:
    """Examples by intent, in the order they were added; `after` is (intent, id) of the last."""
    name, last = after or (None, None)
    return await fetch_all(
        db,
        Example,
        "SELECT id, intent, content FROM intent_examples WHERE tenant = %s"
        " AND (%s::text IS NULL OR intent = %s)"
        " AND (%s::text IS NULL OR (intent, id) > (%s, %s)) ORDER BY intent, id LIMIT %s",
        (tenant, intent, intent, name, name, last, limit),
    )


async def load_examples(db: Connection, tenant: str) -> list[EmbeddedExample]:
    """Every example with its vector, by intent and then in the order they were added."""
    async with db.cursor(row_factory=class_row(EmbeddedExample), binary=True) as cursor:
        await cursor.execute(
            "SELECT id, intent, content, model, vector_send(embedding) AS vector"
            " FROM intent_examples WHERE tenant = %s ORDER BY intent, id",
            [tenant],
        )
        return await cursor.fetchall()


async def delete_example(db: Connection, tenant: str, example_id: int) -> None:
    """Forget one example.

    Raises:
        NotFound: the tenant has no such example.
    """
    cursor = await db.execute(
        "DELETE FROM intent_examples WHERE tenant = %s AND id = %s", (tenant, example_id)
    )
    if cursor.rowcount == 0:
        raise NotFound("intent example", example_id)
    await announce(db, tenant, "intents")


async def intents_version(db: Connection, tenant: str) -> str:
    """Differs whenever an intent or an example was added, changed or removed.

    It is made of row versions, not of clocks: a slow transaction that commits late counts too.
    """
    cursor = await db.execute(
        "SELECT concat_ws(':', count(*), sum(version)) FROM"
        " (SELECT xmin::text::bigint AS version FROM intents WHERE tenant = %(tenant)s"
        "  UNION ALL SELECT xmin::text::bigint FROM intent_examples WHERE tenant = %(tenant)s) v",
        {"tenant": tenant},
    )
    row = await cursor.fetchone()
    return str(row[0]) if row else ""
