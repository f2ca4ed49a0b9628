"""`switchboard reindex`: the knowledge base for another embedding model."""

from typing import Annotated

import typer


def reindex(
    tenant: Annotated[str | None, typer.Option(help="Only this one's; left out: everybody's")] = (
        None
    ),
    drop: Annotated[
        bool, typer.Option("--drop", help="Then forget what other models made of it")
    ] = False,
) -> None:
    """Have the embedding model read every document that it has not read.

    To change the model, run this with the new EMBEDDING_PROVIDER and EMBEDDING_MODEL while the
    servers go on with the old ones: their vectors stay and serve. Then restart the servers with
    the new settings and run it once more with --drop. What was stopped half-way goes on where it
    was.
    """
    from server.settings import read_settings

    settings = read_settings()

    import asyncio

    from server.progress import bars, console
    from server.reindexing import reindex_tenants

    with bars() as shown:
        done = asyncio.run(reindex_tenants(settings, tenant, drop=drop, report=shown.report))
    console.print(str(done), highlight=False, markup=False)
