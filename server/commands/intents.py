"""`switchboard intents`: the messages a company labels to show what its customers want."""

from pathlib import Path
from typing import Annotated

import typer

intents = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Label messages, so that the next ones like them go where they belong.",
)

Tenant = Annotated[str, typer.Option(help="Whose intents")]


@intents.command()
def add(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", exists=True, dir_okay=False)],
    tenant: Tenant = "demo",
) -> None:
    """Add labelled messages from files; they count from the next message on, without a restart.

    A line of a .jsonl file is a message and its intent: `{"intent": "order_status", "content":
    "has it left yet"}`. The intent is one the company has, or a route: tech, billing, leads,
    general, handoff. A .yaml file defines intents, too: a list of name, specialist, account,
    description, keywords and examples. A message that is labelled already moves. A file is taken
    whole or not at all.
    """
    from server.settings import read_settings

    settings = read_settings()

    import asyncio

    from server.labelling import add_labelled, read_labelled
    from server.progress import bars

    read = [read_labelled(file) for file in files]
    with bars() as shown:
        for file, labelled in zip(files, read, strict=True):
            shown.report(file.name, 0, len(labelled.examples))
            count = asyncio.run(add_labelled(settings, tenant, labelled))
            shown.report(file.name, count, len(labelled.examples))
            typer.echo(f"{file.name}: {count} labelled messages for {tenant}.", err=True)


@intents.command("list")
def list_(
    tenant: Tenant = "demo",
    intent: Annotated[str | None, typer.Option(help="Only this one's")] = None,
) -> None:
    """Show labelled messages: number, intent and message, separated by tabs."""
    from server.settings import read_settings

    settings = read_settings()

    import asyncio

    from server.labelling import list_labelled

    for example in asyncio.run(list_labelled(settings, tenant, intent)):
        typer.echo(f"{example.id}\t{example.intent}\t{example.content}")


@intents.command()
def remove(
    ids: Annotated[list[int], typer.Argument(metavar="NUMBER...")], tenant: Tenant = "demo"
) -> None:
    """Take labelled messages away, by the numbers that `list` shows."""
    from server.settings import read_settings

    settings = read_settings()

    import asyncio

    from server.labelling import remove_labelled

    asyncio.run(remove_labelled(settings, tenant, ids))
    typer.echo(f"Removed {len(ids)} from {tenant}.", err=True)
