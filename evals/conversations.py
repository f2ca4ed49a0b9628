"""`python -m evals.conversations`: scripted conversations with the real graph, judged by what is.

The model is the one that the settings name; without a key, the offline engine.
Exit code 1 when a smaller share passes than `datasets/conversations/reached.yaml` says, 2 when a
file is malformed.
"""

import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from data.errors import Invalid, Unavailable
from data.seed.content import read_yaml
from evals.judge import judge
from evals.playing import play
from evals.scripts import FOLDER, Conversation, read_conversations
from evals.verdicts import Verdict, share, summary, table_of
from server.embedded import open_postgres
from server.prepare import set_up
from server.progress import bars
from server.settings import Settings, read_settings
from server.wiring import Services, open_services

DEVELOP, HELD_OUT = "develop", "held_out"
READY_S = 120.0


def reached(part: str) -> float:
    """The share of a part that has passed before, 0..1: less is a step back."""
    return float(read_yaml(FOLDER / "reached.yaml")[part])


def conversations(
    held_out: Annotated[
        bool, typer.Option("--held-out", help="The part that is not looked at while working")
    ] = False,
    only: Annotated[
        str | None, typer.Option(help="Only conversations with this in their name")
    ] = None,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Every conversation, with what was said")
    ] = False,
    threshold: Annotated[
        float | None, typer.Option(min=0, max=1, help="The share that has to pass")
    ] = None,
) -> None:
    """Play the scripted conversations on a database of their own and say which ones hold."""
    part = HELD_OUT if held_out else DEVELOP
    out = Console()
    try:
        found = read_conversations(FOLDER / part)
    except Invalid as error:
        out.print(str(error), style="red", highlight=False, markup=False)
        raise typer.Exit(2) from None
    chosen = [each for each in found if only is None or only in each.name]
    if not chosen:
        raise typer.BadParameter(f"no conversation of {part} has {only!r} in its name")
    verdicts = asyncio.run(_on_a_new_database(chosen))
    if verbose or share(verdicts) < 1:
        out.print(table_of(verdicts, everything=verbose))
    out.print(summary(verdicts), highlight=False, markup=False)
    needed = threshold if threshold is not None else 0.0 if only else reached(part)
    if share(verdicts) < needed:
        out.print(f"That is less than {needed:.1%}.", style="red", highlight=False)
        raise typer.Exit(1)


async def judge_all(services: Services, chosen: Sequence[Conversation]) -> list[Verdict]:
    """Play and judge one after the other, with a progress bar, where the demo companies are.

    Raises:
        Unavailable: the embedding model did not load, and without it another engine is judged.
    """
    if not await services.embedder.wait_ready(READY_S):
        raise Unavailable(f"the embedding model did not load: {services.embedder.failure}")
    tenants = sorted({each.tenant for each in chosen} | {"demo", "ridgeline"})
    verdicts = []
    with bars() as shown:
        for done, each in enumerate(chosen):
            shown.report("conversations", done, len(chosen))
            played = await play(services.database, services.turns, tenants, each)
            verdicts.append(Verdict(each, played, tuple(judge(each, played))))
        shown.report("conversations", len(chosen), len(chosen))
    return verdicts


async def _on_a_new_database(chosen: Sequence[Conversation]) -> list[Verdict]:
    with tempfile.TemporaryDirectory(prefix="switchboard-evals-") as folder:
        settings = _elsewhere(read_settings(), Path(folder))
        postgres = await asyncio.to_thread(open_postgres, Path(folder) / "postgres")
        try:
            url = postgres.get_uri()
            with bars() as shown:
                await set_up(settings, url, shown.report)
            async with open_services(settings, url) as services:
                await services.embedder.wait_ready()
                return await judge_all(services, chosen)
        finally:
            await asyncio.to_thread(postgres.leave)


def _elsewhere(settings: Settings, folder: Path) -> Settings:
    """The same settings with a data directory of its own; the embedding model is shared."""
    folder.chmod(0o755)  # the database's own user has to pass through
    models = (settings.data_dir / "models").resolve()
    if models.is_dir():
        (folder / "models").symlink_to(models)
    return settings.model_copy(update={"data_dir": folder})


if __name__ == "__main__":
    typer.run(conversations)
