import asyncio
from pathlib import Path

import psycopg
import pytest

from server.prepare import UNFINISHED, Report, set_up
from server.settings import Settings


@pytest.fixture
def settings(data_dir: Path, seeded_url: str, tmp_path: Path) -> Settings:
    """Demo data in the database, and a data directory that has only the embedding model."""
    models = (data_dir / "models").resolve()
    if models.exists():
        (tmp_path / "models").symlink_to(models)
    return Settings(data_dir=tmp_path, database_url=seeded_url)


def count(settings: Settings, table: str) -> int:
    with psycopg.connect(str(settings.database_url)) as db:
        row = db.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()
        assert row
        return int(row[0])


def take_away(settings: Settings, statement: str) -> None:
    with psycopg.connect(str(settings.database_url)) as db:
        db.execute(statement.encode())


async def test_a_start_leaves_what_the_tenants_have_made_of_their_data(settings: Settings) -> None:
    take_away(settings, "DELETE FROM documents WHERE source LIKE '%sim-and-esim%'")
    before = count(settings, "documents")
    await set_up(settings, str(settings.database_url))
    assert count(settings, "documents") == before


async def test_a_start_that_was_broken_off_while_it_loaded_is_made_good(
    settings: Settings,
) -> None:
    take_away(settings, "DELETE FROM documents WHERE tenant = 'ridgeline'")
    take_away(settings, "DELETE FROM customers WHERE tenant = 'ridgeline' AND id = 3")
    (settings.data_dir / UNFINISHED).touch()
    await set_up(settings, str(settings.database_url))
    assert count(settings, "documents WHERE tenant = 'ridgeline'") == 12
    assert count(settings, "customers WHERE tenant = 'ridgeline'") == 3
    assert not (settings.data_dir / UNFINISHED).exists()


async def test_starts_at_the_same_moment_set_up_one_after_the_other(
    settings: Settings,
) -> None:
    (settings.data_dir / UNFINISHED).touch()
    heard: list[str] = []

    def listener(name: str) -> Report:
        return lambda *_: heard.append(name)

    url = str(settings.database_url)
    await asyncio.gather(*(set_up(settings, url, listener(name)) for name in ("one", "other")))
    assert len(set(heard)) == 1, "the one that waited found everything there"
