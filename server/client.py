"""Commands that talk to a running server: where it is, with which key, and whether it is there."""

from urllib.parse import urlsplit

import httpx

from server.installation import KEY_FILE
from server.listening import base_url, is_switchboard
from server.settings import Settings

LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})
TIMEOUT_S = 120.0  # longer than the server's own deadline for a turn


def find_server(settings: Settings, url: str | None) -> str:
    """The URL of a server that answers.

    Raises:
        SystemExit: nobody, or no Switchboard, answers there.
    """
    wanted = (url or base_url(settings.host, settings.port)).rstrip("/")
    if urlsplit(wanted).scheme not in {"http", "https"}:
        raise SystemExit(f"{wanted} is no address of a server; give one like http://127.0.0.1:8000")
    if not is_switchboard(wanted):
        raise SystemExit(f"No Switchboard answers at {wanted}. Start one with `make run`.")
    return wanted


def key_for(settings: Settings, url: str, given: str | None) -> str | None:
    """The key to use: the one given, else this machine's demo key for a server of this machine."""
    if given:
        return given
    kept = settings.data_dir / KEY_FILE
    if urlsplit(url).hostname in LOCAL and kept.exists():
        return kept.read_text().strip()
    return None


def open_client(url: str, key: str | None) -> httpx.Client:
    """An HTTP client for one server; close it."""
    headers = {"x-api-key": key} if key else {}
    return httpx.Client(base_url=url, headers=headers, timeout=TIMEOUT_S)


def problem_in(response: httpx.Response) -> str:
    """What the server says is wrong, in its own words where it has any."""
    try:
        return f"{response.status_code}: {response.json()['detail']}"
    except (ValueError, KeyError, TypeError):
        return f"{response.status_code} {response.reason_phrase}"
