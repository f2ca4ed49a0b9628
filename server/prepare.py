"""Bring the database to where a server can start: running, migrated, and in dev with demo data."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from agents.playbook_files import read_playbooks
from data import keys, tenants
from data.db import Database, open_database
from data.keys import NewKey, digest_of, new_key, prefix_of
from data.migrate import migrate
from data.playbooks import put_playbooks
from data.seed.load import SEED_FOLDERS, load_tenant
from data.tenants import Tenant
from retrievers.embed import Embedder, open_embedder
from retrievers.seed import load_knowledge
from server.auth.permissions import SCOPES
from server.installation import KEY_FILE, installation_secrets, kept_secret
from server.settings import DEMO_TENANT, Settings

PLAYBOOKS = "playbooks.yaml"

Report = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and how much there is."""


def silent(_what: str, _done: int, _of: int) -> None:
    """Nobody watches."""


async def prepare(settings: Settings, report: Report = silent) -> str:
    """Everything a first start needs; quick when it has been done before.

    Outside dev nothing is migrated or seeded: `switchboard migrate` does it when you say so.

    Returns:
        The database's URL.
    """
    url = database_url(settings)
    if settings.env == "dev":
        await set_up(settings, url, report)
    await _store_given_keys(settings, url)
    return url


async def set_up(settings: Settings, url: str, report: Report = silent) -> None:
    """Migrate a database and, while it has no tenant, load the demo's."""
    await asyncio.to_thread(migrate, url)
    async with open_database(url, minimum=1, maximum=4) as database:
        if not await _has_tenants(database):
            await seed(settings, database, report)


def database_url(settings: Settings) -> str:
    """The configured database, or the embedded one, started."""
    if settings.database_url:
        return settings.database_url
    from server.embedded import start_postgres  # noqa: PLC0415  # 0.2 s that production saves

    return start_postgres(settings.data_dir)


async def seed(settings: Settings, database: Database, report: Report) -> None:
    """Load the demo tenants. What is there stays as it is."""
    embedder = open_embedder(
        settings.embedding_provider, settings.embedding_model, settings.data_dir
    )
    embedder.start()
    try:
        for folder in SEED_FOLDERS:
            await seed_folder(database, embedder, folder, report)
    finally:
        embedder.close()


async def seed_folder(database: Database, embedder: Embedder, folder: Path, report: Report) -> None:
    """One tenant's business, knowledge and playbooks."""
    written = {p.name: p.model_dump(by_alias=True) for p in read_playbooks(folder / PLAYBOOKS)}
    tenant = (await load_tenant(database, folder, datetime.now(UTC).date(), report)).tenant
    async with database.transaction(tenant) as db:
        await put_playbooks(db, tenant, written, replace=False)
    report("playbooks", len(written), len(written))
    await load_knowledge(database, embedder, tenant, folder, report)


def demo_key(settings: Settings) -> str:
    """The demo tenant's admin key, made once and kept in the data directory."""
    return kept_secret(settings.data_dir / KEY_FILE, new_key)


async def _has_tenants(database: Database) -> bool:
    async with database.ops_transaction() as ops:
        found: list[Tenant] = await tenants.list_tenants(ops)
    return bool(found)


async def _store_given_keys(settings: Settings, url: str) -> None:
    """The keys of API_KEYS and, in dev, the demo key: admins of their tenant."""
    given = list(settings.given_keys)
    if settings.env == "dev":
        given.append((demo_key(settings), DEMO_TENANT))
    pepper = installation_secrets(settings).pepper
    async with (
        open_database(url, minimum=1, maximum=2) as database,
        database.ops_transaction() as ops,
    ):
        for key, tenant in given:
            new = NewKey(
                tenant, "given", prefix_of(key), digest_of(key, pepper), "admin", tuple(SCOPES)
            )
            await keys.store_key(ops, new)
