import json
from pathlib import Path

from data.db import open_database
from data.knowledge import list_documents
from tests.command import switchboard

TENANT = "bakery"


def ingest(database_url: str, data_dir: Path, folder: Path, *words: str) -> tuple[int, str]:
    """Run the command on a database; exit code and what it said."""
    given = {"DATA_DIR": str(data_dir), "DATABASE_URL": database_url}
    done = switchboard("ingest", *words, folder=folder, given=given)
    return done.returncode, done.stderr


async def test_a_folder_is_ingested_replaced_and_what_is_no_document_is_told(
    database_url: str, data_dir: Path, tmp_path: Path
) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "bread.md").write_text("# Bread\n\nFresh at six.")
    (docs / "broken.txt").write_bytes(b"one\n\xff")
    lines = [{"id": "cake", "title": "Cake", "text": "To order.", "specialist": "leads"}]
    (docs / "more.jsonl").write_text("\n".join(map(json.dumps, lines)) + "\nnonsense")
    words = ("docs", "--tenant", TENANT, "--specialist", "general")

    code, said = ingest(database_url, data_dir, tmp_path, *words)
    assert code == 1
    assert "there is no tenant 'bakery'; --create makes it" in said

    code, said = ingest(database_url, data_dir, tmp_path, *words, "--create")
    assert code == 1
    assert "2 documents ingested for bakery (2 passages), 0 were the same, 2 left out" in said
    assert "broken.txt left out: content: line 2 is not UTF-8; save it as UTF-8" in said
    assert "more.jsonl:2 left out: line: is no JSON" in said

    (docs / "broken.txt").unlink()
    (docs / "more.jsonl").unlink()
    (docs / "bread.md").write_text("# Bread\n\nFresh at seven.")
    code, said = ingest(database_url, data_dir, tmp_path, *words)
    assert code == 0, said
    assert "1 document ingested" in said
    async with (
        open_database(database_url, minimum=1, maximum=1) as database,
        database.transaction(TENANT) as db,
    ):
        stored = await list_documents(db, TENANT)
    assert [(each.source, each.title, each.specialist) for each in stored] == [
        ("bread.md", "Bread", "general"),
        ("cake", "Cake", "leads"),
    ]


def test_a_path_that_is_not_there_is_a_sentence(
    database_url: str, data_dir: Path, tmp_path: Path
) -> None:
    code, said = ingest(database_url, data_dir, tmp_path, "nowhere")
    assert code == 1
    assert said.strip() == "Nowhere: there is no such file or folder."
