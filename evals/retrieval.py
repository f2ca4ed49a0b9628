"""How well the knowledge base's search finds documents.

Each collection becomes a tenant of a throw-away database, through the product's own ingest. The
search is compared with its parts, meaning alone and full text alone, on one half of the questions.
What it weighs is chosen on the other half, by `--choose`.
"""

import asyncio
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console
from rich.table import Table

from data.db import Database, open_database
from data.migrate import migrate
from data.search import WEIGHTS, Query, Weights, search_passages
from data.vectors import Vector
from evals.choosing import CARRIES, WORDS, Tried, best, judge
from evals.collection import Collection, Question, read_collections
from evals.ranking import Sample, estimate, rank_of, recall, reciprocal
from retrievers.earlier import CARRY, CHARS, Carry, in_conversation
from retrievers.embed import Embedder
from retrievers.ingest import Report
from retrievers.search import clean
from server.embedded import open_postgres
from server.embedding import embedder_of
from server.ingestion import ingest_all
from server.progress import bars
from server.settings import Settings

NEARNESS = Weights(words=0, earlier=0, own=0)
MOST_PASSAGES = 50


@dataclass(frozen=True, slots=True)
class Method:
    """One way to search.

    `changed`: the agent spoke of something else before. `joined`: what was said before and the
    question are one text to the model.
    """

    name: str
    weights: Weights = WEIGHTS
    carry: Carry = CARRY
    vectors: bool = True
    earlier: bool = True
    changed: bool = False
    joined: bool = False


ALONE = Method("meaning alone", NEARNESS, earlier=False)
METHODS = (
    ALONE,
    Method("meaning of both together", NEARNESS, earlier=False, joined=True),
    Method("full text alone", vectors=False),
    Method("search"),
    Method("search, question only", earlier=False),
    Method("search, subject changed", changed=True),
)


@dataclass(frozen=True, slots=True)
class Place:
    """A collection in the database, and what its questions mean."""

    collection: Collection
    database: Database
    model: str
    questions: tuple[Question, ...]
    meant: Sequence[Vector]
    joined: Sequence[Vector]
    earlier: Sequence[Vector | None]
    elsewhere: Sequence[str]
    elsewhere_meant: Sequence[Vector]
    seconds: float


def measure_retrieval(settings: Settings, folder: Path, *, choose: bool) -> None:
    """Measure the search on every collection in a folder, or choose what it weighs.

    Raises:
        Invalid: the folder holds no collection, or a malformed one.
    """
    collections = read_collections(folder)
    with tempfile.TemporaryDirectory(prefix="switchboard-evals-") as place:
        Path(place).chmod(0o755)  # the database's own user has to pass through
        postgres = open_postgres(Path(place) / "postgres")
        try:
            url = postgres.get_uri()
            migrate(url)
            asyncio.run(_measure(settings, url, collections, choose))
        finally:
            postgres.leave()


async def _measure(
    settings: Settings, url: str, collections: Sequence[Collection], choose: bool
) -> None:
    embedder = embedder_of(settings)
    console = Console(width=140)
    places = []
    try:
        async with open_database(url, minimum=1, maximum=8) as database:
            for each in collections:
                with bars() as shown:
                    place = await put(
                        each, database, embedder, held_out=not choose, report=shown.report
                    )
                if choose:
                    places.append(place)
                else:
                    console.print(await compared(place, METHODS))
            if choose:
                console.print(await _chosen(places))
    finally:
        embedder.close()


async def _chosen(places: Sequence[Place]) -> Table:
    """First what words weigh, where nothing was said before; then what is carried over."""
    table = Table(title="Means over the situations; * is the choice", title_justify="left")
    for column in ("", "recall@5", "reciprocal rank", "worse beyond noise"):
        table.add_column(column)
    alone = {each.collection.name: await ranks_by(ALONE, each) for each in places}
    words = {}
    for weight in WORDS:
        method = Method("", Weights(weight, 0, 0), earlier=False)
        ranks = {each.collection.name: await ranks_by(method, each) for each in places}
        words[weight] = judge(ranks, alone)
    chosen = best(words)
    for weight, tried in words.items():
        _add(table, f"words {weight}", tried, chosen == weight)
    table.add_section()
    carries = {}
    for earlier, carry in CARRIES:
        method = Method("", Weights(chosen, earlier, 0), carry)
        ranks = {each.collection.name: await ranks_by(_told(method, each), each) for each in places}
        carries[earlier, carry] = judge(ranks, alone)
    picked = best(carries)
    for (earlier, carry), tried in carries.items():
        limits = f"clear {carry.clear}, lost {carry.lost}"
        name = f"earlier {earlier}, share {carry.share}, {limits}"
        _add(table, name, tried, picked == (earlier, carry))
    return table


def _told(method: Method, place: Place) -> Method:
    """Where the questions have no history, one about something else is made up."""
    return replace(method, changed=not any(each.earlier for each in place.questions))


def _add(table: Table, name: str, tried: Tried, chosen: bool) -> None:
    mark = " *" if chosen else ""
    worse = ", ".join(tried.worse) or "nowhere"
    table.add_row(f"{name}{mark}", f"{tried.recall:.3f}", f"{tried.reciprocal:.3f}", worse)


async def put(
    collection: Collection,
    database: Database,
    embedder: Embedder,
    *,
    held_out: bool,
    report: Report,
) -> Place:
    """Ingest a collection as a tenant, and embed one half of its questions."""
    tenant, started = tenant_of(collection), time.monotonic()

    def named(what: str, done: int, of: int) -> None:
        report(f"{collection.name}: {what}", done, of)

    await ingest_all(database, embedder, tenant, collection.uploads, named)
    seconds = time.monotonic() - started
    asked = tuple(each for each in collection.questions if each.held_out == held_out)
    texts = {upload.source: upload.content for upload in collection.uploads}
    relevant = [min(each.relevant) for each in asked]
    others = [str(texts[each])[:CHARS] for each in (*relevant[1:], *relevant[:1])]
    said = [clean(each.earlier[:CHARS]) for each in asked]
    rows = list(await embedder.embed([each or " " for each in said]))
    return Place(
        collection=collection,
        database=database,
        model=embedder.model,
        questions=tuple(
            replace(each, earlier=text) for each, text in zip(asked, said, strict=True)
        ),
        meant=list(await embedder.embed([each.text for each in asked])),
        joined=list(
            await embedder.embed(
                [f"{text} {each.text}".strip() for text, each in zip(said, asked, strict=True)]
            )
        ),
        earlier=[row if text else None for row, text in zip(rows, said, strict=True)],
        elsewhere=[clean(each) for each in others],
        elsewhere_meant=list(await embedder.embed([clean(each) for each in others])),
        seconds=seconds,
    )


def tenant_of(collection: Collection) -> str:
    """A tenant id from the collection's name."""
    return "".join(c if c.isalnum() else "-" for c in collection.name.lower())[:60]


async def ranks_by(method: Method, place: Place) -> list[int]:
    """The rank of each question's document."""
    tenant = tenant_of(place.collection)
    ranks = []
    for number, question in enumerate(place.questions):
        text, said = "", None
        if method.changed:
            text, said = place.elsewhere[number], place.elsewhere_meant[number]
        elif method.earlier:
            text, said = question.earlier, place.earlier[number]
        vectors = place.joined if method.joined else place.meant
        vector = vectors[number] if method.vectors else None
        query = Query(clean(question.text), vector, place.model, earlier=text)
        async with place.database.reading(tenant) as db:
            if said is not None:
                query = await in_conversation(db, tenant, query, said, method.carry)
            found = await search_passages(
                db, tenant, query, limit=MOST_PASSAGES, weights=method.weights
            )
        ranks.append(rank_of([each.source for each in found], question.relevant))
    return ranks


async def compared(place: Place, methods: Sequence[Method]) -> Table:
    """A row for each method; differences are to the first one, question by question."""
    table = Table(
        title=f"{place.collection.name}: {len(place.collection.uploads)} documents, ingested in"
        f" {place.seconds:.0f} s, {len(place.questions)} questions",
        title_justify="left",
    )
    for column in ("", "recall@5", "difference", "reciprocal rank", "difference"):
        table.add_column(column)
    base: tuple[Sample, Sample] | None = None
    for method in methods:
        ranks = await ranks_by(method, place)
        hits, places = recall(ranks), reciprocal(ranks)
        base = base or (hits, places)
        table.add_row(
            method.name,
            str(estimate(hits)),
            str(estimate(hits - base[0])),
            str(estimate(places)),
            str(estimate(places - base[1])),
        )
    return table
