"""Hearing what operators write, while somebody types: a thread that follows the conversation."""

import json
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Self
from urllib.parse import urlencode

from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

AGAIN_S = 1.0  # after the connection broke
CREDENTIALS = ("x-api-key", "authorization", "x-conversation-token")


class Following:
    """Passes on each operator's message once, also those from before, until the block ends."""

    def __init__(
        self,
        url: str,
        headers: Mapping[str, str],
        conversation_id: str,
        customer_id: int | None,
        hear: Callable[[str], None],
    ) -> None:
        self._url = f"{url.rstrip('/').replace('http', 'ws', 1)}/ws/customer/{conversation_id}"
        self._headers = {name: headers[name] for name in CREDENTIALS if name in headers}
        self._known = {} if customer_id is None else {"customer_id": customer_id}
        self._hear = hear
        self._last = 0
        self._ended = threading.Event()
        self._socket: ClientConnection | None = None
        self._thread = threading.Thread(target=self._follow, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        if self._socket:
            self._socket.close()
        self._thread.join(AGAIN_S)

    def _follow(self) -> None:
        while not self._ended.is_set():
            with suppress(OSError, TimeoutError, WebSocketException):
                query = urlencode({"after": self._last, **self._known})
                with connect(
                    f"{self._url}?{query}", additional_headers=self._headers, proxy=None
                ) as self._socket:
                    for raw in self._socket:
                        self._take(json.loads(raw))
            self._ended.wait(AGAIN_S)

    def _take(self, frame: dict[str, object]) -> None:
        seq = frame["seq"]
        if frame["type"] == "conversation" or not isinstance(seq, int):
            return
        self._last = max(self._last, seq)
        if frame["type"] == "message" and frame["role"] == "operator":
            self._hear(str(frame["content"]))
