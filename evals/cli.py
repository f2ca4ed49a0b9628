"""What evals add to the command `switchboard`, by an entry point."""

from pathlib import Path
from typing import Annotated

import typer

evals = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Measure how good the answers are.",
)


@evals.callback()
def measuring() -> None:
    """Measure how good the answers are."""


@evals.command()
def routing(
    data: Annotated[
        list[Path] | None,
        typer.Option(exists=True, help="Labelled messages to other companies; may be repeated"),
    ] = None,
    examples: Annotated[
        str, typer.Option(help="How many examples a route the learning curves have")
    ] = "0,1,3,5,10,20",
    with_others: Annotated[
        bool, typer.Option("--with-others", help="Fit on the other files of --data, too")
    ] = False,
    plot: Annotated[
        Path | None, typer.Option(file_okay=False, help="Draw confusion and curves into a folder")
    ] = None,
    threshold: Annotated[
        float, typer.Option(min=0, max=1, help="The macro-F1 that other companies have to reach")
    ] = 0.7,
) -> None:
    """Measure to whom messages are sent: accuracy, macro-F1, calibration, learning curves.

    Always on our own messages: the demo companies' intents, each tenth left out, and each trade
    left out whole. With --data also on messages to companies that nothing was fitted on, with none
    of their examples and with a few. A line is `{"text": "…", "route": "billing", "source": "a
    company"}`; routes are tech, billing, leads, general, handoff, out_of_scope. Exit code 1 where
    the mean macro-F1 of companies without examples is below the threshold.
    """
    from server.settings import read_settings

    settings = read_settings()

    import asyncio

    from evals.routing_run import Wanted, measure_routing

    try:
        counts = tuple(sorted({int(each) for each in examples.split(",")}))
    except ValueError:
        raise typer.BadParameter("--examples takes numbers, such as 0,5,10") from None
    if not counts or min(counts) < 0:
        raise typer.BadParameter("--examples takes numbers from 0 on, such as 0,5,10")
    wanted = Wanted(tuple(data or ()), counts, with_others, plot)
    reached = asyncio.run(measure_routing(settings, wanted))
    if reached < threshold:
        typer.echo(f"That is less than {threshold:.2f}.", err=True)
        raise typer.Exit(1)
