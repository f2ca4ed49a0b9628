"""What evals add to the command `switchboard`, by an entry point."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from evals.suite import Suite

evals = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Measure how good the answers are.",
)

Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Every case, with what was said")]
Threshold = Annotated[
    float | None, typer.Option(min=0, max=1, help="What the score has to reach; the suite's own")
]


@evals.callback()
def measuring() -> None:
    """Measure how good the answers are.

    A suite ends with exit code 1 below its threshold, 2 where it could not be played. Reports are
    kept in DATA_DIR/evals and compared with the run before.
    """


@evals.command()
def quick(verbose: Verbose = False) -> None:
    """Play every suite by the offline engine, without a key and without a network."""
    from evals.suites import SUITES

    _play(SUITES, verbose, offline=True)


@evals.command(name="all")
def everything(verbose: Verbose = False) -> None:
    """Play every suite with the language model that the settings name."""
    from evals.suites import SUITES

    _play(SUITES, verbose)


@evals.command()
def summary() -> None:
    """Show the last run of each suite, and what changed since the one before; nothing is played."""
    from rich.console import Console

    from evals.history import kept_suites, last_reports
    from evals.report import summary_table
    from server.settings import read_settings

    data_dir = read_settings().data_dir
    kept = kept_suites(data_dir)
    if not kept:
        typer.echo("No suite has been played yet: `switchboard evals quick`.")
        return
    Console().print(summary_table({name: last_reports(data_dir, name) for name in kept}))


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
    verbose: Verbose = False,
    threshold: Threshold = None,
) -> None:
    """Measure to whom messages are sent: accuracy, macro-F1, calibration, learning curves.

    Always on our own messages: the demo companies' intents, each tenth left out, and each trade
    left out whole. With --data also on messages to companies that nothing was fitted on, with none
    of their examples and with a few. A line is `{"text": "…", "route": "billing", "source": "a
    company"}`; routes are tech, billing, leads, general, handoff, out_of_scope. The score is the
    mean macro-F1 of companies without examples.
    """
    try:
        counts = tuple(sorted({int(each) for each in examples.split(",")}))
    except ValueError:
        raise typer.BadParameter("--examples takes numbers, such as 0,5,10") from None
    if not counts or min(counts) < 0:
        raise typer.BadParameter("--examples takes numbers from 0 on, such as 0,5,10")

    from evals.routing_run import Wanted, suite_of

    wanted = Wanted(tuple(data or ()), counts, with_others, plot)
    _play([suite_of(wanted)], verbose, threshold)


@evals.command()
def sentiment(
    data: Annotated[
        list[Path] | None,
        typer.Option(exists=True, help="Labelled messages to leave out one by one"),
    ] = None,
    ordinary: Annotated[
        list[Path] | None,
        typer.Option(exists=True, help='Messages {"text": …} that should alarm nobody'),
    ] = None,
    verbose: Verbose = False,
    threshold: Threshold = None,
) -> None:
    """Measure whether customers' moods are told.

    Our own cases always, by the head that a server would use; the score is the share that is told
    rightly. With --data, also a head for each source that never saw it. With --ordinary, how often
    a person would be called for nothing.
    """
    from evals.sentiment import suite_of

    _play([suite_of(data or (), ordinary or ())], verbose, threshold)


@evals.command()
def conversations(
    held_out: Annotated[
        bool, typer.Option("--held-out", help="The part that is not looked at while working")
    ] = False,
    only: Annotated[
        str | None, typer.Option(help="Only conversations with this in their name")
    ] = None,
    verbose: Verbose = False,
    threshold: Threshold = None,
) -> None:
    """Play the scripted conversations on a database of their own and say which ones hold."""
    from evals.conversations import DEVELOP, HELD_OUT, suite_of

    suite = suite_of(HELD_OUT if held_out else DEVELOP, only)
    if not suite.cases():
        raise typer.BadParameter(f"no conversation has {only!r} in its name")
    _play([suite], verbose, threshold, keep=only is None)


@evals.command()
def retrieval(
    folder: Annotated[
        Path, typer.Argument(exists=True, file_okay=False, envvar="RETRIEVAL_COLLECTIONS")
    ],
    choose: Annotated[
        bool, typer.Option("--choose", help="Compare weights, on the half they may be chosen on")
    ] = False,
) -> None:
    """Measure the knowledge base's search on every collection in FOLDER: no cases come with it."""
    from data.errors import Invalid
    from evals.retrieval import measure_retrieval
    from server.settings import read_settings

    try:
        measure_retrieval(read_settings(), folder, choose=choose)
    except Invalid as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None


@evals.command()
def curated(verbose: Verbose = False, threshold: Threshold = None) -> None:
    """Measure by which level questions are answered, and how often each level is right."""
    from evals.curated import SUITE

    _play([SUITE], verbose, threshold)


@evals.command()
def safety(
    data: Annotated[
        list[Path] | None,
        typer.Option(exists=True, help='Other people\'s attacks, {"text": …}; may be repeated'),
    ] = None,
    verbose: Verbose = False,
    threshold: Threshold = None,
) -> None:
    """Attack a running graph: there must be no leak, no unverified write and no silence.

    Models that obey whatever they read, that loop and that send garbage play it over a real
    connection, for a visitor, for somebody who claims to be a customer, and for one who proved it.
    """
    from evals.safety import suite_of

    _play([suite_of(data or ())], verbose, threshold)


@evals.command()
def suggestions(verbose: Verbose = False, threshold: Threshold = None) -> None:
    """Measure what operators are offered: structure, order, context and empathy."""
    from evals.suggestions import SUITE

    _play([SUITE], verbose, threshold)


def _play(
    suites: "Sequence[Suite]",
    verbose: bool,
    threshold: float | None = None,
    *,
    keep: bool = True,
    offline: bool = False,
) -> None:
    """Play, show and keep; ends with the exit code that `measuring` tells of."""
    import asyncio

    from data.errors import Invalid, Unavailable
    from evals.session import play_and_show
    from server.settings import read_settings

    settings = read_settings()
    if offline:
        settings = settings.model_copy(update={"llm_provider": "offline"})
    if threshold is not None:
        suites = [replace(suite, threshold=threshold) for suite in suites]
    try:
        held = asyncio.run(play_and_show(settings, suites, verbose=verbose, keep=keep))
    except (Invalid, Unavailable) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    if not held:
        raise typer.Exit(1)
