"""From a request's headers to a principal."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cachetools import TTLCache

from data import keys, tenants
from data.db import Database
from data.errors import NotFound, Unauthenticated
from data.keys import ApiKey
from data.scope import Role
from server.auth.principal import CREDENTIAL_NEEDED, Principal, party_of
from server.auth.tokens import (
    REFUSED,
    claimed_tenant,
    new_visitor,
    read_customer_token,
    read_visitor_token,
)
from server.settings import DEMO_TENANT

KEPT_S = 5.0  # how long a revoked key may still work
MOST_KEPT = 10_000

API_KEY = "x-api-key"
VISITOR = "x-conversation-token"


@dataclass(frozen=True, slots=True)
class Secrets:
    """`pepper` keys the digests of API keys, `visitors` signs visitors' tokens."""

    pepper: str
    visitors: str


class Authenticator:
    """Looks keys and tenants up, and remembers them for KEPT_S."""

    def __init__(
        self,
        database: Database,
        secrets: Secrets,
        *,
        allow_visitors: bool,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self.secrets = secrets
        self._allow_visitors = allow_visitors
        self._keys: TTLCache[bytes, ApiKey | None] = TTLCache(MOST_KEPT, KEPT_S, clock)
        self._token_secrets: TTLCache[str, str | None] = TTLCache(MOST_KEPT, KEPT_S, clock)

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
            return await self._by_customer_token(bearer_token(given))
        if (token := headers.get(VISITOR)) is not None:
            visitor = read_visitor_token(token, self.secrets.visitors)
            return Principal(visitor.tenant, Role.CUSTOMER, visitor.party)
        if not self._allow_visitors:
            raise Unauthenticated(CREDENTIAL_NEEDED)
        visitor = new_visitor(DEMO_TENANT)
        return Principal(visitor.tenant, Role.CUSTOMER, visitor.party, newcomer=True)

    async def _by_key(self, key: str) -> Principal:
        digest = keys.digest_of(key, self.secrets.pepper)
        if digest not in self._keys:
            async with self._database.ops_transaction() as ops:
                self._keys[digest] = await keys.find_key(ops, digest)
        found = self._keys.get(digest)
        if found is None or not found.valid:
            raise Unauthenticated("the API key is not valid")
        return Principal(
            found.tenant, Role(found.role), f"key:{found.id}", scopes=frozenset(found.scopes)
        )

    async def _by_customer_token(self, token: str) -> Principal:
        tenant = claimed_tenant(token)
        secret = await self._token_secret(tenant)
        if secret is None:
            raise Unauthenticated(REFUSED)
        customer_id = read_customer_token(token, secret)
        return Principal(tenant, Role.CUSTOMER, party_of(customer_id), customer_id)

    async def _token_secret(self, tenant: str) -> str | None:
        if tenant not in self._token_secrets:
            try:
                async with self._database.ops_transaction() as ops:
                    secret: str | None = (await tenants.get_tenant(ops, tenant)).token_secret
            except NotFound:
                secret = None
            self._token_secrets[tenant] = secret
        return self._token_secrets.get(tenant)


def bearer_token(authorization: str) -> str:
    """The token in an Authorization header.

    Raises:
        Unauthenticated: it holds something else.
    """
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer":
        raise Unauthenticated(REFUSED)
    return token
