"""`python -m evals.sentiment`: how well moods are told, on our own cases and on sources left out.

Exit code 1 when the labels of our own cases are less often right than the threshold says.
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import typer
from pydantic import BaseModel, Field
from rich.console import Console

from agents.fitted import embed_examples, files_in
from agents.sentiment import LABELS, Mood, mood_of, sentiment_of, strongly_negative
from agents.sentiment_fit import (
    Examples,
    Rows,
    fit_head,
    own_examples,
    read_examples,
)
from agents.sentiment_head import Head, head_in
from data.errors import Invalid, Unavailable
from evals.measures import Told, measure
from evals.sentiment_report import measures_table, misses_table
from retrievers.embed import Embedder
from server.embedding import embedder_of
from server.progress import Bars, bars
from server.settings import Settings, read_settings

CASES = Path(__file__).parent / "datasets" / "sentiment.jsonl"
READY_S = 120.0
BATCH = 64
GRADE_LABELS = (LABELS[0], LABELS[0], LABELS[1], LABELS[2], LABELS[2])


class Case(BaseModel):
    """What a customer wrote, oldest first, and how a reader finds their mood at the end."""

    id: str
    kind: str
    messages: list[str] = Field(min_length=1)
    label: Literal["negative", "neutral", "positive"]


class Ordinary(BaseModel):
    text: str


def read_cases(file: Path = CASES) -> list[Case]:
    """The cases that were written before anything was fitted."""
    lines = file.read_text(encoding="utf-8").splitlines()
    return [Case.model_validate_json(line) for line in lines if line.strip()]


def tell(cases: Sequence[Case], moods: Sequence[Sequence[Mood]]) -> list[Told]:
    """What the moods of each case's messages come to."""
    found = [sentiment_of(each) for each in moods]
    return [
        Told(case.label, sentiment.label, sentiment.confidence)
        for case, sentiment in zip(cases, found, strict=True)
    ]


def tell_messages(examples: Examples, vectors: Rows | None, head: Head) -> list[Told]:
    """Each message on its own, against the label its grade stands for."""
    rows: Sequence[Rows | None] = [None] * len(examples.texts) if vectors is None else [*vectors]
    found = [
        sentiment_of([mood_of(text, row, head)])
        for text, row in zip(examples.texts, rows, strict=True)
    ]
    return [
        Told(GRADE_LABELS[grade], sentiment.label, sentiment.confidence)
        for grade, sentiment in zip(examples.grades, found, strict=True)
    ]


async def moods_of(texts: Sequence[str], head: Head, embedder: Embedder) -> list[Mood]:
    """The mood of each text, by its vector and its wording."""
    moods: list[Mood] = []
    for start in range(0, len(texts), BATCH):
        part = texts[start : start + BATCH]
        vectors = await embedder.embed(part)
        moods += [mood_of(text, row, head) for text, row in zip(part, vectors, strict=True)]
    return moods


async def own_cases(cases: Sequence[Case], head: Head, embedder: Embedder) -> dict[str, list[Told]]:
    """Our cases with vectors, and by wording alone."""
    flat = [text for case in cases for text in case.messages]
    by_vector = iter(await moods_of(flat, head, embedder))
    with_vectors = [[next(by_vector) for _ in case.messages] for case in cases]
    by_words = [[mood_of(text, None, head) for text in case.messages] for case in cases]
    return {
        "our cases": tell(cases, with_vectors),
        "our cases, wording alone": tell(cases, by_words),
    }


async def left_out(
    sources: Sequence[Examples], embedder: Embedder, shown: Bars
) -> dict[str, list[Told]]:
    """Each source by a head that was fitted on all others."""
    vectors = await embed_examples(sources, embedder, shown.report)
    told: dict[str, list[Told]] = {}
    for place, source in enumerate(sources):
        others = [*range(place), *range(place + 1, len(sources))]
        name = f"without {source.source.name}"

        def report(_: str, done: int, of: int, name: str = name) -> None:
            shown.report(name, done, of)

        head = await asyncio.to_thread(
            fit_head,
            [sources[i] for i in others],
            [vectors[i] for i in others],
            embedder.model,
            report,
        )
        told[f"{source.source.name} left out"] = tell_messages(source, vectors[place], head)
        told[f"{source.source.name} left out, wording alone"] = tell_messages(source, None, head)
    return told


async def false_alarms(files: Sequence[Path], head: Head, embedder: Embedder, shown: Bars) -> str:
    """How many ordinary messages would go to people as strongly negative."""
    alarms: list[str] = []
    count = 0
    for file in files:
        lines = file.read_text(encoding="utf-8").splitlines()
        texts = [Ordinary.model_validate_json(line).text for line in lines if line.strip()]
        for start in range(0, len(texts), BATCH):
            part = texts[start : start + BATCH]
            moods = await moods_of(part, head, embedder)
            alarms += [t for t, m in zip(part, moods, strict=True) if strongly_negative([m])]
            shown.report(file.stem, start + len(part), len(texts))
        count += len(texts)
    lines = [f"{len(alarms)} of {count} ordinary messages alarm: {len(alarms) / count:.2%}"]
    return "\n".join([*lines, *(f"  {text[:100]}" for text in alarms)])


def sentiment(
    data: Annotated[
        list[Path] | None,
        typer.Option(exists=True, help="Labelled messages to leave out one by one"),
    ] = None,
    ordinary: Annotated[
        list[Path] | None,
        typer.Option(exists=True, help='Messages {"text": …} that should alarm nobody'),
    ] = None,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Every case that was told wrongly")
    ] = False,
    threshold: Annotated[
        float, typer.Option(min=0, max=1, help="The share of our cases that has to be right")
    ] = 0.8,
) -> None:
    """Measure the sentiment of customers' messages.

    Our own cases always, by the head that a server would use. With --data, also a head for each
    source that never saw it. With --ordinary, how often a person would be called for nothing.
    """
    out = Console()
    try:
        accuracy = asyncio.run(_measure_all(read_settings(), data, ordinary, verbose, out))
    except (Invalid, Unavailable) as error:
        out.print(str(error), style="red", highlight=False, markup=False)
        raise typer.Exit(2) from None
    if accuracy < threshold:
        out.print(f"That is less than {threshold:.0%}.", style="red", highlight=False)
        raise typer.Exit(1)


async def _measure_all(
    settings: Settings,
    data: list[Path] | None,
    ordinary: list[Path] | None,
    verbose: bool,
    out: Console,
) -> float:
    head, cases = head_in(settings.data_dir), read_cases()
    embedder = embedder_of(settings)
    embedder.start()
    try:
        if not await embedder.wait_ready(READY_S):
            raise Unavailable(f"the embedding model did not load: {embedder.failure}")
        told = await own_cases(cases, head, embedder)
        with bars() as shown:
            if data:
                given = [read_examples(file, "", 1.0) for file in files_in(data)]
                told |= await left_out([own_examples(), *given], embedder, shown)
            alarms = (
                await false_alarms(files_in(ordinary), head, embedder, shown) if ordinary else None
            )
    finally:
        embedder.close()
    measured = {name: measure(each, LABELS) for name, each in told.items()}
    out.print(measures_table(measured))
    if verbose:
        out.print(misses_table(cases, told["our cases"]))
    if alarms:
        out.print(alarms, highlight=False, markup=False)
    return measured["our cases"].accuracy.value


if __name__ == "__main__":
    typer.run(sentiment)
