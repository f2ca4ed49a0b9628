"""`switchboard migrate`: the database's schema, forward and back."""

from typing import Annotated

import typer


def migrate(
    to: Annotated[
        str, typer.Option(metavar="REVISION", help="How far forward; the newest by default")
    ] = "head",
    down: Annotated[
        str | None,
        typer.Option(metavar="REVISION", help="Go back to this one instead; `base`: to nothing"),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="With --down: don't ask first")] = False,
) -> None:
    """Bring the database's schema to this version, or back.

    In dev every start does this by itself; elsewhere nothing changes before you say so. Going back
    drops the tables of the revisions that are undone, with everything in them.
    """
    from server.settings import read_settings

    settings = read_settings()

    from data import migrate as schema
    from data.condition import read_condition
    from server.prepare import database_url
    from server.progress import console

    url = database_url(settings)
    before = read_condition(url).revision
    if down is None:
        schema.migrate(url, to)
    else:
        if not yes:
            typer.confirm(f"Go back to {down} and drop what came after it?", abort=True)
        schema.take_back(url, down)
    after = read_condition(url).revision
    said = f"is at {after}" if before == after else f"went from {before} to {after}"
    console.print(f"The schema {said}; the newest is {schema.newest_revision()}.", highlight=False)
