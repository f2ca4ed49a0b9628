"""`switchboard reindex` as a process that is killed, on an endpoint over HTTP."""

import subprocess
import time
from pathlib import Path

from data.db import open_database
from data.knowledge import count_knowledge
from data.tenants import Tenant, upsert_tenant
from retrievers.hash_embedder import HashEmbedder
from retrievers.ingest import Upload, ingest
from tests.acme import ACME
from tests.command import COMMAND, environment, switchboard
from tests.retrievers.embeddings_server import EmbeddingsServer, embeddings_server

DOCUMENTS, BEFORE_THE_KILL = 6, 3


async def test_a_killed_reindex_goes_on_where_it_was_and_then_drops_what_is_old(
    database_url: str, data_dir: Path, tmp_path: Path
) -> None:
    async with open_database(database_url, minimum=1, maximum=2) as database:
        async with database.ops_transaction() as ops:
            await upsert_tenant(ops, Tenant(ACME, "Acme", {}, "s" * 32))
        for number in range(DOCUMENTS):
            upload = Upload(f"d{number}", f"Part {number}", f"Lamp number {number}.", "text")
            await ingest(database, HashEmbedder(), ACME, upload)
        with embeddings_server() as endpoint:
            given = {
                "DATA_DIR": str(data_dir),
                "DATABASE_URL": database_url,
                "EMBEDDING_PROVIDER": "openai",
                "EMBEDDING_BASE_URL": endpoint.url,
                "EMBEDDING_MODEL": "small",
            }
            kill_half_way(endpoint, tmp_path, given)
            before = len(endpoint.texts)
            done = switchboard("reindex", "--drop", folder=tmp_path, given=given)
            assert done.returncode == 0, done.stderr
            assert "openai/small has read" in done.stderr
            assert f"{DOCUMENTS} passages of other models were dropped" in done.stderr
            again = [text for text in endpoint.texts[before:] if "Lamp" in text]
        async with database.transaction(ACME) as db:
            stats = await count_knowledge(db, ACME)
    assert (stats.passages, stats.models) == (DOCUMENTS, ["openai/small"])
    assert len(again) == DOCUMENTS - BEFORE_THE_KILL


def kill_half_way(endpoint: EmbeddingsServer, folder: Path, given: dict[str, str]) -> None:
    """Start the command, and kill it while it waits for a vector."""
    endpoint.silent_after = 1 + BEFORE_THE_KILL  # the first is no document's
    running = subprocess.Popen([COMMAND, "reindex"], cwd=folder, env=environment(given))
    try:
        while endpoint.gate.is_set():
            assert running.poll() is None, "it ended before it could be killed"
            time.sleep(0.01)
    finally:
        running.kill()
        running.wait()
    endpoint.gate.set()
