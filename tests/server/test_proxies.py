"""Whose word about a client's address is believed."""

from typing import Any

import pytest

from server.proxies import LOOPBACK, Proxies

OURS = ["10.0.0.0/8", "2001:db8::1"]


async def seen(client: tuple[str, int] | None, trusted: list[str], *said: str) -> Any:
    """The client's address as the application sees it."""
    found: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        found.append(scope["client"] and scope["client"][0])

    headers = [(b"x-forwarded-for", value.encode()) for value in said]
    scope = {"type": "http", "client": client, "headers": headers, "scheme": "http"}
    await Proxies(app, trusted)(scope, app, app)  # type: ignore[arg-type]
    return found[0]


@pytest.mark.parametrize(
    ("client", "trusted", "said", "address"),
    [
        ("198.51.100.7", [], [], "198.51.100.7"),
        ("198.51.100.7", [], ["203.0.113.9"], "198.51.100.7"),
        ("198.51.100.7", OURS, ["203.0.113.9"], "198.51.100.7"),
        ("10.1.2.3", OURS, ["203.0.113.9"], "203.0.113.9"),
        ("2001:db8::1", OURS, ["203.0.113.9"], "203.0.113.9"),
        # what a client wrote stands left of what our own proxies added
        ("10.1.2.3", OURS, ["1.1.1.1, 203.0.113.9, 10.9.9.9"], "203.0.113.9"),
        ("10.1.2.3", OURS, ["1.1.1.1", "203.0.113.9"], "203.0.113.9"),
        ("10.1.2.3", OURS, [], "10.1.2.3"),
        # uvicorn rewrote it already, for a peer of this machine that nobody vouched for
        ("203.0.113.9", [], ["203.0.113.9"], LOOPBACK),
        ("203.0.113.9", [], ["1.1.1.1, 203.0.113.9:8080"], LOOPBACK),
        ("203.0.113.9", [LOOPBACK], ["203.0.113.9"], "203.0.113.9"),
        # not uvicorn: a client that names itself to pass for this machine
        ("203.0.113.9", [LOOPBACK], ["203.0.113.9, 1.1.1.1"], "203.0.113.9"),
    ],
)
async def test_a_header_counts_only_from_configured_proxies(
    client: str, trusted: list[str], said: list[str], address: str
) -> None:
    assert await seen((client, 0), trusted, *said) == address


async def test_a_unix_socket_has_no_address() -> None:
    assert await seen(None, OURS, "203.0.113.9") is None
