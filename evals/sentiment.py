"""How well moods are told: on our own cases, and on sources left out."""

import asyncio
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field
from rich.console import RenderableType

from agents.fitted import files_in
from agents.sentiment import LABELS, Mood, mood_of, sentiment_of, strongly_negative
from agents.sentiment_fit import (
    Examples,
    Rows,
    fit_head,
    own_examples,
    read_examples,
)
from agents.sentiment_head import Head, head_in
from evals.bench import Bench
from evals.measures import Told, measure
from evals.sentiment_report import measures_table
from evals.suite import Measured, Outcome, Step, Suite
from evals.vectors import vectors_of
from retrievers.embed import Embedder

CASES = Path(__file__).parent / "datasets" / "sentiment.jsonl"
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
    sources: Sequence[Examples], vectors: Sequence[Rows], model: str, step: Step
) -> dict[str, list[Told]]:
    """Each source by a head that was fitted on all others."""
    told: dict[str, list[Told]] = {}
    for place, source in enumerate(sources):
        others = [*range(place), *range(place + 1, len(sources))]
        name = f"without {source.source.name}"

        def report(_: str, done: int, of: int, name: str = name) -> None:
            step(name, done, of)

        head = await asyncio.to_thread(
            fit_head,
            [sources[i] for i in others],
            [vectors[i] for i in others],
            model,
            report,
        )
        told[f"{source.source.name} left out"] = tell_messages(source, vectors[place], head)
        told[f"{source.source.name} left out, wording alone"] = tell_messages(source, None, head)
    return told


async def false_alarms(files: Sequence[Path], head: Head, embedder: Embedder, step: Step) -> str:
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
            step(file.stem, start + len(part), len(texts))
        count += len(texts)
    lines = [f"{len(alarms)} of {count} ordinary messages alarm: {len(alarms) / count:.2%}"]
    return "\n".join([*lines, *(f"  {text[:100]}" for text in alarms)])


def suite_of(data: Sequence[Path] = (), ordinary: Sequence[Path] = ()) -> Suite:
    """Our own cases by the head that a server would use, and what else is wanted.

    Args:
        data: labelled messages; each file is measured by a head that never saw it.
        ordinary: messages that should call nobody.
    """
    return Suite(
        name="sentiment",
        about="Whether customers' moods are told",
        threshold=0.8,
        cases=read_cases,
        play=partial(play, data=data, ordinary=ordinary),
    )


async def play(
    bench: Bench,
    cases: Sequence[Case],
    step: Step,
    *,
    data: Sequence[Path] = (),
    ordinary: Sequence[Path] = (),
) -> Measured:
    """Tell the moods of the cases, and of the files that were given."""
    head, embedder = head_in(bench.settings.data_dir), await bench.embedder()
    told = await own_cases(cases, head, embedder)
    ours = next(iter(told.values()))
    if data:
        given = [read_examples(file, "", 1.0) for file in files_in(data)]
        sources = [own_examples(), *given]
        vectors = await vectors_of(sources, embedder, bench.settings.data_dir, step)
        told |= await left_out(sources, vectors, embedder.model, step)
    tables: list[RenderableType] = [
        measures_table({name: measure(each, LABELS) for name, each in told.items()})
    ]
    if ordinary:
        tables.append(await false_alarms(files_in(ordinary), head, embedder, step))
    return Measured(
        outcomes=[outcome_of(*each) for each in zip(cases, ours, strict=True)], tables=tables
    )


def outcome_of(case: Case, told: Told) -> Outcome:
    """Whether the label is the one that a reader found."""
    why = f"{told.said} ({told.confidence:.2f}), not {told.right}"
    passed = told.right == told.said
    return Outcome(case.id, passed, "" if passed else why, " ▸ ".join(case.messages))


SUITE = suite_of()
