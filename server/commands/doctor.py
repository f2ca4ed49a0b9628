"""`switchboard doctor`: what is configured, reachable, missing."""

import typer


def doctor() -> None:
    """Say what is configured, reachable and missing.

    Every line is ok, warn or fail, with what to do. Nothing is changed; an embedded database that
    is there but does not run is started for the look. Exit code 1 when something fails.
    """
    from server.settings import read_settings

    settings = read_settings()

    from rich.console import Console

    from server.checkup.database import check_database
    from server.checkup.environment import check_environment
    from server.checkup.finding import Level
    from server.checkup.models import check_models
    from server.checkup.port import check_port

    colours = {Level.OK: "green", Level.WARN: "yellow", Level.FAIL: "bold red"}
    console = Console(highlight=False, soft_wrap=True)
    failed = False
    for found in (
        *check_environment(settings),
        *check_database(settings),
        *check_models(settings),
        check_port(settings),
    ):
        failed = failed or found.level is Level.FAIL
        console.print(f"{found.level:<5}", style=colours[found.level], end="")
        advice = f" → {found.advice}" if found.advice else ""
        console.print(f"{found.about:<17}{found.says}{advice}", markup=False)
    if failed:
        raise typer.Exit(1)
