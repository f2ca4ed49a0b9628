"""One-time codes: rows only; the code itself is nowhere in the database."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from data.customers import HAS_EMAIL
from data.db import Connection
from data.notices import NOBODY
from data.personal import personal_of
from data.rows import fetch_one
from data.scope import Scope

KEPT = timedelta(days=1)  # rows of codes that are over: what was asked lately is counted by them


@dataclass(frozen=True, slots=True)
class NewCode:
    """A code about to be sent, see the migration for what the digests are of.

    The account is the one that has `email` or, without it, the number `linked_to`; where
    `only` is given, no other customer's.
    """

    id: UUID
    address: bytes
    purpose: bytes
    digest: bytes
    life: timedelta
    content: str
    email: str | None
    linked_to: int | None
    only: int | None


@dataclass(frozen=True, slots=True)
class Asked:
    """How many codes were asked for lately, and how many seconds ago the first of them was."""

    in_conversation: int
    for_address: int
    oldest_s: float


@dataclass(frozen=True, slots=True)
class Tried:
    """A code that may still be used, with this try counted. `customer_id` None: no account."""

    id: UUID
    digest: bytes
    customer_id: int | None


async def asked_lately(db: Connection, scope: Scope, address: bytes, within: timedelta) -> Asked:
    """What was asked for in this conversation, and for this address in any.

    Until the transaction ends nobody else may ask for the address, so that the count holds.
    """
    await db.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended(%s || encode(%s, 'hex'), 0))",
        (scope.tenant, address),
    )
    found = await fetch_one(
        db,
        Asked,
        "SELECT count(*) FILTER (WHERE conversation_id = %(id)s) AS in_conversation,"
        " count(*) FILTER (WHERE address = %(address)s) AS for_address,"
        " coalesce(extract(epoch FROM now() - min(created_at)), 0)::float8 AS oldest_s"
        " FROM codes WHERE tenant = %(tenant)s AND created_at > now() - %(within)s"
        " AND (conversation_id = %(id)s OR address = %(address)s)",
        {
            "tenant": scope.tenant,
            "id": scope.conversation_id,
            "address": address,
            "within": within,
        },
    )
    return found or Asked(0, 0, 0.0)


async def add_code(db: Connection, scope: Scope, code: NewCode) -> None:
    """Keep a code's digest and put its mail into the outbox.

    One statement that writes the same two rows whether there is such an account or not; without
    one, the mail is for NOBODY.
    """
    holder = HAS_EMAIL if code.email else "id = %(linked_to)s"
    personal = await personal_of(db, scope.tenant)
    await db.execute(
        "WITH holder AS (SELECT survivor(tenant, id) AS id, email FROM customers"  # noqa: S608
        f"  WHERE tenant = %(tenant)s AND {holder} AND forgotten_at IS NULL"
        "  AND (%(only)s::bigint IS NULL OR survivor(tenant, id) = %(only)s)),"
        " over AS (DELETE FROM codes WHERE tenant = %(tenant)s"
        "  AND conversation_id = %(conversation)s AND created_at < now() - %(kept)s),"
        " made AS (INSERT INTO codes"
        "  (tenant, id, conversation_id, address, purpose, digest, customer_id, expires_at)"
        "  VALUES (%(tenant)s, %(id)s, %(conversation)s, %(address)s, %(purpose)s, %(digest)s,"
        "   (SELECT id FROM holder), now() + %(life)s))"
        " INSERT INTO outbox (tenant, id, conversation_id, channel, is_code, recipient, content)"
        " VALUES (%(tenant)s, %(id)s::text, %(conversation)s, 'email', true,"
        "  coalesce((SELECT email FROM holder), %(nobody)s), %(content)s)",
        {
            "tenant": scope.tenant,
            "conversation": scope.conversation_id,
            "id": code.id,
            "address": code.address,
            "purpose": code.purpose,
            "digest": code.digest,
            "life": code.life,
            "content": code.content,
            "email": code.email,
            "email_key": personal.email_key(code.email),
            "linked_to": code.linked_to,
            "only": code.only,
            "kept": KEPT,
            "nobody": NOBODY,
        },
    )


async def count_try(db: Connection, scope: Scope, purpose: bytes | None, most: int) -> Tried | None:
    """Count a try at the newest code of the conversation; None where it may not be tried.

    With a `purpose` it is the newest for that one, without it the newest of all. Whoever tries at
    the same moment waits here until this transaction ends.
    """
    return await fetch_one(
        db,
        Tried,
        "UPDATE codes SET tries = tries + 1 WHERE tenant = %(tenant)s AND id = ("
        "  SELECT id FROM codes WHERE tenant = %(tenant)s AND conversation_id = %(id)s"
        "  AND (%(purpose)s::bytea IS NULL OR purpose = %(purpose)s)"
        "  ORDER BY created_at DESC LIMIT 1)"
        " AND used_at IS NULL AND expires_at > clock_timestamp() AND tries < %(most)s"
        " RETURNING id, digest, customer_id",
        {
            "tenant": scope.tenant,
            "id": scope.conversation_id,
            "purpose": purpose,
            "most": most,
        },
    )


async def use_code(db: Connection, scope: Scope, code_id: UUID, customer_id: int) -> None:
    """A code was shown: the conversation is its customer's from now on, verified."""
    await db.execute(
        "WITH shown AS (UPDATE codes SET used_at = clock_timestamp()"
        "  WHERE tenant = %(tenant)s AND id = %(code)s)"
        " UPDATE conversations SET customer_id = %(customer)s, identity = 'verified',"
        " updated_at = now() WHERE tenant = %(tenant)s AND id = %(id)s",
        {
            "tenant": scope.tenant,
            "code": code_id,
            "customer": customer_id,
            "id": scope.conversation_id,
        },
    )


@dataclass(frozen=True, slots=True)
class Standing:
    """How the newest code of a conversation stands: what it is for, and what became of it."""

    purpose: bytes
    used: bool
    late: bool
    tries: int


async def find_standing(db: Connection, scope: Scope) -> Standing | None:
    """The newest code of the conversation; None where none was asked for lately."""
    return await fetch_one(
        db,
        Standing,
        "SELECT purpose, used_at IS NOT NULL AS used, expires_at <= clock_timestamp() AS late,"
        " tries FROM codes WHERE tenant = %s AND conversation_id = %s"
        " ORDER BY created_at DESC LIMIT 1",
        (scope.tenant, scope.conversation_id),
    )


async def lock_shown(
    db: Connection, scope: Scope, purpose: bytes, within: timedelta
) -> UUID | None:
    """A code for that purpose that was shown so lately and has let nothing through yet.

    Until the transaction ends nobody else may use it.
    """
    cursor = await db.execute(
        "SELECT id FROM codes WHERE tenant = %s AND conversation_id = %s AND purpose = %s"
        " AND used_at > clock_timestamp() - %s AND spent_on IS NULL"
        " ORDER BY used_at LIMIT 1 FOR UPDATE",
        (scope.tenant, scope.conversation_id, purpose, within),
    )
    row = await cursor.fetchone()
    return row[0] if row else None


async def spend_code(db: Connection, scope: Scope, code_id: UUID, key: str) -> None:
    """A shown code has let the call of that key through, and lets no other through."""
    await db.execute(
        "UPDATE codes SET spent_on = %s WHERE tenant = %s AND id = %s",
        (key, scope.tenant, code_id),
    )


async def list_codes(db: Connection, scope: Scope) -> dict[UUID, bytes]:
    """The digests of the codes that were asked for in the conversation lately, by id."""
    cursor = await db.execute(
        "SELECT id, digest FROM codes WHERE tenant = %s AND conversation_id = %s",
        (scope.tenant, scope.conversation_id),
    )
    return {code_id: bytes(digest) for code_id, digest in await cursor.fetchall()}
