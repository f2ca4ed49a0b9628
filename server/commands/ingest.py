"""`switchboard ingest`: a company's documents into its knowledge base."""

from pathlib import Path
from typing import Annotated

import typer


def ingest(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Files or folders")],
    tenant: Annotated[str, typer.Option(help="Whose knowledge base")] = "demo",
    create: Annotated[
        bool, typer.Option("--create", help="Make the tenant if there is none of that id")
    ] = False,
    specialist: Annotated[
        str | None, typer.Option(help="Of documents that name none; left out: everybody's")
    ] = None,
    category: Annotated[str | None, typer.Option(help="Of documents that name none")] = None,
) -> None:
    """Put documents into a tenant's knowledge base.

    Markdown (.md), plain text (.txt), HTML (.html), or a document in each line of a .jsonl:
    `{"source": "refunds", "title": "Refunds", "content": "…"}`, where format, specialist and
    category may be given, too. A Markdown file may begin with title, specialist and category
    between lines of ---. What was ingested before under the same name is replaced, what is the same
    is not done again. Files that cannot be read are named and left out; exit code 1 if there were
    any.
    """
    from server.settings import read_settings

    settings = read_settings()

    import asyncio

    from server.ingestion import Order, ingest_files
    from server.progress import bars, console

    order = Order(tuple(paths), tenant, create, specialist, category)
    with bars() as shown:
        tally = asyncio.run(ingest_files(settings, order, shown.report))
    for problem in tally.problems:
        console.print(f"{problem.where} left out: {problem.reason}", highlight=False, markup=False)
    console.print(str(tally), highlight=False, markup=False)
    if tally.problems:
        raise typer.Exit(1)
