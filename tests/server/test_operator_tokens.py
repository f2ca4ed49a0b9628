"""Operators' tokens: whatever is wrong with one, the answer is the same 401."""

import time
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import uuid4

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from server.auth.operator_tokens import (
    ACCESS,
    INVITATION,
    REFRESH,
    SessionRef,
    access_token,
    read_access_token,
)
from server.auth.tokens import CONVERSATION, CUSTOMER, OURS
from server.installation import installation_secrets
from tests.server.addresses import NOTHING
from tests.server.callers import OTHER_TENANT, Callers, problem, same
from tests.server.forged_tokens import HS256, by_hand, part
from tests.server.people import SignedIn, bearer, signed_in

Claims = dict[str, Any]
Forge = Callable[[str, Claims], str]

NOW = int(time.time())


def signed(secret: str, claims: Claims, **headers: Any) -> str:
    present = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(present, secret, "HS256", headers=headers or None)


def with_(**other: Any) -> Forge:
    """One claim is another one, or missing."""
    return lambda secret, claims: signed(secret, {**claims, **other})


def changed(token: str, claims: Claims) -> str:
    """Other claims under the same signature."""
    head, _, signature = token.split(".")
    return f"{head}.{part(claims)}.{signature}"


# each made with our own secret and a good token's claims
FORGED: dict[str, Forge] = {
    "alg none": lambda _, c: f"{part({'alg': 'none'})}.{part(c)}.",
    "alg None": lambda s, c: by_hand(s, {"alg": "None"}, c),
    "no alg": lambda s, c: by_hand(s, {"typ": "JWT"}, c),
    "another secret": lambda _, c: signed("x" * 64, c),
    "an empty secret": lambda _, c: by_hand("", HS256, c),
    "HS512": lambda s, c: by_hand(s, {"alg": "HS512"}, c, "sha512"),
    "RS256 with the secret as key": lambda s, c: by_hand(s, {"alg": "RS256"}, c),
    "RS256": lambda _, c: jwt.encode(
        c, rsa.generate_private_key(public_exponent=65537, key_size=2048), "RS256"
    ),
    "a key in the header": lambda _, c: by_hand(
        "k" * 32, {**HS256, "jwk": {"kty": "oct", "k": part(b"k" * 32)}}, c
    ),
    "a key by its address": lambda _, c: by_hand(
        "k" * 32, {**HS256, "jku": "https://evil.example/jwks"}, c
    ),
    "a key by its name": lambda _, c: by_hand("", {**HS256, "kid": "../../../dev/null"}, c),
    "a key by a query": lambda _, c: by_hand("x", {**HS256, "kid": "' UNION SELECT 'x"}, c),
    "critical extensions": lambda s, c: by_hand(s, {**HS256, "crit": ["b64"], "b64": False}, c),
    "a refresh token's audience": with_(aud=REFRESH),
    "an invitation's audience": with_(aud=INVITATION),
    "a customer's audience": with_(aud=CUSTOMER),
    "a visitor's audience": with_(aud=CONVERSATION),
    "no audience": with_(aud=None),
    "a tenant as issuer": with_(iss="demo"),
    "another issuer": with_(iss="urn:switchboard:x"),
    "no issuer": with_(iss=None),
    "expired": with_(iat=NOW - 900, exp=NOW - 5),
    "no end": with_(exp=None),
    "an end that is no number": lambda s, c: by_hand(s, HS256, {**c, "exp": "tomorrow"}),
    "no issue time": with_(iat=None),
    "issued in the future": with_(iat=NOW + 3000, exp=NOW + 3600),
    "not valid yet": with_(nbf=NOW + 3000),
    "another tenant": with_(tenant=OTHER_TENANT),
    "a tenant that is not there": with_(tenant="nobody"),
    "a tenant that is no name": with_(tenant="demo:x"),
    "no tenant": with_(tenant=None),
    "tenants in a list": lambda s, c: by_hand(s, HS256, {**c, "tenant": ["demo"]}),
    "another operator": with_(sub=str(uuid4())),
    "an operator that is no id": with_(sub="admin"),
    "no operator": with_(sub=None),
    "another session": with_(sid=str(uuid4())),
    "a session in other letters": lambda s, c: signed(s, {**c, "sid": c["sid"].upper()}),
    "a session that is no id": with_(sid="1"),
    "no session": with_(sid=None),
    "a session in a list": lambda s, c: by_hand(s, HS256, {**c, "sid": [c["sid"]]}),
    "changed after signing": lambda s, c: changed(signed(s, c), {**c, "sub": str(NOTHING)}),
    "cut": lambda s, c: signed(s, c)[:-4],
    "padding": lambda s, c: signed(s, c) + "=",
}


@pytest.fixture(scope="module")
async def person(callers: Callers) -> AsyncIterator[SignedIn]:
    async with callers.http(callers.admin) as http:
        yield await signed_in(http, "admin")


def claims_of(person: SignedIn) -> Claims:
    return jwt.decode(person.tokens["access_token"], options={"verify_signature": False})


def test_there_are_more_than_enough_shapes() -> None:
    assert len(FORGED) >= 24


@pytest.mark.parametrize("name", FORGED)
async def test_a_forged_token_gets_the_same_401(
    callers: Callers, person: SignedIn, name: str
) -> None:
    secret = installation_secrets(callers.server.settings).operators
    token = FORGED[name](secret, claims_of(person))
    async with callers.http() as http:
        good = await http.get("/v1/operators", headers=person.headers)
        expected = same(problem(await http.get("/v1/operators", headers=bearer("x.y.z")), 401))
        forged = await http.get("/v1/operators", headers=bearer(token))
    assert good.status_code == 200
    assert same(problem(forged, 401)) == expected


def test_a_token_carries_neither_role_nor_address(person: SignedIn) -> None:
    assert set(claims_of(person)) == {"iss", "aud", "sub", "tenant", "sid", "iat", "exp", "jti"}
    assert claims_of(person)["iss"] == OURS
    assert claims_of(person)["aud"] == ACCESS


def test_what_is_written_is_read() -> None:
    ref = SessionRef("demo", uuid4(), uuid4())
    assert read_access_token(access_token("s" * 32, ref), "s" * 32) == ref
