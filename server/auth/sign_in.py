"""Signing in: from a password, a single sign-on, a refresh token or an invitation to a session.

Whatever is wrong, the answer is one of two sentences, after the same work.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from data import invitations, operators, sessions
from data.db import Connection, Database
from data.errors import Forbidden, Unauthenticated
from data.operators import email_key
from server.auth.operator_tokens import (
    ACCESS_LIFE,
    INVITATION_LIFE,
    SESSION_LIFE,
    SessionRef,
    access_token,
    invitation_token,
    read_invitation_token,
    read_refresh_token,
    refresh_token,
)
from server.auth.passwords import Passwords
from server.auth.tokens import REFUSED

WRONG = "e-mail or password is not right"
MOST_CLIENT = 200  # characters of what a browser calls itself

Admit = Callable[[str, str], Awaitable[None]]
"""Called with tenant and account before a password is looked at; raises RateLimited."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session's tokens. `refresh_token` works once; then there is a new one."""

    tenant: str
    operator_id: UUID
    session_id: UUID
    role: str
    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in: int


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom an identity provider says somebody is; the address is verified there."""

    subject: str
    email: str


class SignIn:
    """Opens, continues and ends the sessions of operators."""

    def __init__(self, database: Database, secret: str, passwords: Passwords, admit: Admit) -> None:
        self._database = database
        self._secret = secret
        self._admit = admit
        self.passwords = passwords

    async def by_password(self, tenant: str, email: str, password: str, client: str) -> SignedIn:
        """A session for whoever knows the password.

        Raises:
            Unauthenticated: there is no such operator, they may not sign in, or it is wrong.
            RateLimited: it was tried too often for this account, there or not.
        """
        await self._admit(tenant, email_key(email))
        async with self._database.transaction(tenant) as db:
            account = await operators.find_account(db, tenant, email)
        stored = account.password_hash if account and account.active else None
        fits = await self.passwords.fit(stored, password)
        if account is None or stored is None or not fits:
            raise Unauthenticated(WRONG)
        renewed = None
        if self.passwords.are_outdated(stored):
            renewed = await self.passwords.hash(password)
        async with self._database.transaction(tenant) as db:
            if renewed:
                await operators.set_password(db, tenant, account.id, renewed)
            return await self._open(db, tenant, account.id, client)

    async def change_password(
        self, tenant: str, operator_id: UUID, old: str, new: str, client: str
    ) -> SignedIn:
        """Another password, for whoever knows the one before; all their sessions end but a new one.

        Raises:
            Forbidden: the old password is not right, or there is none.
            RateLimited: it was tried too often for this account, signing in included.
        """
        async with self._database.transaction(tenant) as db:
            email = (await operators.get_operator(db, tenant, operator_id)).email
            account = await operators.find_account(db, tenant, email)
        await self._admit(tenant, email)
        stored = account.password_hash if account else None
        if not await self.passwords.fit(stored, old) or stored is None:
            raise Forbidden("old_password is not right")
        hashed = await self.passwords.hash(new)
        async with self._database.transaction(tenant) as db:
            if not await operators.replace_password(db, tenant, operator_id, stored, hashed):
                raise Forbidden("old_password is not right any more")
            await sessions.revoke_sessions(db, tenant, operator_id)
            return await self._open(db, tenant, operator_id, client)

    async def by_identity(self, tenant: str, identity: Identity, client: str) -> SignedIn:
        """A session for whoever the identity provider says it is.

        The first time, the address decides; later the provider's own id, so that an address
        that passes to somebody else there opens nothing here.

        Raises:
            Unauthenticated: the tenant has no such operator, or they may not sign in.
        """
        async with self._database.transaction(tenant) as db:
            account = await operators.find_account(db, tenant, identity.email)
            if account is None or not account.active:
                raise Unauthenticated("you are no operator here; ask an admin to add you")
            if account.single_sign_on_id is None:
                await operators.bind_single_sign_on(db, tenant, account.id, identity.subject)
            elif account.single_sign_on_id != identity.subject:
                raise Unauthenticated("you are no operator here; ask an admin to add you")
            return await self._open(db, tenant, account.id, client)

    async def again(self, token: str) -> SignedIn:
        """The next tokens of a session, for its newest refresh token.

        An older one was used already, by its owner or by a thief, and nobody can tell who of
        them asks now: the session ends for both.

        Raises:
            Unauthenticated: the token is used up or not valid, or the session is over.
        """
        ref, generation = read_refresh_token(token, self._secret)
        async with self._database.transaction(ref.tenant) as db:
            live = await sessions.lock_live(db, ref.tenant, ref.session_id)
            if live is None or live.operator_id != ref.operator_id:
                raise Unauthenticated(REFUSED)
            if generation == live.generation:
                await sessions.turn_generation(db, ref.tenant, ref.session_id)
                return self._signed_in(ref, live.role, generation + 1, live.expires_at)
            await sessions.revoke_session(db, ref.tenant, ref.session_id)
        raise Unauthenticated(REFUSED)

    async def leave(self, token: str) -> None:
        """End the session of a refresh token, used up or not.

        Raises:
            Unauthenticated: the token is not valid.
        """
        ref, _ = read_refresh_token(token, self._secret)
        async with self._database.transaction(ref.tenant) as db:
            live = await sessions.lock_live(db, ref.tenant, ref.session_id)
            if live is not None and live.operator_id == ref.operator_id:
                await sessions.revoke_session(db, ref.tenant, ref.session_id)

    async def invite(
        self, db: Connection, tenant: str, operator_id: UUID, invited_by: str
    ) -> tuple[str, datetime]:
        """A token to accept with, good once, and until when."""
        made = await invitations.invite(db, tenant, operator_id, invited_by, INVITATION_LIFE)
        return invitation_token(self._secret, tenant, made.id), made.expires_at

    async def accept(self, token: str, password: str, client: str) -> SignedIn:
        """Set the invited operator's password and sign them in; other sessions of theirs end.

        Raises:
            Unauthenticated: the invitation was used or replaced, has expired, or is no invitation.
        """
        tenant, invitation_id = read_invitation_token(token, self._secret)
        hashed = await self.passwords.hash(password)
        async with self._database.transaction(tenant) as db:
            operator_id = await invitations.use_up(db, tenant, invitation_id)
            if operator_id is None:
                raise Unauthenticated("the invitation is not valid any more; ask for a new one")
            await operators.set_password(db, tenant, operator_id, hashed)
            await sessions.revoke_sessions(db, tenant, operator_id)
            return await self._open(db, tenant, operator_id, client)

    async def _open(self, db: Connection, tenant: str, operator_id: UUID, client: str) -> SignedIn:
        session_id = await sessions.open_session(
            db, tenant, operator_id, client[:MOST_CLIENT], SESSION_LIFE
        )
        await operators.note_sign_in(db, tenant, operator_id)
        found = await operators.get_operator(db, tenant, operator_id)
        ref = SessionRef(tenant, session_id, operator_id)
        return self._signed_in(ref, found.role, 0, datetime.now(UTC) + SESSION_LIFE)

    def _signed_in(self, ref: SessionRef, role: str, generation: int, until: datetime) -> SignedIn:
        return SignedIn(
            tenant=ref.tenant,
            operator_id=ref.operator_id,
            session_id=ref.session_id,
            role=role,
            access_token=access_token(self._secret, ref),
            refresh_token=refresh_token(self._secret, ref, generation, until),
            expires_in=int(ACCESS_LIFE.total_seconds()),
        )
