"""`switchboard replay`: recorded conversations through a running server."""

from pathlib import Path
from typing import Annotated

import typer


def replay(
    files: Annotated[
        list[Path], typer.Argument(exists=True, dir_okay=False, help="What customers said")
    ],
    url: Annotated[
        str | None, typer.Option(help="The server; http://127.0.0.1:PORT by default")
    ] = None,
    key: Annotated[
        str | None, typer.Option(help="An API key; for a server of this machine, its demo key")
    ] = None,
    customer: Annotated[
        int | None,
        typer.Option(min=1, help="Send as this customer of the demo tenant, by a token"),
    ] = None,
    concurrency: Annotated[int, typer.Option(min=1, max=256, help="Conversations at a time")] = 8,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Only so many conversations of each file")
    ] = None,
    report: Annotated[
        Path | None, typer.Option(help="Folder of the report; DATA_DIR/replay/NAME by default")
    ] = None,
    verify_all: Annotated[
        bool, typer.Option("--verify-all", help="Look every conversation up afterwards")
    ] = False,
) -> None:
    """Send recorded conversations through a running server.

    They go over LangServe, as any LangChain client's would. A line of a file is a conversation,
    `{"turns": [{"customer": "…"}, …]}`, or a message of its own, `{"text": "…", "route":
    "billing"}`; in files that are not .jsonl also plain text. Lines that are neither are named and
    left out. Afterwards the server is asked for the histories, and every message must be there,
    once and in order. report.json and report.md say how it went. Exit code 1 when a message was
    lost or met an error.
    """
    from server.client import find_server, key_for
    from server.settings import read_settings

    if report and len(files) > 1:
        raise typer.BadParameter("--report takes one folder; replay the files one by one")
    settings = read_settings()
    found = find_server(settings, url)
    used = key_for(settings, found, key)
    if used is None:
        raise typer.BadParameter("name an API key of that server with --key")

    import asyncio

    from server.replay.run import Order, replay_file

    all_well = True
    for file in files:
        order = Order(
            file=file,
            url=found,
            key=used,
            customer_id=customer,
            concurrency=concurrency,
            limit=limit,
            folder=report or settings.data_dir / "replay" / file.stem,
            verify_all=verify_all,
        )
        all_well = asyncio.run(replay_file(settings, order)) and all_well
    if not all_well:
        raise typer.Exit(1)
