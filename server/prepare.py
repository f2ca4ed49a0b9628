"""Bring the database to where a server can start: running, migrated, and in dev with demo data."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from agents.playbook_files import read_playbooks
from data import keys, policies, sealed_tenants, tenants
from data.condition import read_condition
from data.db import Database, open_database
from data.errors import Invalid, Unavailable
from data.keys import NewKey, digest_of, new_key, prefix_of
from data.lock import setting_up
from data.migrate import migrate, newest_revision
from data.personal import key_place_of
from data.playbooks import put_playbooks
from data.sealing import CannotOpen
from data.seed.content import read_tenant
from data.seed.load import SEED_FOLDERS, load_tenant
from retrievers.embed import Embedder
from retrievers.seed import load_knowledge
from server.auth.permissions import SCOPES
from server.embedding import embedder_of
from server.installation import KEY_FILE, installation_secrets, kept_secret, keyring
from server.settings import DEMO_TENANT, Settings
from tools.policies import read_policy

PLAYBOOKS = "playbooks.yaml"
POLICIES = "policies.yaml"
UNFINISHED = "seeding"  # a file in the data directory while demo data are being loaded

Report = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and how much there is."""


def silent(_what: str, _done: int, _of: int) -> None:
    """Nobody watches."""


async def prepare(settings: Settings, report: Report = silent) -> str:
    """Everything a first start needs; quick when it has been done before.

    Outside dev nothing is migrated or seeded: `switchboard migrate` does it when you say so.

    Returns:
        The database's URL.

    Raises:
        Unavailable: outside dev, the database has not come to this version.
        Invalid: API_KEYS names a tenant that there is not.
    """
    url = database_url(settings)
    if settings.env == "dev":
        await set_up(settings, url, report)
    else:
        await asyncio.to_thread(_refuse_older, url)
    async with open_database(url, minimum=1, maximum=2) as database:
        await _refuse_lost_keys(settings, database)
        await _store_given_keys(settings, database)
    return url


async def set_up(settings: Settings, url: str, report: Report = silent) -> None:
    """Migrate a database and, while it has no tenant, load the demo's.

    Processes that start together do it one after the other; a start that was broken off while
    it loaded is made good.
    """
    async with setting_up(url):
        await asyncio.to_thread(migrate, url)
        unfinished = settings.data_dir / UNFINISHED
        async with open_database(url, minimum=1, maximum=4, keyring=keyring(settings)) as database:
            broken_off = await asyncio.to_thread(unfinished.exists)
            if broken_off or not await _tenants(database):
                await asyncio.to_thread(_mark, unfinished)
                await seed(settings, database, report)
                await asyncio.to_thread(unfinished.unlink)


def _mark(unfinished: Path) -> None:
    unfinished.parent.mkdir(parents=True, exist_ok=True)
    unfinished.touch()


def _refuse_older(url: str) -> None:
    """A newer schema is let pass: replicas are replaced one by one after a migration."""
    found, needed = read_condition(url).revision, newest_revision()
    if (found or "") < needed:
        raise Unavailable(
            f"the database is at revision {found}, this Switchboard needs {needed};"
            " run `switchboard migrate`"
        )


def database_url(settings: Settings) -> str:
    """The configured database, or the embedded one, started."""
    if settings.database_url:
        return settings.database_url
    from server.embedded import start_postgres  # noqa: PLC0415  # 0.2 s that production saves

    return start_postgres(settings.data_dir)


async def leave(settings: Settings) -> None:
    """Undo `prepare` at the end: the embedded database stops with the last process that uses it."""
    if settings.database_url is None:
        from server.embedded import stop_postgres  # noqa: PLC0415

        await asyncio.to_thread(stop_postgres, settings.data_dir)


async def seed_tenants(settings: Settings, report: Report, only: str | None = None) -> list[str]:
    """Load the demo tenants into the configured database (in dev, migrated first); their ids.

    Raises:
        Invalid: there is no demo tenant of the name `only`.
    """
    url = database_url(settings)
    async with setting_up(url):
        if settings.env == "dev":
            await asyncio.to_thread(migrate, url)
        async with open_database(url, minimum=1, maximum=4, keyring=keyring(settings)) as database:
            return await seed(settings, database, report, only)


async def seed(
    settings: Settings, database: Database, report: Report, only: str | None = None
) -> list[str]:
    """Load the demo tenants, or only one; their ids. What is there stays as it is.

    Raises:
        Invalid: there is no demo tenant of the name `only`.
    """
    folders = await asyncio.to_thread(_seed_folders)
    if only is not None and only not in folders:
        raise Invalid("tenant", f"must be one of {', '.join(folders)}")
    wanted = list(folders) if only is None else [only]
    embedder = embedder_of(settings)
    embedder.start()
    try:
        for tenant in wanted:
            await seed_folder(database, embedder, folders[tenant], report)
    finally:
        embedder.close()
    return wanted


def _seed_folders() -> dict[str, Path]:
    return {read_tenant(folder).id: folder for folder in SEED_FOLDERS}


async def seed_folder(database: Database, embedder: Embedder, folder: Path, report: Report) -> None:
    """One tenant's business, knowledge, playbooks and policy; a policy that is there stays."""
    playbooks = await asyncio.to_thread(read_playbooks, folder / PLAYBOOKS)
    written = {p.name: p.definition() for p in playbooks}
    rules = [r.definition() for r in await asyncio.to_thread(read_policy, folder / POLICIES)]
    tenant = (await asyncio.to_thread(read_tenant, folder)).id

    def named(what: str, done: int, of: int) -> None:
        report(f"{tenant}: {what}", done, of)

    await load_tenant(database, folder, datetime.now(UTC).date(), named)
    async with database.transaction(tenant) as db:
        await put_playbooks(db, tenant, written, replace=False)
        if rules and await policies.find_policy(db, tenant) is None:
            await policies.put_policy(db, tenant, rules, author="seed", note=None, version=1)
    named("playbooks", len(written), len(written))
    await load_knowledge(database, embedder, tenant, folder, named)


def demo_key(settings: Settings) -> str:
    """The demo tenant's admin key, made once and kept in the data directory."""
    return kept_secret(settings.data_dir / KEY_FILE, new_key)


async def _tenants(database: Database) -> set[str]:
    async with database.ops_transaction() as ops:
        return {tenant.id for tenant in await tenants.list_tenants(ops)}


async def _refuse_lost_keys(settings: Settings, database: Database) -> None:
    """A server without the keys could neither read a sealed tenant's customers nor find them.

    Raises:
        Invalid: a tenant's personal data are sealed with a key that is not there.
    """
    ring = keyring(settings)
    async with database.ops_transaction() as ops:
        sealed = await sealed_tenants.list_sealed(ops)
    for tenant in sealed:
        if ring is None:
            raise Invalid(
                "ENCRYPTION_KEYS",
                f"is empty, and the personal data of tenant {tenant.id!r} are sealed;"
                " put the keys back that it had",
            )
        try:
            ring.open(tenant.digest_key, key_place_of(tenant.id))
        except CannotOpen as error:
            raise Invalid(
                "ENCRYPTION_KEYS",
                f"the personal data of tenant {tenant.id!r} are sealed with a key that is not in it"
                f" ({error}); put that key back",
            ) from None


async def _store_given_keys(settings: Settings, database: Database) -> None:
    """The keys of API_KEYS and, in dev, the demo key: admins of their tenant.

    Raises:
        Invalid: API_KEYS names a tenant that there is not.
    """
    known = await _tenants(database)
    given = list(settings.given_keys)
    for _, tenant in given:
        if tenant not in known:
            raise Invalid("API_KEYS", f"there is no tenant {tenant!r} to give a key to")
    if settings.env == "dev" and DEMO_TENANT in known:
        given.append((demo_key(settings), DEMO_TENANT))
    pepper = installation_secrets(settings).pepper
    async with database.ops_transaction() as ops:
        for key, tenant in given:
            await keys.store_key(ops, _admin_key(key, tenant, pepper))


def _admin_key(key: str, tenant: str, pepper: str) -> NewKey:
    return NewKey(tenant, "given", prefix_of(key), digest_of(key, pepper), "admin", tuple(SCOPES))
