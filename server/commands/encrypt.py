"""`switchboard encrypt`: everything that is encrypted, under the newest key."""

from typing import Annotated

import typer


def encrypt(
    new_key: Annotated[
        bool, typer.Option("--new-key", help="Only print a fresh key, for ENCRYPTION_KEYS")
    ] = False,
) -> None:
    """Seal stored credentials with the first of ENCRYPTION_KEYS.

    To change keys: print a new one, put it first in ENCRYPTION_KEYS and restart the servers, run
    this, then remove the old key. It may be broken off and run again at any time. Exit code 1 when
    something cannot be opened with any of the keys; it is named and left as it is.
    """
    from data.sealing import Keyring
    from data.sealing import new_key as fresh_key

    if new_key:
        typer.echo(fresh_key())
        return
    from server import setting_values
    from server.settings import read_settings

    settings = read_settings()

    import asyncio

    from data.db import open_database
    from server.prepare import database_url
    from server.progress import bars, console
    from server.rotation import Rotated, rotate

    keyring = Keyring(setting_values.encryption_keys(settings.encryption_keys))

    async def run() -> Rotated:
        url = database_url(settings)
        with bars() as shown:
            async with open_database(url, minimum=1, maximum=4) as database:
                return await rotate(database, keyring, shown.report)

    done = asyncio.run(run())
    for sentence in done.unopened:
        console.print(f"{sentence}; it was left as it is.", style="red", markup=False)
    console.print(f"Sealed with the first key: {done.resealed}.", highlight=False)
    if done.unopened:
        raise typer.Exit(1)
