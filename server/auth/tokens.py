"""Signed tokens: a customer's, made by the host application, and a visitor's, made by us."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import jwt

from data.db import TENANT_ID
from data.errors import Unauthenticated

ALGORITHM = "HS256"
OURS = "urn:switchboard"  # who issues operators' tokens; the colon keeps it apart from tenants
CUSTOMER = "switchboard:customer"
CONVERSATION = "switchboard:conversation"
CUSTOMER_LIFE = timedelta(hours=1)
LONGEST_CUSTOMER_LIFE = timedelta(hours=24)  # a host app's mistake should not last for ever
VISITOR_LIFE = timedelta(days=30)

LONGEST_TOKEN = 4096  # characters; ours have about 250
SHAPE = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")  # PyJWT skips other bytes

CUSTOMER_ID = re.compile(r"[1-9][0-9]{0,17}")

REFUSED = "the token is not valid here"  # whatever is wrong with it: no help for guessing


@dataclass(frozen=True, slots=True)
class TokenKey:
    """What a tenant's customer tokens are checked with. The algorithm is never the token's word."""

    algorithm: str
    key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Visitor:
    tenant: str
    party: str


def customer_token(
    secret: str, tenant: str, customer_id: int, life: timedelta | None = None
) -> str:
    """A token that says who a customer is, signed with the tenant's secret.

    Host applications make these themselves, in any language; see the README.
    """
    now = datetime.now(UTC)
    claims = {
        "iss": tenant,
        "aud": CUSTOMER,
        "sub": str(customer_id),
        "iat": now,
        "exp": now + (life or CUSTOMER_LIFE),
    }
    return jwt.encode(claims, secret, ALGORITHM)


def claimed_issuer(token: str) -> str:
    """With whose key a token has to be checked; nothing else of it is believed yet.

    Raises:
        Unauthenticated: it is no token, or names neither a tenant nor us.
    """
    issuer = _claims(token, options={"verify_signature": False}).get("iss")
    if not isinstance(issuer, str) or not (issuer == OURS or TENANT_ID.fullmatch(issuer)):
        raise Unauthenticated(REFUSED)
    return issuer


def read_customer_token(token: str, key: TokenKey) -> int:
    """The customer's id.

    Raises:
        Unauthenticated: forged, expired, meant for something else, or made to live too long.
    """
    claims = verified(token, key.key, CUSTOMER, key.algorithm)
    subject, until, since = claims["sub"], claims["exp"], claims["iat"]
    if not all(type(moment) in {int, float} for moment in (until, since)):
        raise Unauthenticated(REFUSED)
    if until - since > LONGEST_CUSTOMER_LIFE.total_seconds():
        raise Unauthenticated(REFUSED)
    if not CUSTOMER_ID.fullmatch(subject):
        raise Unauthenticated(REFUSED)
    return int(subject)


def new_visitor(tenant: str) -> Visitor:
    """Somebody unknown; each is a different one."""
    return Visitor(tenant, f"visitor:{uuid4()}")


def visitor_token(secret: str, visitor: Visitor) -> str:
    """What lets a visitor come back to their conversations."""
    now = datetime.now(UTC)
    claims = {
        "iss": visitor.tenant,
        "aud": CONVERSATION,
        "sub": visitor.party,
        "iat": now,
        "exp": now + VISITOR_LIFE,
    }
    return jwt.encode(claims, secret, ALGORITHM)


def read_visitor_token(token: str, secret: str) -> Visitor:
    """Who the visitor was.

    Raises:
        Unauthenticated: the token is forged, expired or meant for something else.
    """
    claims = verified(token, secret, CONVERSATION)
    tenant, party = claims["iss"], claims["sub"]
    if not TENANT_ID.fullmatch(tenant) or not party.startswith("visitor:"):
        raise Unauthenticated(REFUSED)
    return Visitor(tenant, party)


def verified(token: str, key: str, audience: str, algorithm: str = ALGORITHM) -> dict[str, Any]:
    """The claims of a token that is signed so, current, and meant for this audience.

    Raises:
        Unauthenticated: anything else.
    """
    return _claims(
        token,
        key,
        algorithms=[algorithm],
        audience=audience,
        options={"require": ["exp", "iat", "aud", "iss", "sub"]},
    )


def _claims(token: str, *args: Any, **kwargs: Any) -> dict[str, Any]:
    """PyJWT's reading, for tokens of a usual size and spelling.

    Raises:
        Unauthenticated: it says no, or trips over what is inside.
    """
    if len(token) > LONGEST_TOKEN or not SHAPE.fullmatch(token):
        raise Unauthenticated(REFUSED)
    try:
        claims: dict[str, Any] = jwt.decode(token, *args, **kwargs)
    except (jwt.PyJWTError, TypeError, ValueError, OverflowError, RecursionError) as error:
        raise Unauthenticated(REFUSED) from error
    return claims
