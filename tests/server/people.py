"""Operators and admins who are invited and sign in over HTTP, as people do."""

from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx

PASSWORD = "correct horse battery"

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Somebody's tokens; `ids` and `bodies` are what addresses and requests about them hold."""

    email: str = ""
    tokens: Json = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    bodies: dict[str, Json] = field(default_factory=dict)

    @property
    def headers(self) -> dict[str, str]:
        return bearer(self.tokens["access_token"])


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


async def invited(http: httpx.AsyncClient, role: str = "operator") -> Json:
    """Somebody an admin adds."""
    email = f"{uuid4().hex[:12]}@example.com"
    answer = await http.post("/v1/operators", json={"email": email, "role": role})
    assert answer.status_code == 201, answer.text
    made: Json = answer.json()
    return made


async def accepted(http: httpx.AsyncClient, token: str, password: str = PASSWORD) -> Json:
    """The tokens that an invitation brings."""
    body = {"token": token, "password": password}
    answer = await http.post("/v1/auth/invitation", json=body)
    assert answer.status_code == 200, answer.text
    tokens: Json = answer.json()
    return tokens


async def signed_in(http: httpx.AsyncClient, role: str = "operator") -> SignedIn:
    """Somebody new, with `http` an admin's."""
    person = await invited(http, role)
    tokens = await accepted(http, person["invitation_token"])
    another = await http.post(f"/v1/operators/{person['id']}/invitation")
    refresh = {"refresh_token": tokens["refresh_token"]}
    return SignedIn(
        email=person["email"],
        tokens=tokens,
        ids={"operator_id": person["id"], "session_id": tokens["session_id"]},
        bodies={
            "/v1/auth/token": {"email": person["email"], "password": PASSWORD},
            "/v1/auth/refresh": refresh,
            "/v1/auth/logout": refresh,
            "/v1/auth/password": {"old_password": PASSWORD, "new_password": f"{PASSWORD}!"},
            "/v1/auth/invitation": {
                "token": another.json()["invitation_token"],
                "password": PASSWORD,
            },
        },
    )


async def sign_in(
    http: httpx.AsyncClient, email: str, password: str = PASSWORD, **more: Any
) -> httpx.Response:
    return await http.post("/v1/auth/token", json={"email": email, "password": password, **more})
