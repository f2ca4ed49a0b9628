"""`switchboard train`: fit what learns from labelled messages."""

from pathlib import Path
from typing import Annotated

import typer

train = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Fit what learns from labelled messages.",
)


Data = Annotated[
    list[Path] | None,
    typer.Option(exists=True, help="A .jsonl file, or a folder of them; may be repeated"),
]
Licence = Annotated[
    str, typer.Option(help="The licence of the data; it is noted in the fitted file")
]


@train.callback()
def training() -> None:
    """Fit what learns from labelled messages."""


@train.command()
def sentiment(
    data: Data = None,
    licence: Licence = "not stated",
    weight: Annotated[
        float, typer.Option(min=0.01, max=100, help="Of a message of the data; one of ours has 10")
    ] = 10,
    out: Annotated[
        Path | None,
        typer.Option(dir_okay=False, help="Where to; DATA_DIR/sentiment_head.json by default"),
    ] = None,
) -> None:
    """Fit the sentiment of messages on labelled ones, beside those that come with Switchboard.

    A line of a file is a message and its score: `{"text": "third call today", "score": -0.5}`, from
    -1, furious, to 1, delighted. A server uses the fitted file of its data directory from its next
    start on; without the file, the one that Switchboard comes with. `switchboard evals sentiment`
    measures it.
    """
    from server.settings import read_settings

    settings = read_settings()

    import asyncio

    from agents.fitted import files_in
    from agents.sentiment_fit import own_examples, read_examples
    from agents.sentiment_head import FITTED, write_head
    from server.progress import bars, console
    from server.training import fit_sentiment

    sources = [own_examples()]
    sources += [read_examples(file, licence, weight) for file in files_in(data or [])]
    with bars() as shown:
        head = asyncio.run(fit_sentiment(settings, sources, shown.report))
    file = out or settings.data_dir / FITTED
    write_head(head, file)
    messages = sum(source.messages for source in head.sources)
    console.print(f"Fitted on {messages} messages: {file}", highlight=False, soft_wrap=True)


@train.command()
def intent(
    data: Data = None,
    licence: Licence = "not stated",
    out: Annotated[
        Path | None,
        typer.Option(dir_okay=False, help="Where to; DATA_DIR/route_head.json by default"),
    ] = None,
) -> None:
    """Fit what tells whose a message is where a company has few examples of its own.

    On the messages that come with Switchboard and, with --data, on labelled ones. A line of a file
    is a message and its route: `{"text": "my bill is wrong", "route": "billing"}`; routes are tech,
    billing, leads, general, handoff and out_of_scope, and `source` may tell companies apart. A
    server uses the fitted file of its data directory from its next start on; without the file, the
    one that Switchboard comes with. `switchboard evals routing` measures it. A company's own
    examples need no training: `switchboard intents add`.
    """
    from server.settings import read_settings

    settings = read_settings()

    import asyncio

    from agents.fitted import files_in
    from agents.route_fit import own_messages, read_messages
    from agents.route_head import FITTED, write_head
    from server.progress import bars, console
    from server.training import fit_routes

    sources = [own_messages()]
    sources += [read_messages(file, licence) for file in files_in(data or [])]
    with bars() as shown:
        head = asyncio.run(fit_routes(settings, sources, shown.report))
    file = out or settings.data_dir / FITTED
    write_head(head, file)
    messages = sum(source.messages for source in head.sources)
    console.print(f"Fitted on {messages} messages: {file}", highlight=False, soft_wrap=True)
