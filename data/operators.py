"""Operators and admins: the people of a tenant who answer and look after it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg.errors import UniqueViolation

from data.db import Connection
from data.errors import Conflict, NotFound
from data.rows import fetch_all, fetch_one

COLUMNS = (
    "id, email, name, role, active, password_hash IS NOT NULL AS has_password,"
    " single_sign_on_id IS NOT NULL AS has_single_sign_on,"
    " created_at, updated_at, last_sign_in_at"
)


@dataclass(frozen=True, slots=True)
class Operator:
    """`role` is operator or admin. Nobody signs in who is not `active`."""

    id: UUID
    email: str
    name: str
    role: str
    active: bool
    has_password: bool
    has_single_sign_on: bool
    created_at: datetime
    updated_at: datetime
    last_sign_in_at: datetime | None


@dataclass(frozen=True, slots=True)
class Account:
    """What a sign-in is checked against."""

    id: UUID
    active: bool
    password_hash: str | None
    single_sign_on_id: str | None

    def __repr__(self) -> str:
        return f"Account({self.id})"


@dataclass(frozen=True, slots=True)
class Change:
    """None leaves a field as it is."""

    name: str | None = None
    role: str | None = None
    active: bool | None = None


def email_key(email: str) -> str:
    """How an address is stored and compared: whoever types it with capitals is the same person."""
    return email.strip().lower()


async def add_operator(db: Connection, tenant: str, email: str, name: str, role: str) -> Operator:
    """Add somebody who cannot sign in yet.

    Raises:
        Conflict: the address is taken. The transaction can only be rolled back.
    """
    try:
        added = await fetch_one(
            db,
            Operator,
            "INSERT INTO operators (tenant, email, name, role) VALUES (%s, %s, %s, %s)"  # noqa: S608
            f" RETURNING {COLUMNS}",
            (tenant, email_key(email), name, role),
        )
    except UniqueViolation:
        raise Conflict("email: an operator of this address is there already") from None
    if added is None:
        raise NotFound("operator", email)
    return added


async def get_operator(db: Connection, tenant: str, operator_id: UUID) -> Operator:
    """One of a tenant's operators.

    Raises:
        NotFound: the tenant has none of that id.
    """
    found = await fetch_one(
        db,
        Operator,
        f"SELECT {COLUMNS} FROM operators WHERE tenant = %s AND id = %s",  # noqa: S608
        (tenant, operator_id),
    )
    if found is None:
        raise NotFound("operator", operator_id)
    return found


async def find_party(db: Connection, tenant: str, party: str) -> Operator | None:
    """The operator that a conversation remembers as this party; None for a key or a customer."""
    return await fetch_one(
        db,
        Operator,
        f"SELECT {COLUMNS} FROM operators WHERE tenant = %s AND 'operator:' || id = %s",  # noqa: S608
        (tenant, party),
    )


async def list_admins(db: Connection, tenant: str, most: int) -> list[Operator]:
    """Those in charge who may sign in, the longest there first."""
    return await fetch_all(
        db,
        Operator,
        f"SELECT {COLUMNS} FROM operators WHERE tenant = %s"  # noqa: S608
        " AND role = 'admin' AND active ORDER BY created_at, id LIMIT %s",
        (tenant, most),
    )


async def find_account(db: Connection, tenant: str, email: str) -> Account | None:
    """Whoever has this address, whether they may sign in or not."""
    return await fetch_one(
        db,
        Account,
        "SELECT id, active, password_hash, single_sign_on_id FROM operators"
        " WHERE tenant = %s AND email = %s",
        (tenant, email_key(email)),
    )


async def list_operators(
    db: Connection,
    tenant: str,
    *,
    after: tuple[datetime, UUID] | None = None,
    limit: int = 100,
) -> list[Operator]:
    """In the order they were added, after the one of `after`."""
    moment, last = after or (None, None)
    return await fetch_all(
        db,
        Operator,
        f"SELECT {COLUMNS} FROM operators WHERE tenant = %s"  # noqa: S608
        " AND (%s::timestamptz IS NULL OR (created_at, id) > (%s::timestamptz, %s::uuid))"
        " ORDER BY created_at, id LIMIT %s",
        (tenant, moment, moment, last, limit),
    )


async def change_operator(
    db: Connection, tenant: str, operator_id: UUID, change: Change
) -> Operator:
    """Change name, role or whether they may sign in.

    Raises:
        NotFound: the tenant has none of that id.
    """
    changed = await fetch_one(
        db,
        Operator,
        "UPDATE operators SET name = coalesce(%s, name), role = coalesce(%s, role),"  # noqa: S608
        " active = coalesce(%s, active), updated_at = now()"
        f" WHERE tenant = %s AND id = %s RETURNING {COLUMNS}",
        (change.name, change.role, change.active, tenant, operator_id),
    )
    if changed is None:
        raise NotFound("operator", operator_id)
    return changed


async def set_password(db: Connection, tenant: str, operator_id: UUID, password_hash: str) -> None:
    """What `server/auth/passwords.py` made of a password."""
    await db.execute(
        "UPDATE operators SET password_hash = %s, updated_at = now() WHERE tenant = %s AND id = %s",
        (password_hash, tenant, operator_id),
    )


async def replace_password(
    db: Connection, tenant: str, operator_id: UUID, before: str, after: str
) -> bool:
    """Another hash in the place of one; False when that is not there any more."""
    cursor = await db.execute(
        "UPDATE operators SET password_hash = %s, updated_at = now()"
        " WHERE tenant = %s AND id = %s AND password_hash = %s AND active",
        (after, tenant, operator_id, before),
    )
    return bool(cursor.rowcount)


async def bind_single_sign_on(db: Connection, tenant: str, operator_id: UUID, subject: str) -> None:
    """Whom the identity provider means from now on; an address may pass to somebody else there."""
    await db.execute(
        "UPDATE operators SET single_sign_on_id = %s, updated_at = now()"
        " WHERE tenant = %s AND id = %s",
        (subject, tenant, operator_id),
    )


async def unbind_single_sign_on(db: Connection, tenant: str) -> None:
    """Nobody is known to an identity provider any more: another one has other ids."""
    await db.execute(
        "UPDATE operators SET single_sign_on_id = NULL, updated_at = now()"
        " WHERE tenant = %s AND single_sign_on_id IS NOT NULL",
        [tenant],
    )


async def note_sign_in(db: Connection, tenant: str, operator_id: UUID) -> None:
    await db.execute(
        "UPDATE operators SET last_sign_in_at = now() WHERE tenant = %s AND id = %s",
        (tenant, operator_id),
    )
