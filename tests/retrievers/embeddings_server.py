"""A scripted endpoint behind real HTTP that speaks OpenAI's embeddings API, or fails to.

Vectors are those of `HashEmbedder`, so that what it serves can be searched.
"""

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from retrievers.hash_embedder import HashEmbedder

Answer = tuple[int, dict[str, str], bytes]
JSON = {"content-type": "application/json"}


@dataclass
class EmbeddingsServer:
    """A running endpoint. `failing` answers come first, one a request; `texts` grows."""

    url: str = ""
    dimensions: int = 64
    failing: list[Answer] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)
    gate: threading.Event = field(default_factory=threading.Event)
    """Requests that find it closed wait for it, and are answered in vain."""
    silent_after: int | None = None
    """So many texts close the gate."""

    @property
    def texts(self) -> list[str]:
        """Every text of every request that was answered."""
        return [text for request in self.requests for text in request["input"]]

    def answer(self, request: dict[str, Any]) -> Answer:
        if self.silent_after is not None and len(self.texts) >= self.silent_after:
            self.gate.clear()
            self.silent_after = None
        if not self.gate.is_set():
            self.gate.wait(30)
            return refusal(503, "whoever asked is gone by now")
        if self.failing:
            return self.failing.pop(0)
        self.requests.append(request)
        size = request.get("dimensions") or self.dimensions
        rows = asyncio.run(HashEmbedder(size).embed(request["input"]))
        return embeddings([(3 * row).tolist() for row in rows])


def embeddings(rows: list[Any]) -> Answer:
    """A good answer with these vectors, last first: their `index` says which is whose."""
    data = [
        {"object": "embedding", "index": index, "embedding": row} for index, row in enumerate(rows)
    ]
    usage = {"prompt_tokens": 1, "total_tokens": 1}
    body = {"object": "list", "data": data[::-1], "model": "m", "usage": usage}
    return 200, JSON, json.dumps(body).encode()


def refusal(status: int, message: str, **headers: str) -> Answer:
    """An error in OpenAI's words."""
    body = {"error": {"message": message, "type": "error", "code": None}}
    return status, JSON | headers, json.dumps(body).encode()


@contextmanager
def embeddings_server() -> Iterator[EmbeddingsServer]:
    """Serve on a free port of this machine until the block ends."""
    endpoint = EmbeddingsServer()
    endpoint.gate.set()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            endpoint.keys.append(self.headers["authorization"])
            status, headers, content = endpoint.answer(json.loads(body))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            with suppress(ConnectionError):  # whoever asked may be gone
                self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    endpoint.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield endpoint
    finally:
        endpoint.gate.set()
        server.shutdown()
        server.server_close()
        thread.join()
