"""`switchboard encrypt`: everything that is encrypted, under the newest key."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from data.db import Database
    from data.sealing import Keyring
    from server.prepare import Report


@dataclass(frozen=True, slots=True)
class Told:
    """What came of it, a text or a table, and sentences about what could not be done."""

    result: Any
    problems: Sequence[str] = ()


Work = Callable[["Database", "Keyring", "Report"], Awaitable[Told]]
"""What is to be done, telling about its progress."""


def encrypt(
    seal: Annotated[
        str | None, typer.Option(metavar="TENANT", help="Seal this tenant's personal data")
    ] = None,
    unseal: Annotated[
        str | None, typer.Option("--open", metavar="TENANT", help="Have them open again")
    ] = None,
    status: Annotated[
        bool, typer.Option("--status", help="Only say what is sealed, and with which key")
    ] = False,
    new_key: Annotated[
        bool, typer.Option("--new-key", help="Only print a fresh key, for ENCRYPTION_KEYS")
    ] = False,
) -> None:
    """Seal stored credentials, and what is sealed otherwise, with the first of ENCRYPTION_KEYS.

    With --seal, the names, addresses and phone numbers of a tenant's customers and leads, the
    audit trail, and what the graph remembers of conversations are sealed from now on, too. The
    words of conversations and tickets are not: they are searched. Servers must have the keys first.

    To change keys: print a new one, put it first in ENCRYPTION_KEYS and restart the servers, run
    this, then remove the old key. It may be broken off and run again at any time. Exit code 1 when
    something cannot be opened with any of the keys; it is named and left as it is. Backups, and
    what the database has not overwritten yet, stay as they were.
    """
    if sum((bool(seal), bool(unseal), status, new_key)) > 1:
        raise typer.BadParameter("use one of --seal, --open, --status and --new-key at a time")
    if new_key:
        from data.sealing import new_key as fresh_key

        typer.echo(fresh_key())
    elif status:
        _run(_show)
    elif seal or unseal:
        _run(_changing(seal, unseal))
    else:
        _run(_reseal)


def _run(work: Work) -> None:
    """Do it, and then say what came of it: a bar that still moves would write over it."""
    from data.db import open_database
    from data.sealing import Keyring
    from server import setting_values
    from server.prepare import database_url
    from server.progress import bars, console
    from server.settings import read_settings

    settings = read_settings()
    keyring = Keyring(setting_values.encryption_keys(settings.encryption_keys))

    async def run() -> Told:
        url = database_url(settings)
        with bars() as shown:
            async with open_database(url, minimum=1, maximum=4, keyring=keyring) as database:
                return await work(database, keyring, shown.report)

    told = asyncio.run(run())
    for problem in told.problems:
        console.print(f"{problem}; it was left as it is.", style="red", markup=False)
    console.print(told.result, highlight=False)
    if told.problems:
        raise typer.Exit(1)


async def _reseal(database: "Database", keyring: "Keyring", report: "Report") -> Told:
    """Credentials first, then the tenants that asked for more."""
    from data import sealed_tenants
    from server import personal
    from server.rotation import rotate

    done = await rotate(database, keyring, report)
    async with database.ops_transaction() as ops:
        sealed = await sealed_tenants.list_sealed(ops)
    changed, problems = done.resealed, list(done.unopened)
    for tenant in sealed:
        rows = await personal.go_on(database, keyring, tenant.id, report)
        changed += rows.changed
        problems += _problems(tenant.id, rows.unopened)
    return Told(f"Sealed with the first key: {changed}.", problems)


def _changing(seal: str | None, unseal: str | None) -> Work:
    tenant = seal or unseal or ""

    async def change(database: "Database", keyring: "Keyring", report: "Report") -> Told:
        from data import tenants
        from server import personal

        async with database.ops_transaction() as ops:
            await tenants.get_tenant(ops, tenant)
        change = personal.seal if seal else personal.unseal
        done = await change(database, keyring, tenant, report)
        word = "Sealed" if seal else "Opened"
        return Told(f"{word} for {tenant}: {done.changed}.", _problems(tenant, done.unopened))

    return change


async def _show(database: "Database", keyring: "Keyring", _report: "Report") -> Told:
    from rich.table import Table

    from server import personal

    found = await personal.standing(database, keyring)
    shown = Table("tenant", "state", "what", "first key", "other keys", "open")
    for one in found:
        counts = (one.sealed, one.outdated, one.open)
        shown.add_row(one.tenant, one.state, one.table, *map(str, counts))
    return Told(shown if found else "No tenant has its personal data sealed.")


def _problems(tenant: str, unopened: int) -> list[str]:
    if not unopened:
        return []
    return [f"no key of ENCRYPTION_KEYS opens {unopened} rows of {tenant}, or they were changed"]
