"""Customer tokens signed with a tenant's own private key: the registered kind and no other."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from server.auth.tokens import CUSTOMER, customer_token
from tests.server.callers import OTHER_TENANT, Callers, problem
from tests.server.forged_tokens import by_hand, part
from tests.server.people import bearer

RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PRIVATE: dict[str, Any] = {
    "RS256": RSA,
    "ES256": ec.generate_private_key(ec.SECP256R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate(),
}
CUSTOMER_ID = "1"
COUNTS_AFTER_S = 5.0


def pem(key: Any) -> str:
    text: bytes = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return text.decode()


def claims(tenant: str = OTHER_TENANT, **other: Any) -> dict[str, Any]:
    now = int(time.time())
    usual = {"iss": tenant, "aud": CUSTOMER, "sub": CUSTOMER_ID, "iat": now, "exp": now + 600}
    return {**usual, **other}


@pytest.fixture
async def admin(callers: Callers) -> AsyncIterator[httpx.AsyncClient]:
    """Of the other tenant; it goes back to its secret at the end."""
    async with callers.http(await callers.key(tenant=OTHER_TENANT, role="admin")) as http:
        yield http
        await http.delete("/v1/auth/customer-key")


async def register(http: httpx.AsyncClient, algorithm: str, key: Any) -> None:
    body = {"algorithm": algorithm, "public_key": pem(key)}
    answer = await http.put("/v1/auth/customer-key", json=body)
    assert answer.json() == body


async def until(callers: Callers, token: str, status: int) -> None:
    async with callers.http(bearer(token)) as http, asyncio.timeout(COUNTS_AFTER_S):
        while (await http.get("/v1/conversations")).status_code != status:
            await asyncio.sleep(0.1)


@pytest.mark.parametrize("algorithm", PRIVATE)
async def test_a_registered_key_signs_and_the_secret_does_no_more(
    callers: Callers, admin: httpx.AsyncClient, algorithm: str
) -> None:
    key, secret = PRIVATE[algorithm], await callers.secret(OTHER_TENANT)
    by_secret = customer_token(secret, OTHER_TENANT, 1)
    await until(callers, by_secret, 200)
    await register(admin, algorithm, key)
    await until(callers, by_secret, 401)
    await until(callers, jwt.encode(claims(), key, algorithm), 200)
    public = pem(key)
    forged = {
        "the public key as a secret": by_hand(public, {"alg": "HS256"}, claims()),
        "the same under the right name": by_hand(public, {"alg": algorithm}, claims()),
        "no signature": f"{part({'alg': 'none'})}.{part(claims())}.",
        "a key in the header": jwt.encode(
            claims(), other_key(algorithm), algorithm, headers={"jwk": {"kty": "oct"}}
        ),
        "a key by its name": jwt.encode(
            claims(), other_key(algorithm), algorithm, headers={"kid": "../../dev/null"}
        ),
        "another tenant's name": jwt.encode(claims("demo"), key, algorithm),
        "expired": jwt.encode(claims(exp=int(time.time()) - 5), key, algorithm),
        "too long a life": jwt.encode(claims(exp=int(time.time()) + 90000), key, algorithm),
    }
    for another in set(PRIVATE) - {algorithm}:
        forged[another] = jwt.encode(claims(), PRIVATE[another], another)
    for what, token in forged.items():
        async with callers.http(bearer(token)) as http:
            assert problem(await http.get("/v1/conversations"), 401), what
    assert (await admin.delete("/v1/auth/customer-key")).json()["algorithm"] == "HS256"
    await until(callers, by_secret, 200)


def other_key(algorithm: str) -> Any:
    """A fresh private key of the same kind."""
    return {
        "RS256": lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048),
        "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
        "EdDSA": ed25519.Ed25519PrivateKey.generate,
    }[algorithm]()


@pytest.mark.parametrize(
    ("algorithm", "given"),
    [
        ("RS256", pem(PRIVATE["ES256"])),
        ("ES256", pem(RSA)),
        ("EdDSA", pem(RSA)),
        ("ES256", pem(ec.generate_private_key(ec.SECP384R1()))),
        ("RS256", pem(rsa.generate_private_key(public_exponent=65537, key_size=1024))),
        ("RS256", "a secret text"),
        ("HS256", "a secret text"),
        ("none", pem(RSA)),
    ],
)
async def test_a_key_that_does_not_fit_its_algorithm_is_refused(
    admin: httpx.AsyncClient, algorithm: str, given: str
) -> None:
    body = {"algorithm": algorithm, "public_key": given}
    document = problem(await admin.put("/v1/auth/customer-key", json=body), 422)
    assert document["errors"][0]["field"] in {"algorithm", "public_key"}
    assert (await admin.get("/v1/auth/customer-key")).json()["algorithm"] == "HS256"
