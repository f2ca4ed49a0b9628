"""Who calls: customers with tokens, back ends with keys, visitors, and strangers' thread ids."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
from langserve import RemoteRunnable

from data import keys, tenants
from data.db import Database
from data.keys import NewKey, digest_of, new_key, prefix_of
from server.auth.permissions import SCOPES, Permission
from server.auth.tokens import customer_token
from server.installation import installation_secrets
from server.settings import DEMO_TENANT
from tests.served import Served

OTHER_TENANT = "ridgeline"
ALICE, BOB, CAROL = 1, 2, 3  # customers of the demo tenant

Headers = dict[str, str]


@dataclass(frozen=True, slots=True)
class Callers:
    """Credentials for one server, as headers."""

    server: Served
    database: Database
    remotes: list[RemoteRunnable[Any, Any]] = field(default_factory=list)

    async def close(self) -> None:
        """Close LangServe's clients, which else do it in a loop that is gone."""
        for remote in self.remotes:
            remote.sync_client.close()
            await remote.async_client.aclose()

    @property
    def admin(self) -> Headers:
        """The demo tenant's admin."""
        return dict(self.server.headers)

    async def secret(self, tenant: str = DEMO_TENANT) -> str:
        """What signs a tenant's customer tokens."""
        async with self.database.ops_transaction() as ops:
            return (await tenants.get_tenant(ops, tenant)).token_secret

    async def customer(self, customer_id: int, tenant: str = DEMO_TENANT) -> Headers:
        """A signed-in customer."""
        token = customer_token(await self.secret(tenant), tenant, customer_id)
        return {"authorization": f"Bearer {token}"}

    async def key(
        self,
        *scopes: Permission,
        tenant: str = DEMO_TENANT,
        role: str = "app",
        life: timedelta | None = None,
    ) -> Headers:
        """A fresh key; an admin's has every scope."""
        key = new_key()
        await self.store(key, *scopes, tenant=tenant, role=role, life=life)
        return {"x-api-key": key}

    async def store(
        self,
        key: str,
        *scopes: Permission,
        tenant: str = DEMO_TENANT,
        role: str = "app",
        life: timedelta | None = None,
    ) -> None:
        """Make a key known to the server."""
        pepper = installation_secrets(self.server.settings).pepper
        given = tuple(SCOPES) if role == "admin" else scopes
        until = datetime.now(UTC) + life if life is not None else None
        new = NewKey(
            tenant, "test", prefix_of(key), digest_of(key, pepper), role, given, expires_at=until
        )
        async with self.database.ops_transaction() as ops:
            await keys.store_key(ops, new)

    def http(self, headers: Mapping[str, str] | None = None) -> httpx.AsyncClient:
        """A client that shows these credentials, or none; close it."""
        return httpx.AsyncClient(base_url=self.server.url, headers=dict(headers or {}), timeout=60)

    def remote(self, headers: Mapping[str, str] | None = None) -> RemoteRunnable[Any, Any]:
        """LangServe's own client."""
        url = f"{self.server.url}/support"
        remote = RemoteRunnable[Any, Any](url, headers=dict(headers or {}), timeout=60)
        self.remotes.append(remote)
        return remote


def thread() -> str:
    """An id nobody has used."""
    return f"t-{uuid4().hex}"


def on(thread_id: str, **more: Any) -> Any:
    """LangChain's config for a thread."""
    return {"configurable": {"thread_id": thread_id, **more}}


def says(text: str) -> dict[str, Any]:
    """A customer's turn as `/support` takes it."""
    return {"messages": [{"role": "user", "content": text}]}


def problem(response: httpx.Response, status: int) -> dict[str, Any]:
    """The checked problem document of a refusal."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = response.json()
    assert document["status"] == status
    assert document["type"].startswith("/problems/")
    assert document["request_id"] == response.headers["x-request-id"]
    assert "Traceback" not in response.text
    return document


def same(document: Mapping[str, Any]) -> dict[str, Any]:
    """A problem document without what differs from request to request."""
    return {key: value for key, value in document.items() if key != "request_id"}


async def history(callers: Callers, thread_id: str, limit: int = 100) -> list[dict[str, Any]]:
    """A conversation's messages, as an admin of the demo tenant sees them."""
    async with callers.http(callers.admin) as http:
        found = await http.get(f"/v1/conversations/{thread_id}/messages", params={"limit": limit})
    assert found.status_code == 200, found.text
    items: list[dict[str, Any]] = found.json()["items"]
    return items


def by(messages: list[dict[str, Any]], role: str) -> list[str]:
    """What one side said, in order."""
    return [message["content"] for message in messages if message["role"] == role]


async def chat(
    http: httpx.AsyncClient, message: str, headers: Headers | None = None, **more: Any
) -> httpx.Response:
    """A message over `/v1/chat`."""
    return await http.post("/v1/chat", json={"message": message, **more}, headers=headers)


def events_in(response: httpx.Response) -> list[dict[str, Any]]:
    """The events of a whole stream; each one's name is its data's `event`."""
    found = []
    for block in response.text.replace("\r\n", "\n").split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
        if "data" in lines:
            found.append(json.loads(lines["data"]))
            assert found[-1]["event"] == lines["event"]
    return found


async def opened(http: httpx.AsyncClient, message: str, **more: Any) -> str:
    """A new conversation's id."""
    name = thread()
    found = await http.post("/v1/chat", json={"message": message, "conversation_id": name, **more})
    assert found.status_code == 200, found.text
    return name
