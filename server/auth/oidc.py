"""Single sign-on: OpenID Connect's code flow with PKCE, state and nonce.

What a login has to remember travels in a signed cookie of the browser that began it, so that any
process can finish it and no other browser can. Provider and keys are read anew each time: people
sign in rarely, and a rotated key then needs no care.
"""

import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import jwt
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import AsyncOAuth2Client

from data.db import Database
from data.errors import NotFound, Unauthenticated, Unavailable
from data.identity_providers import IdentityProvider, find_provider
from server.auth.sign_in import Identity
from server.auth.tokens import ALGORITHM, OURS, verified
from server.auth.web_address import is_private_on_the_way

LOGIN = "switchboard:single-sign-on"
LOGIN_LIFE = timedelta(minutes=10)
ANSWERS_S = 10.0
SCOPE = "openid email"
ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")  # only with public keys: a secret could sign
LEEWAY_S = 30  # clocks differ

FAILED = "the single sign-on did not work; begin it again"


@dataclass(frozen=True, slots=True)
class Places:
    """Where an identity provider does what."""

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str


class SingleSignOn:
    """Sends people to their company's identity provider, and reads what it says afterwards.

    Args:
        database: where companies' own providers are kept.
        secret: signs what a login has to remember.
        redirect_url: where providers send people back to.
        usual: the provider of companies that have none of their own, if there is one.
    """

    def __init__(
        self, database: Database, secret: str, redirect_url: str, usual: IdentityProvider | None
    ) -> None:
        self._database = database
        self._secret = secret
        self._redirect_url = redirect_url
        self.usual = usual

    async def begin(self, tenant: str) -> tuple[str, str]:
        """Where to send a browser, and what it has to keep meanwhile.

        Raises:
            NotFound: there is no provider for this tenant.
            Unavailable: the provider does not answer as one.
        """
        provider = await self._provider_of(tenant)
        places = await places_of(provider)
        login = {name: secrets.token_urlsafe(32) for name in ("state", "nonce")}
        verifier = secrets.token_urlsafe(48)
        async with self._oauth(provider) as oauth:
            url, _ = oauth.create_authorization_url(
                places.authorization_endpoint, code_verifier=verifier, **login
            )
        now = datetime.now(UTC)
        usual = {"iss": OURS, "aud": LOGIN, "sub": tenant, "iat": now, "exp": now + LOGIN_LIFE}
        kept = jwt.encode({**usual, **login, "verifier": verifier}, self._secret, ALGORITHM)
        return url, kept

    async def finish(self, kept: str, state: str, code: str) -> tuple[str, Identity]:
        """The tenant of the login that this browser began, and who signed in.

        Raises:
            Unauthenticated: it began none, or the provider's answer is not for it.
            NotFound: there is no provider for this tenant any more.
            Unavailable: the provider does not answer as one.
        """
        login = verified(kept, self._secret, LOGIN)
        if not hmac.compare_digest(login["state"].encode(), state.encode()):
            raise Unauthenticated(FAILED)
        provider = await self._provider_of(login["sub"])
        places = await places_of(provider)
        try:
            async with self._oauth(provider) as oauth:
                answer = await oauth.fetch_token(
                    places.token_endpoint, code=code, code_verifier=login["verifier"]
                )
        except AuthlibBaseError:
            raise Unauthenticated(FAILED) from None
        except (httpx.HTTPError, ValueError) as error:
            raise _unavailable() from error
        keys = await _fetched(places.jwks_uri)
        claims = read_id_token(answer.get("id_token"), keys, provider)
        if not hmac.compare_digest(str(claims.get("nonce")).encode(), login["nonce"].encode()):
            raise Unauthenticated(FAILED)
        return login["sub"], identity_of(claims)

    def _oauth(self, provider: IdentityProvider) -> Any:
        secret = provider.client_secret
        return AsyncOAuth2Client(
            client_id=provider.client_id,
            client_secret=secret,
            token_endpoint_auth_method="client_secret_basic" if secret else "none",
            redirect_uri=self._redirect_url,
            scope=SCOPE,
            code_challenge_method="S256",
            timeout=ANSWERS_S,
        )

    async def _provider_of(self, tenant: str) -> IdentityProvider:
        async with self._database.reading(tenant) as db:
            found = await find_provider(db, tenant) or self.usual
        if found is None:
            raise NotFound("single sign-on", tenant)
        return found


async def places_of(provider: IdentityProvider) -> Places:
    """What a provider says of itself.

    Raises:
        Unavailable: it does not answer as one.
    """
    issuer = provider.issuer.rstrip("/")
    found = await _fetched(f"{issuer}/.well-known/openid-configuration")
    if str(found.get("issuer")).rstrip("/") != issuer:
        raise _unavailable()
    places = [str(found.get(name)) for name in Places.__slots__]
    if not all(map(is_private_on_the_way, places)):
        raise _unavailable()
    return Places(*places)


def read_id_token(token: Any, keys: dict[str, Any], provider: IdentityProvider) -> dict[str, Any]:
    """The claims of a token that this provider signed for us, just now.

    Raises:
        Unauthenticated: anything else.
    """
    if not isinstance(token, str):
        raise Unauthenticated(FAILED)
    try:
        kid = jwt.get_unverified_header(token).get("kid")
        known = [key for key in jwt.PyJWKSet.from_dict(keys).keys if kid in {None, key.key_id}]
        if len(known) != 1:
            raise Unauthenticated(FAILED)
        claims: dict[str, Any] = jwt.decode(
            token,
            known[0],
            algorithms=ALGORITHMS,
            audience=provider.client_id,
            issuer=provider.issuer,
            leeway=LEEWAY_S,
            options={"require": ["exp", "iat", "aud", "iss", "sub"]},
        )
    except (jwt.PyJWTError, TypeError, ValueError) as error:
        raise Unauthenticated(FAILED) from error
    if isinstance(claims["aud"], list) and len(claims["aud"]) > 1:
        raise Unauthenticated(FAILED)  # it is for others, too, who could use it here
    if claims.get("azp", provider.client_id) != provider.client_id:
        raise Unauthenticated(FAILED)
    return claims


def identity_of(claims: dict[str, Any]) -> Identity:
    """Who it is, where the provider has verified the address.

    Raises:
        Unauthenticated: it has not; anybody could then claim a colleague's address.
    """
    email = claims.get("email")
    if claims.get("email_verified") is not True or not isinstance(email, str):
        raise Unauthenticated("your identity provider has not verified your e-mail address")
    return Identity(str(claims["sub"]), email)


async def _fetched(url: str) -> dict[str, Any]:
    """A JSON document of the provider's.

    Raises:
        Unavailable: there is none.
    """
    try:
        async with httpx.AsyncClient(timeout=ANSWERS_S) as http:
            answer = await http.get(url)
        answer.raise_for_status()
        document = answer.json()
    except (httpx.HTTPError, ValueError) as error:
        raise _unavailable() from error
    if not isinstance(document, dict):
        raise _unavailable()
    return document


def _unavailable() -> Unavailable:
    return Unavailable("the identity provider does not answer as one; try again later")
