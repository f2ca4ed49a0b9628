"""`switchboard curated`: the answers a company wrote by hand, as a file it edits."""

from pathlib import Path
from typing import Annotated

import typer

curated = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Keep the answers that are given as they are written in a file.",
)

Tenant = Annotated[str, typer.Option(help="Whose answers")]


@curated.command()
def load(
    file: Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False)],
    tenant: Tenant = "demo",
    prune: Annotated[
        bool, typer.Option("--prune", help="Take away answers that the file does not have")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would change, and change nothing")
    ] = False,
) -> None:
    """Put the answers of a YAML file in their places; they count from the next message on.

    The file is a list of specialist, name, keywords, response, confidence (0 to 1; 0.9 where it is
    left out) and the intents it serves (left out: any); `export` writes one. An answer replaces the
    one of its specialist and name, the others stay unless --prune is given. What changes is shown:
    + is new, ~ different, - gone. A file is taken whole or not at all.
    """
    from server.settings import read_settings

    settings = read_settings()

    import asyncio

    from server.curated_file import lines_of, load_curated

    told = asyncio.run(load_curated(settings, tenant, file, prune=prune, dry_run=dry_run))
    for line in lines_of(told):
        typer.echo(line)
    ending = "; nothing was changed" if dry_run else ""
    typer.echo(f"{file.name} for {tenant}: {told}{ending}.", err=True)


@curated.command()
def export(tenant: Tenant = "demo") -> None:
    """Write the answers to standard output, as `load` reads them."""
    from server.settings import read_settings

    settings = read_settings()

    import asyncio

    from server.curated_file import export_curated

    typer.echo(asyncio.run(export_curated(settings, tenant)), nl=False)


@curated.command()
def remove(
    places: Annotated[list[str], typer.Argument(metavar="SPECIALIST/NAME...")],
    tenant: Tenant = "demo",
) -> None:
    """Take answers away, by specialist and name: `general/opening_hours`."""
    from server.settings import read_settings

    settings = read_settings()

    import asyncio

    from server.curated_file import remove_curated

    asyncio.run(remove_curated(settings, tenant, places))
    typer.echo(f"Removed {len(places)} from {tenant}.", err=True)
