"""`switchboard chat`: talk to a running server from the terminal."""

from typing import Annotated

import typer


def chat(
    url: Annotated[
        str | None, typer.Option(help="The server; http://127.0.0.1:PORT by default")
    ] = None,
    key: Annotated[
        str | None, typer.Option(help="An API key; for a server of this machine, its demo key")
    ] = None,
    customer: Annotated[
        int | None, typer.Option(min=1, help="Speak as this customer, verified; else as anybody")
    ] = None,
) -> None:
    """Talk to a running server; Ctrl-D ends.

    Answers come as they are written. Dimmed: the way through the graph, the tools that were called,
    and the sources. After a handoff your messages go to the operators, and what they write appears
    as they write it.
    """
    from contextlib import ExitStack

    import httpx
    from rich.console import Console

    from server.client import find_server, key_for, open_client
    from server.screen import Screen
    from server.settings import read_settings
    from server.talk import Refused, Talk

    settings = read_settings()
    found = find_server(settings, url)
    console = Console()
    screen = Screen(console)
    with ExitStack() as stack:
        client = stack.enter_context(open_client(found, key_for(settings, found, key)))
        followed = False
        talk = Talk(client, customer)
        console.print(f"Connected to {found}. Ctrl-D ends.", style="dim", highlight=False)
        while True:
            try:
                words = console.input("[bold cyan]you ›[/] ").strip()
            except (EOFError, KeyboardInterrupt):
                console.print()
                return
            try:
                if words:
                    screen.begin()
                    for event in talk.say(words):
                        screen.show(event)
                if screen.with_people and not followed:
                    followed = True
                    stack.enter_context(talk.following(screen.operator))
            except (Refused, httpx.TransportError) as error:
                screen.complain(str(error) or type(error).__name__)
