"""One-time codes: six digits to the address on file show that somebody is that customer.

A code is good for one conversation and one purpose, an action with its parameters, for LIFE, for
one use. Nobody can tell from an answer, nor from the time it takes, whether there is an account:
a code for nobody is made, kept and tried like any other, and fits no digits.
"""

import hmac
import json
import math
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal, TypeGuard
from uuid import UUID, uuid4

from data import codes, conversations
from data.codes import NewCode, Standing
from data.db import Connection
from data.errors import NotFound, RateLimited
from data.scope import Identity, Scope

DIGITS = 6
LIFE = timedelta(minutes=10)
MOST_TRIES = 5
# 5 codes of 5 tries an hour: one chance in 40,000 for who guesses at an account all hour long
WITHIN = timedelta(hours=1)
MOST_ASKED = 5  # in that time, in one conversation, and for one address in all conversations
MAIL = (
    "Your code is {code}. It is good for 10 minutes and for the conversation in which it was asked"
    " for. If that was not you, ignore this message and tell nobody the code."
)
ACTION_MAIL = (
    "Your code is {code}. Whoever writes it agrees to this and nothing else: %s. It is good for 10"
    " minutes. If that was not you, ignore this message and tell nobody the code."
)


Tried = Literal["right", "wrong", "late", "used", "spent", "unasked", "known"]
"""What came of a code in the chat; `used`: it was right before, `spent`: it was tried too often,
`unasked`: there is none, `known`: it was not tried, as nothing is to be proved."""


@dataclass(frozen=True, slots=True)
class Purpose:
    """What a code is for: to be known (`read`), or one action with these parameters."""

    action: str = "read"
    parameters: dict[str, Any] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The same for the same parameters in whatever order."""
        return json.dumps([self.action, self.parameters], sort_keys=True, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class CodeKey:
    """Makes codes and digests; with the tables alone nobody gets a code."""

    secret: bytes

    @classmethod
    def of_nobody(cls) -> "CodeKey":
        """One that nobody else has, for who delivers no codes."""
        return cls(secrets.token_bytes(32))

    def code_of(self, code_id: UUID) -> str:
        """The digits that go with a row: made anew by whoever delivers them, stored nowhere."""
        number = int.from_bytes(self._hmac("code", str(code_id)), "big")
        return f"{number % 10**DIGITS:0{DIGITS}}"

    def digest_of(self, code_id: UUID, code: str) -> bytes:
        return self._hmac("digest", str(code_id), code)

    def is_of(self, sent: Mapping[UUID, bytes], code: str) -> bool:
        """Whether these digits are one of the codes that were sent, by id and digest."""
        return any(hmac.compare_digest(self.digest_of(i, code), d) for i, d in sent.items())

    def address_of(self, scope: Scope, named: str) -> bytes:
        return self._hmac("address", scope.tenant, named.lower())

    def purpose_of(self, purpose: Purpose) -> bytes:
        return self._hmac("purpose", purpose.text)

    def _hmac(self, *parts: str) -> bytes:
        return hmac.digest(self.secret, json.dumps(parts).encode(), "sha256")


async def ask_code(
    db: Connection,
    scope: Scope,
    key: CodeKey,
    purpose: Purpose,
    email: str | None,
    code_id: UUID | None = None,
    matter: str | None = None,
) -> None:
    """Have a code sent to the address on file, if there is one.

    Without an `email` that the party names as theirs, it is for the customer whom the
    conversation is linked to. One of the same `code_id` is not sent again. The mail names the
    `matter` that the code is for.

    Raises:
        NotFound: the conversation is not there, or another party's.
        RateLimited: codes were asked for too often, here or for that address.
    """
    found = await _own(db, scope)
    if code_id and code_id in await codes.list_codes(db, scope):
        return
    linked = scope.customer_id or found.customer_id
    proved = scope.customer_id is not None or found.identity == Identity.VERIFIED
    holder = f"customer:{linked}" if linked else f"conversation:{scope.conversation_id}"
    address = key.address_of(scope, email or holder)
    asked = await codes.asked_lately(db, scope, address, WITHIN)
    if max(asked.in_conversation, asked.for_address) >= MOST_ASKED:
        wait_s = max(1, math.ceil(WITHIN.total_seconds() - asked.oldest_s))
        raise RateLimited("codes were asked for too often; use the newest, or wait", wait_s)
    code_id = code_id or uuid4()
    await codes.add_code(
        db,
        scope,
        NewCode(
            id=code_id,
            address=address,
            purpose=key.purpose_of(purpose),
            digest=key.digest_of(code_id, key.code_of(code_id)),
            life=LIFE,
            content=ACTION_MAIL % matter.replace("{", "(") if matter else MAIL,
            email=email,
            linked_to=linked,
            only=linked if proved else None,
        ),
    )


async def try_code(
    db: Connection, scope: Scope, key: CodeKey, purpose: Purpose | None, code: str
) -> int | None:
    """Try a code; the right one makes the conversation its customer's, verified.

    Without a purpose it is the newest code of the conversation, whatever that is for. The
    transaction has to be committed whatever comes of it: a wrong try counts.

    Returns:
        The customer; None when the code is wrong, spent, too old, or was tried too often.

    Raises:
        NotFound: the conversation is not there, or another party's.
    """
    await _own(db, scope)
    digest = key.purpose_of(purpose) if purpose else None
    tried = await codes.count_try(db, scope, digest, MOST_TRIES)
    # compared in any case, so that it takes as long
    against = tried.digest if tried else secrets.token_bytes(32)
    right = hmac.compare_digest(key.digest_of(tried.id if tried else uuid4(), code), against)
    if tried is None or tried.customer_id is None or not right:
        return None
    await codes.use_code(db, scope, tried.id, tried.customer_id)
    return tried.customer_id


async def try_in_chat(db: Connection, scope: Scope, key: CodeKey, code: str) -> Tried:
    """Try a code that the customer wrote against the newest, and say what came of it.

    Of who is known already only a code for an action is tried. That it was wrong, late or tried
    too often says nothing of an account: a code for nobody ends in the same ways. The transaction
    has to be committed whatever comes of it.

    Raises:
        NotFound: the conversation is not there, or another party's.
    """
    before = await codes.find_standing(db, scope)
    if scope.verified_customer is not None and not _for_action(before, key):
        return "known"
    if await try_code(db, scope, key, None, code) is not None:
        return "right"
    if before is None:
        return "unasked"
    if before.used:
        return "used"
    if before.late:
        return "late"
    return "spent" if before.tries + 1 >= MOST_TRIES else "wrong"


async def awaits_action_code(db: Connection, scope: Scope, key: CodeKey) -> bool:
    """Whether a code for an action may still be written in the conversation."""
    newest = await codes.find_standing(db, scope)
    return _for_action(newest, key) and not (newest.used or newest.late)


async def shown_for(db: Connection, scope: Scope, key: CodeKey, purpose: Purpose) -> UUID | None:
    """A code for an action that was shown in the last minutes, and has let nothing through yet."""
    return await codes.lock_shown(db, scope, key.purpose_of(purpose), LIFE)


def _for_action(newest: Standing | None, key: CodeKey) -> TypeGuard[Standing]:
    return newest is not None and newest.purpose != key.purpose_of(Purpose())


async def _own(db: Connection, scope: Scope) -> conversations.Conversation:
    found = await conversations.get_conversation(db, scope)
    if found.party != scope.party:
        raise NotFound("conversation", scope.conversation_id)
    return found
