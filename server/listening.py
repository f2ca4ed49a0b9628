"""Who listens at an address: nobody, a Switchboard, or some other program."""

import errno
import socket
from enum import StrEnum

import httpx

ANSWER_S = 2.0  # a server that takes longer to say that it is alive is taken for another program


def base_url(host: str, port: int) -> str:
    """Where a server that listens there is reached from this machine.

    >>> base_url("0.0.0.0", 8000), base_url("::1", 80)
    ('http://127.0.0.1:8000', 'http://[::1]:80')
    """
    reached = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  # asked, not bound
    return f"http://[{reached}]:{port}" if ":" in reached else f"http://{reached}:{port}"


class Listener(StrEnum):
    NOBODY = "nobody"
    SWITCHBOARD = "switchboard"
    ANOTHER = "another"


def listener_at(host: str, port: int) -> Listener:
    """Who listens there now.

    Raises:
        OSError: nobody, and we could not either: the address is not ours, or not allowed.
    """
    try:
        _try_to_listen(host, port)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        return Listener.SWITCHBOARD if is_switchboard(base_url(host, port)) else Listener.ANOTHER
    return Listener.NOBODY


def is_switchboard(url: str) -> bool:
    """Whether a Switchboard answers at a URL."""
    try:
        answer = httpx.get(f"{url}/healthz", timeout=ANSWER_S)
        return answer.status_code == 200 and answer.json() == {"status": "ok"}
    except (httpx.HTTPError, ValueError):
        return False


def refuse_taken(host: str, port: int) -> None:
    """Go on only where a server can listen.

    Raises:
        SystemExit: somebody does already, or the address cannot be had; says what to do.
    """
    try:
        found = listener_at(host, port)
    except OSError as error:
        raise SystemExit(f"Cannot listen on {host}:{port}: {error.strerror}.") from None
    other = f"start this one on another port: PORT={port + 1} make run"
    if found is Listener.SWITCHBOARD:
        raise SystemExit(
            f"A Switchboard serves on {host}:{port} already. Use it, stop it, or {other}"
        )
    if found is Listener.ANOTHER:
        raise SystemExit(f"Another program listens on {host}:{port}. Stop it, or {other}")


def _try_to_listen(host: str, port: int) -> None:
    family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(address)
