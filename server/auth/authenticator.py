"""From a request's headers to a principal."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

from data import keys, merges, sessions, tenants
from data.db import Database
from data.errors import NotFound, Unauthenticated
from data.keys import ApiKey
from data.scope import Role, party_of
from data.sessions import LiveSession
from server.auth.last_used import LastUsed
from server.auth.operator_tokens import SessionRef, read_access_token
from server.auth.principal import CREDENTIAL_NEEDED, Principal, operator_party
from server.auth.remembered import Clock, Remembered
from server.auth.tokens import (
    OURS,
    REFUSED,
    TokenKey,
    claimed_issuer,
    new_visitor,
    read_customer_token,
    read_visitor_token,
)
from server.settings import DEMO_TENANT

API_KEY = "x-api-key"
VISITOR = "x-conversation-token"


@dataclass(frozen=True, slots=True)
class Secrets:
    """`pepper` keys the digests of API keys; the others sign visitors' and operators' tokens."""

    pepper: str
    visitors: str
    operators: str


class Authenticator:
    """Looks credentials up, and remembers them for `remembered.KEPT_S`."""

    def __init__(
        self,
        database: Database,
        secrets: Secrets,
        *,
        allow_visitors: bool,
        clock: Clock = time.monotonic,
    ) -> None:
        self._database = database
        self.secrets = secrets
        self.last_used = LastUsed(database)
        self._allow_visitors = allow_visitors
        self._keys = Remembered(self._find_key, clock)
        self._token_keys = Remembered(self._find_token_key, clock)
        self._sessions = Remembered(self._find_session, clock)
        self._survivors = Remembered(self._find_survivor, clock)

    async def principal(self, headers: Mapping[str, str]) -> Principal:
        """Whoever sent these headers.

        A credential that cannot be used is refused, even an empty one: whoever meant to show one
        must not go on as a stranger.

        Raises:
            Unauthenticated: the credential is not valid, or there is none and one is needed.
        """
        if (key := headers.get(API_KEY)) is not None:
            return await self._by_key(key)
        if (given := headers.get("authorization")) is not None:
            return await self._by_bearer(bearer_token(given))
        if (token := headers.get(VISITOR)) is not None:
            visitor = read_visitor_token(token, self.secrets.visitors)
            return Principal(visitor.tenant, Role.CUSTOMER, visitor.party)
        if not self._allow_visitors:
            raise Unauthenticated(CREDENTIAL_NEEDED)
        visitor = new_visitor(DEMO_TENANT)
        return Principal(visitor.tenant, Role.CUSTOMER, visitor.party, newcomer=True)

    async def _by_key(self, key: str) -> Principal:
        found = await self._keys.get(keys.digest_of(key, self.secrets.pepper))
        if found is None or not found.valid:
            raise Unauthenticated("the API key is not valid")
        self.last_used.note(found.id)
        return Principal(
            found.tenant, Role(found.role), f"key:{found.id}", scopes=frozenset(found.scopes)
        )

    async def _by_bearer(self, token: str) -> Principal:
        issuer = claimed_issuer(token)
        if issuer == OURS:
            return await self._by_access_token(token)
        return await self._by_customer_token(issuer, token)

    async def _by_access_token(self, token: str) -> Principal:
        ref = read_access_token(token, self.secrets.operators)
        live = await self._sessions.get(ref)
        if live is None or live.operator_id != ref.operator_id:
            raise Unauthenticated(REFUSED)
        return Principal(ref.tenant, Role(live.role), operator_party(live.operator_id))

    async def _by_customer_token(self, tenant: str, token: str) -> Principal:
        key = await self._token_keys.get(tenant)
        if key is None:
            raise Unauthenticated(REFUSED)
        claimed = read_customer_token(token, key)
        customer_id = await self._survivors.get((tenant, claimed))
        return Principal(tenant, Role.CUSTOMER, party_of(customer_id), customer_id)

    async def _find_key(self, digest: bytes) -> ApiKey | None:
        async with self._database.ops_transaction() as ops:
            return await keys.find_key(ops, digest)

    async def _find_session(self, ref: SessionRef) -> LiveSession | None:
        async with self._database.transaction(ref.tenant) as db:
            return await sessions.find_live(db, ref.tenant, ref.session_id)

    def customers_changed(self) -> None:
        """Somebody was merged, or is themselves again: other processes see it in KEPT_S."""
        self._survivors.forget()

    async def _find_survivor(self, claimed: tuple[str, int]) -> int:
        async with self._database.reading(claimed[0]) as db:
            return await merges.survivor_of(db, *claimed)

    async def _find_token_key(self, tenant: str) -> TokenKey | None:
        try:
            async with self._database.ops_transaction() as ops:
                found = await tenants.get_tenant(ops, tenant)
        except NotFound:
            return None
        return TokenKey(found.token_algorithm, found.token_public_key or found.token_secret)


def bearer_token(authorization: str) -> str:
    """The token in an Authorization header.

    Raises:
        Unauthenticated: it holds something else.
    """
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer":
        raise Unauthenticated(REFUSED)
    return token
