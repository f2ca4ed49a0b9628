"""Files into a tenant's knowledge base, several at a time, with an account of what was done."""

import asyncio
import re
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from data import tenants
from data.db import TENANT_ID, Database, open_database
from data.errors import Invalid, NotFound, SwitchboardError, Unavailable
from data.lock import setting_up
from data.migrate import migrate
from data.tenants import Tenant
from retrievers.embed import Embedder
from retrievers.ingest import Ingested, Report, Upload, ingest
from retrievers.sources import Problem, read_sources
from server.embedding import embedder_of
from server.prepare import database_url
from server.settings import Settings

AT_ONCE = 8  # documents: short ones share the model's batches, as one after another they would not
SPECIALIST = re.compile(r"[a-z][a-z0-9_]{0,62}")


@dataclass(frozen=True, slots=True)
class Order:
    """What to ingest and where; `specialist` and `category` of documents that name none."""

    paths: tuple[Path, ...]
    tenant: str
    create: bool = False
    specialist: str | None = None
    category: str | None = None


@dataclass(frozen=True, slots=True)
class Tally:
    """What came of it. `others` are files of kinds that are not read."""

    tenant: str
    changed: int
    same: int
    passages: int
    others: int
    problems: tuple[Problem, ...]
    seconds: float

    def __str__(self) -> str:
        documents = "document" if self.changed == 1 else "documents"
        parts = [
            f"{self.changed} {documents} ingested for {self.tenant} ({self.passages} passages)",
            f"{self.same} were the same",
        ]
        if self.others:
            parts.append(f"{self.others} files of other kinds were not looked at")
        if self.problems:
            parts.append(f"{len(self.problems)} left out")
        return f"{', '.join(parts)}; {self.seconds:.1f} s."


async def ingest_files(settings: Settings, order: Order, report: Report) -> Tally:
    """Ingest every document that can be; what is wrong with the others is told.

    Raises:
        Invalid: there is no such path or tenant, or a name cannot be one.
        Unavailable: there is no embedding model.
    """
    if order.specialist and not SPECIALIST.fullmatch(order.specialist):
        raise Invalid("--specialist", "must be one lower-case word, such as billing")
    read = [await asyncio.to_thread(read_sources, path) for path in order.paths]
    uploads = [_filled(upload, order) for sources in read for upload in sources.uploads]
    problems = [problem for sources in read for problem in sources.problems]
    url = database_url(settings)
    if settings.env == "dev":
        async with setting_up(url):
            await asyncio.to_thread(migrate, url)
    started = time.monotonic()
    embedder = embedder_of(settings)
    try:
        async with open_database(url, minimum=1, maximum=4) as database:
            await _tenant(database, order)
            embedder.start()
            if uploads and not await embedder.wait_ready():
                raise Unavailable(embedder.failure or "the embedding model is not available")
            done = await ingest_all(database, embedder, order.tenant, uploads, report)
    finally:
        embedder.close()
    ingested = [each for each in done if isinstance(each, Ingested)]
    return Tally(
        tenant=order.tenant,
        changed=sum(each.changed for each in ingested),
        same=sum(not each.changed for each in ingested),
        passages=sum(each.document.passages for each in ingested if each.changed),
        others=sum(sources.others for sources in read),
        problems=(*problems, *(each for each in done if isinstance(each, Problem))),
        seconds=time.monotonic() - started,
    )


def _filled(upload: Upload, order: Order) -> Upload:
    return replace(
        upload,
        specialist=upload.specialist or order.specialist,
        category=upload.category or order.category,
    )


async def _tenant(database: Database, order: Order) -> None:
    """See that the tenant is there, or make it."""
    if not TENANT_ID.fullmatch(order.tenant):
        raise Invalid("--tenant", "must be lower-case letters, digits, - and _, a letter first")
    async with database.ops_transaction() as ops:
        if order.create:
            new = Tenant(order.tenant, order.tenant, {}, secrets.token_urlsafe(32))
            await tenants.add_tenant(ops, new)
            return
        try:
            await tenants.get_tenant(ops, order.tenant)
        except NotFound:
            raise Invalid(
                "--tenant", f"there is no tenant {order.tenant!r}; --create makes it"
            ) from None


async def ingest_all(
    database: Database,
    embedder: Embedder,
    tenant: str,
    uploads: Sequence[Upload],
    report: Report,
) -> list[Ingested | Problem]:
    """Several at a time, in whatever order; what came of each, in theirs.

    Raises:
        Unavailable: the embedding model failed; what was ingested before stays.
    """
    turn = asyncio.Semaphore(AT_ONCE)
    finished = 0

    async def one(upload: Upload) -> Ingested | Problem:
        nonlocal finished
        async with turn:
            try:
                return await ingest(database, embedder, tenant, upload)
            except Unavailable:
                raise
            except SwitchboardError as error:
                return Problem(upload.source, str(error))
            finally:
                finished += 1
                report("documents", finished, len(uploads))

    report("documents", 0, len(uploads))
    return await asyncio.gather(*map(one, uploads))
