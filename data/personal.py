"""Personal data at rest: sealed where the tenant asked for it, and found by keyed digests.

A sealed text stands in the column of the open one and tells itself apart by how it begins, so both
kinds are read alike, also while a tenant's rows are being sealed. A sealed JSON value is a JSON
string of that form, which no open value of those columns ever is.
"""

import hmac
import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar

from psycopg.types.json import Jsonb

from data.db import Connection
from data.rows import fetch_one
from data.sealing import CannotOpen, Keyring

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    T = TypeVar("T", bound=DataclassInstance)

MARK = "\x01"  # how sealed texts begin; open ones lose it where they are written


class State(StrEnum):
    """Where a tenant's personal data are on the way to being sealed, and back.

    In PREPARING rows are open and get their digests; so nothing that is unique is ever unguarded.
    In SEALING every row has its digest and new ones are sealed; once the old ones are, too, it is
    SEALED, which the database keeps as a moment beside SEALING. In OPENING new rows are open again
    and still have digests; in CLEARING every row is open, and the digests are taken away.
    """

    PREPARING = "preparing"
    SEALING = "sealing"
    SEALED = "sealed"
    OPENING = "opening"
    CLEARING = "clearing"


@dataclass(frozen=True, slots=True)
class HowSealed:
    """A tenant's state, and the key of its digests, sealed."""

    state: str
    digest_key: str


@dataclass(frozen=True, slots=True)
class Personal:
    """How a tenant's personal data are written while this transaction lasts."""

    tenant: str
    sealing: bool = False
    keyring: Keyring | None = field(default=None, repr=False)
    digest_key: bytes | None = field(default=None, repr=False)

    def text(self, given: str) -> str:
        """A text as it is stored; an empty one says nothing and stays empty."""
        plain = given.lstrip(MARK)
        if not self.sealing or self.keyring is None or not plain:
            return plain
        return MARK + self.keyring.seal(plain, place_of(self.tenant))

    def maybe(self, given: str | None) -> str | None:
        """The same, where there is one."""
        return None if given is None else self.text(given)

    def is_as_wanted(self, stored: str) -> bool:
        """Whether a stored text is sealed with the first key, or open, as the state has it."""
        if not self.sealing or self.keyring is None:
            return not stored.startswith(MARK)
        return not stored or stored.startswith(MARK + self.keyring.prefix)

    def json(self, given: Any) -> Jsonb:
        """A JSON value as it is stored; an empty one stays as it is."""
        return Jsonb(self.text(json.dumps(given)) if self.sealing and given else given)

    def email_key(self, email: str | None) -> bytes | None:
        """What an address is found by; None where the tenant's are found by themselves."""
        if email is None or self.digest_key is None:
            return None
        return hmac.digest(self.digest_key, b"email:" + email.strip().lower().encode(), "sha256")


async def personal_of(db: Connection, tenant: str) -> Personal:
    """How to write and look up what the tenant has of persons, until the transaction ends.

    Raises:
        CannotOpen: the tenant's are sealed, and ENCRYPTION_KEYS has no key for them.
    """
    how = await fetch_one(db, HowSealed, "SELECT state, digest_key FROM how_sealed()")
    if how is None:
        return Personal(tenant)
    keyring = _keyring(db, tenant)
    digest_key = bytes.fromhex(keyring.open(how.digest_key, key_place_of(tenant)))
    known = None if how.state == State.CLEARING else digest_key
    return Personal(tenant, how.state == State.SEALING, keyring, known)


def place_of(tenant: str) -> str:
    """What a tenant's personal data are sealed for: statements copy them between its tables."""
    return f"{tenant}/personal"


def key_place_of(tenant: str) -> str:
    """What the key of a tenant's digests is sealed for."""
    return f"{tenant}/digest-key"


def opened_text(db: Connection, tenant: str, stored: str) -> str:
    """What was stored, sealed or not.

    Raises:
        CannotOpen: it is sealed, and ENCRYPTION_KEYS has no key for it.
    """
    if not stored.startswith(MARK):
        return stored
    return _keyring(db, tenant).open(stored.removeprefix(MARK), place_of(tenant))


def opened_json(db: Connection, tenant: str, stored: Any) -> Any:
    """The same of a JSON value."""
    if isinstance(stored, str) and stored.startswith(MARK):
        return json.loads(opened_text(db, tenant, stored))
    return stored


def opened(db: Connection, tenant: str, record: "T", names: Iterable[str]) -> "T":
    """A record whose fields of these names can be read."""
    found = {name: getattr(record, name) for name in names}
    sealed = {name: text for name, text in found.items() if text and text.startswith(MARK)}
    if not sealed:
        return record
    return replace(record, **{name: opened_text(db, tenant, sealed[name]) for name in sealed})


def _keyring(db: Connection, tenant: str) -> Keyring:
    if db.keyring is None:
        raise CannotOpen(
            f"the personal data of tenant {tenant} are sealed, and ENCRYPTION_KEYS is empty"
        )
    return db.keyring
