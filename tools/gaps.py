"""What customers ask and the knowledge base does not answer: noted, and grouped by its meaning."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from cachetools import LRUCache

from data import gaps
from data.db import Connection, Database
from data.errors import NotFound, Unavailable
from data.gaps import Gap, Origin, add_gap
from data.scope import Scope
from data.vectors import Vector
from retrievers.embed import Embedder
from retrievers.grouping import grouped
from retrievers.search import Passage
from tools.operation import Change, Effect, Operation, operation

KNOWLEDGE_THRESHOLD = 0.6  # of a passage's calibrated score, see spec G7
MOST_GAPS = 300  # with words of their own, the most asked; few companies ever get there
MOST_VARIANTS = 5  # of a question that are shown
MOST_KEPT = 5_000  # vectors of questions, in one process: 8 MB


async def note_gap(
    database: Database, scope: Scope, question: str, found: Sequence[Passage], origin: Origin
) -> None:
    """Keep the question where no passage answers it."""
    best = max((passage.score for passage in found), default=None)
    if not question.strip() or (best is not None and best >= KNOWLEDGE_THRESHOLD):
        return
    async with database.transaction(scope.tenant) as db:
        await add_gap(db, scope, question, origin, best)


@dataclass(frozen=True, slots=True)
class GapGroup:
    """Questions that want the same answer. `id` is made of the words of the most asked one.

    `score` is the best that was found for any of them; `words` are all that they were asked in.
    """

    id: str
    question: str
    variants: list[str]
    times: int
    score: float | None
    first_at: datetime
    last_at: datetime
    words: tuple[str, ...]


class GapReport:
    """Groups gaps; what was embedded once is kept, as a report is looked at page by page."""

    def __init__(self, database: Database, embedder: Embedder) -> None:
        self._database = database
        self._embedder = embedder
        self._vectors: LRUCache[tuple[str, str], Vector] = LRUCache(MOST_KEPT)

    async def groups(self, tenant: str) -> list[GapGroup]:
        """Most often asked first. Without an embedding model the same words alone are a group."""
        async with self._database.reading(tenant) as db:
            found = await gaps.list_gaps(db, tenant, MOST_GAPS)
        try:
            positions = await self._grouped([gap.question for gap in found])
        except Unavailable:
            positions = [[at] for at in range(len(found))]
        made = [group_of([found[at] for at in group]) for group in positions]
        return sorted(made, key=lambda group: (-group.times, group.id))

    async def group(self, tenant: str, group_id: str) -> GapGroup:
        """One of them.

        Raises:
            NotFound: there is none of that id, or not any more.
        """
        found = [group for group in await self.groups(tenant) if group.id == group_id]
        if not found:
            raise NotFound("gap", group_id)
        return found[0]

    async def _grouped(self, questions: Sequence[str]) -> list[list[int]]:
        model = self._embedder.model
        unknown = [text for text in questions if (model, text) not in self._vectors]
        if unknown:
            made = await self._embedder.embed(unknown)
            self._vectors.update(zip([(model, text) for text in unknown], made, strict=True))
        if not questions:
            return []
        return grouped(np.stack([self._vectors[model, text] for text in questions]))


def group_of(found: Sequence[Gap]) -> GapGroup:
    """One group of gaps, the most asked of them first."""
    leader = found[0]
    scores = [gap.score for gap in found if gap.score is not None]
    return GapGroup(
        id=hashlib.sha256(leader.words.encode()).hexdigest()[:16],
        question=leader.question,
        variants=[gap.question for gap in found[1 : MOST_VARIANTS + 1]],
        times=sum(gap.times for gap in found),
        score=max(scores, default=None),
        first_at=min(gap.first_at for gap in found),
        last_at=max(gap.last_at for gap in found),
        words=tuple(gap.words for gap in found),
    )


def dismiss_gap_in(report: GapReport) -> Operation:
    """The action that forgets a gap, bound to where gaps are grouped."""

    @operation(Effect.WRITE, writes=("documents",))
    async def dismiss_gap(db: Connection, scope: Scope, gap_id: str) -> Change:
        """Forget the questions of a gap: they are answered by now, or need no answer.

        Raises:
            NotFound: there is none of that id.
        """
        group = await report.group(scope.tenant, gap_id)
        return Change(group, {"deleted": await gaps.delete_gaps(db, scope.tenant, group.words)})

    return dismiss_gap
