"""Customer tokens that are wrong in one way each, and good ones to compare with."""

import base64
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import jwt

from server.auth.tokens import CONVERSATION, CUSTOMER
from server.settings import DEMO_TENANT

Claims = dict[str, Any]
Forge = Callable[[str, str], str]


def claims(**other: Any) -> Claims:
    """What a host application signs for customer 1; a None leaves a claim out."""
    now = int(time.time())
    usual = {"iss": DEMO_TENANT, "aud": CUSTOMER, "sub": "1", "iat": now, "exp": now + 600}
    return {name: value for name, value in {**usual, **other}.items() if value is not None}


def signed(secret: str, payload: Claims, algorithm: str = "HS256", **headers: Any) -> str:
    return jwt.encode(payload, secret, algorithm, headers=headers or None)


def part(value: Any) -> str:
    """One part of a token written by hand."""
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def by_hand(secret: str, header: Any, payload: Any, digest: str = "sha256") -> str:
    """A token with a right HMAC around whatever it says."""
    text = f"{part(header)}.{part(payload)}"
    return f"{text}.{part(hmac.digest(secret.encode(), text.encode(), digest))}"


HS256 = {"alg": "HS256", "typ": "JWT"}
NOW = int(time.time())

# each made with the tenant's secret and another tenant's
FORGED: dict[str, Forge] = {
    "alg none": lambda s, _: f"{part({'alg': 'none'})}.{part(claims())}.",
    "alg none with a signature": lambda s, _: f"{part({'alg': 'none'})}.{part(claims())}.eA",
    "alg None in capitals": lambda s, _: by_hand(s, {"alg": "NoNe"}, claims()),
    "no alg": lambda s, _: by_hand(s, {"typ": "JWT"}, claims()),
    "another secret": lambda s, _: signed("x" * 43, claims()),
    "an empty secret": lambda s, _: by_hand("", HS256, claims()),
    "another tenant's secret": lambda s, other: signed(other, claims()),
    "a tenant that is not there": lambda s, _: signed(s, claims(iss="nobody")),
    "a tenant that is no name": lambda s, _: signed(s, claims(iss="demo:x")),
    "no tenant": lambda s, _: signed(s, claims(iss=None)),
    "tenants in a list": lambda s, _: by_hand(s, HS256, {**claims(), "iss": [DEMO_TENANT]}),
    "another audience": lambda s, _: signed(s, claims(aud="somewhere")),
    "a visitor's audience": lambda s, _: signed(s, claims(aud=CONVERSATION)),
    "no audience": lambda s, _: signed(s, claims(aud=None)),
    "expired": lambda s, _: signed(s, claims(iat=NOW - 900, exp=NOW - 60)),
    "no exp": lambda s, _: signed(s, claims(exp=None)),
    "no iat": lambda s, _: signed(s, claims(iat=None)),
    "no sub": lambda s, _: signed(s, claims(sub=None)),
    "issued in the future": lambda s, _: signed(s, claims(iat=NOW + 3000, exp=NOW + 3600)),
    "not valid yet": lambda s, _: signed(s, claims(nbf=NOW + 3000)),
    "too long a life": lambda s, _: signed(s, claims(exp=NOW + 25 * 3600)),
    "a life without end": lambda s, _: signed(s, claims(exp=2**62)),
    "exp as text": lambda s, _: by_hand(s, HS256, {**claims(), "exp": str(NOW + 60)}),
    "iat as text": lambda s, _: by_hand(s, HS256, {**claims(), "iat": str(NOW)}),
    "exp that is no number": lambda s, _: by_hand(s, HS256, {**claims(), "exp": float("nan")}),
    "an infinite exp": lambda s, _: by_hand(s, HS256, {**claims(), "exp": float("inf")}),
    "iat true": lambda s, _: by_hand(s, HS256, {**claims(), "iat": True}),
    "sub that is no number": lambda s, _: signed(s, claims(sub="alice")),
    "sub with a sign": lambda s, _: signed(s, claims(sub="-1")),
    "sub zero": lambda s, _: signed(s, claims(sub="0")),
    "sub in other digits": lambda s, _: signed(s, claims(sub="١")),
    "sub with a line end": lambda s, _: signed(s, claims(sub="1\n")),
    "sub beyond 64 bits": lambda s, _: signed(s, claims(sub="9" * 19)),
    "sub as a number": lambda s, _: by_hand(s, HS256, {**claims(), "sub": 1}),
    "HS512": lambda s, _: by_hand(s, {**HS256, "alg": "HS512"}, claims(), "sha512"),
    "HS256 over another digest": lambda s, _: by_hand(s, HS256, claims(), "sha512"),
    "RS256 with the secret as key": lambda s, _: by_hand(s, {"alg": "RS256"}, claims()),
    "a key in the header": lambda s, _: by_hand(
        "k" * 32, {**HS256, "jwk": {"kty": "oct", "k": part(b"k" * 32)}, "kid": "../k"}, claims()
    ),
    "a payload changed after signing": lambda s, _: changed(signed(s, claims())),
    "cut": lambda s, _: signed(s, claims())[:-5],
    "two parts": lambda s, _: signed(s, claims()).rpartition(".")[0],
    "four parts": lambda s, _: signed(s, claims()) + ".eA",
    "white space before": lambda s, _: " " + signed(s, claims()),
    "white space inside": lambda s, _: signed(s, claims()).replace(".", ". "),
    "a byte that decoders skip": lambda s, _: (
        signed(s, claims())[:-3] + "!" + signed(s, claims())[-3:]
    ),
    "padding": lambda s, _: signed(s, claims()) + "=",
    "a list for claims": lambda s, _: by_hand(s, HS256, ["demo"]),
    "no JSON": lambda s, _: by_hand(s, HS256, b"\xff\xfe"),
    "deep nesting": lambda s, _: by_hand(s, HS256, b"[" * 2500 + b"]" * 2500),
    "a number of 4,000 digits": lambda s, _: by_hand(s, HS256, b'{"iss": ' + b"7" * 2900 + b"}"),
    "far too long": lambda s, _: signed(s, claims(pad="x" * 20_000)),
    "dots": lambda s, _: "..",
    "words": lambda s, _: "let me in",
}


def changed(token: str) -> str:
    head, _, signature = token.split(".")
    return f"{head}.{part(claims(sub='2'))}.{signature}"
