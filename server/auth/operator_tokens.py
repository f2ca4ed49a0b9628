"""Tokens of operators, signed by us: to act with, to go on with, to accept an invitation with.

Each kind has an audience of its own, so that none does for another.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import jwt

from data.db import TENANT_ID
from data.errors import Unauthenticated
from server.auth.tokens import ALGORITHM, OURS, REFUSED, verified

ACCESS = "switchboard:operator"
REFRESH = "switchboard:refresh"
INVITATION = "switchboard:invitation"

ACCESS_LIFE = timedelta(minutes=15)
REFRESH_LIFE = timedelta(days=7)
SESSION_LIFE = timedelta(days=30)
INVITATION_LIFE = timedelta(days=3)

CANONICAL_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class SessionRef:
    """A session of a tenant, and whose it is."""

    tenant: str
    session_id: UUID
    operator_id: UUID


def access_token(secret: str, session: SessionRef) -> str:
    """What an operator's requests show."""
    return _signed(secret, ACCESS, session, ACCESS_LIFE)


def read_access_token(token: str, secret: str) -> SessionRef:
    """The session it belongs to, which may have ended since.

    Raises:
        Unauthenticated: it is forged, expired, or another kind of token.
    """
    return _session(_ours(token, secret, ACCESS))


def refresh_token(secret: str, session: SessionRef, generation: int, until: datetime) -> str:
    """What the next pair of tokens is given for, once; good until `until` at the latest."""
    life = min(REFRESH_LIFE, until - datetime.now(UTC))
    return _signed(secret, REFRESH, session, life, gen=generation)


def read_refresh_token(token: str, secret: str) -> tuple[SessionRef, int]:
    """The session and the token's generation in it.

    Raises:
        Unauthenticated: it is forged, expired, or another kind of token.
    """
    claims = _ours(token, secret, REFRESH)
    generation = claims.get("gen")
    if type(generation) is not int:
        raise Unauthenticated(REFUSED)
    return _session(claims), generation


def invitation_token(secret: str, tenant: str, invitation_id: UUID) -> str:
    """What an invited operator sets a password with."""
    claims = {"aud": INVITATION, "sub": str(invitation_id), "tenant": tenant}
    return _encoded(secret, claims, INVITATION_LIFE)


def read_invitation_token(token: str, secret: str) -> tuple[str, UUID]:
    """The tenant and the invitation, which may have been used since.

    Raises:
        Unauthenticated: it is forged, expired, or another kind of token.
    """
    claims = _ours(token, secret, INVITATION)
    return claims["tenant"], _id(claims["sub"])


def _signed(secret: str, audience: str, session: SessionRef, life: timedelta, **more: Any) -> str:
    claims = {
        "aud": audience,
        "sub": str(session.operator_id),
        "tenant": session.tenant,
        "sid": str(session.session_id),
        **more,
    }
    return _encoded(secret, claims, life)


def _encoded(secret: str, claims: dict[str, Any], life: timedelta) -> str:
    now = datetime.now(UTC)
    usual = {"iss": OURS, "iat": now, "exp": now + life, "jti": str(uuid4())}
    return jwt.encode({**usual, **claims}, secret, ALGORITHM)


def _ours(token: str, secret: str, audience: str) -> dict[str, Any]:
    claims = verified(token, secret, audience)
    tenant = claims.get("tenant")
    issued_by_us = claims["iss"] == OURS
    if not issued_by_us or not isinstance(tenant, str) or not TENANT_ID.fullmatch(tenant):
        raise Unauthenticated(REFUSED)
    return claims


def _session(claims: dict[str, Any]) -> SessionRef:
    return SessionRef(claims["tenant"], _id(claims.get("sid")), _id(claims["sub"]))


def _id(text: Any) -> UUID:
    if not isinstance(text, str) or not CANONICAL_ID.fullmatch(text):
        raise Unauthenticated(REFUSED)
    return UUID(text)
