"""A small OpenID Connect provider: the real protocol over real HTTP, and faults on demand."""

import asyncio
import base64
import hashlib
import json
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import jwt
import uvicorn
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.served import free_port

CLIENT_ID, CLIENT_SECRET = "switchboard-test", "the client's secret with many characters"

Claims = dict[str, Any]
Sign = Callable[["Provider", Claims], str]


def signed(provider: "Provider", claims: Claims) -> str:
    return jwt.encode(claims, provider.key, "RS256", headers={"kid": "one"})


@dataclass(slots=True)
class Provider:
    """Whoever comes is `user`, signed in already. `changed` and `sign` make tokens wrong."""

    url: str
    key: rsa.RSAPrivateKey = field(
        default_factory=lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048)
    )
    user: Claims = field(default_factory=dict)
    changed: Claims = field(default_factory=dict)
    sign: Sign = signed
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def usual(self) -> None:
        """Without faults again."""
        self.changed, self.sign = {}, signed

    @property
    def jwks(self) -> dict[str, Any]:
        public = json.loads(RSAAlgorithm.to_jwk(self.key.public_key()))
        return {"keys": [{**public, "kid": "one", "use": "sig", "alg": "RS256"}]}

    async def discovery(self, _: Request) -> Response:
        return JSONResponse(
            {
                "issuer": self.url,
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
                "jwks_uri": f"{self.url}/jwks",
                "response_types_supported": ["code"],
                "id_token_signing_alg_values_supported": ["RS256"],
            }
        )

    async def keys(self, _: Request) -> Response:
        return JSONResponse(self.jwks)

    async def authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        known = asked["client_id"] == CLIENT_ID and asked["response_type"] == "code"
        if not known or asked["code_challenge_method"] != "S256" or "openid" not in asked["scope"]:
            return JSONResponse({"error": "invalid_request"}, 400)
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        answer = urlencode({"code": code, "state": asked["state"]})
        return RedirectResponse(f"{asked['redirect_uri']}?{answer}", 302)

    async def token(self, request: Request) -> Response:
        given = await request.form()
        asked = self.codes.pop(str(given.get("code")), None)
        expected = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {expected}":
            return JSONResponse({"error": "invalid_client"}, 401)
        if asked is None or given.get("redirect_uri") != asked["redirect_uri"]:
            return JSONResponse({"error": "invalid_grant"}, 400)
        if challenge_of(str(given.get("code_verifier"))) != asked["code_challenge"]:
            return JSONResponse({"error": "invalid_grant"}, 400)
        now = int(time.time())
        usual = {"iss": self.url, "aud": CLIENT_ID, "iat": now, "exp": now + 300}
        claims = {**usual, "nonce": asked["nonce"], **self.user, **self.changed}
        present = {name: value for name, value in claims.items() if value is not None}
        body = {"access_token": "x", "token_type": "Bearer", "id_token": self.sign(self, present)}
        return JSONResponse(body)


def challenge_of(verifier: str) -> str:
    """PKCE's S256."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


@asynccontextmanager
async def identity_provider() -> AsyncIterator[Provider]:
    """A provider on a port of its own."""
    port = free_port()
    provider = Provider(f"http://127.0.0.1:{port}")
    app = Starlette(
        routes=[
            Route("/.well-known/openid-configuration", provider.discovery),
            Route("/jwks", provider.keys),
            Route("/authorize", provider.authorize),
            Route("/token", provider.token, methods=["POST"]),
        ]
    )
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error", lifespan="off"))
    running = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.02)
    try:
        yield provider
    finally:
        server.should_exit = True
        await running
