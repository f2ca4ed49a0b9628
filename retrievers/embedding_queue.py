"""Which texts the model reads next: a customer's message before a document's passages."""

from asyncio import Future
from collections import deque
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Row = npt.NDArray[np.float32]

BATCH_TEXTS = 32
BATCH_TOKENS = 1024  # about 140 ms on one core: what a message waits at most behind an ingest
TEXT_TOKENS = 256  # no model in use reads much more of one text
BULK_EVERY = 8  # while passages wait, they get every eighth batch however many messages come


@dataclass(slots=True, eq=False)
class Job:
    """One text on its way to its vector, whoever and however many wait for it."""

    text: str
    urgent: bool
    row: Future[Row]
    callers: int = 0
    taken: bool = False
    """A batch has it; it cannot be given up any more."""


def rough_tokens(text: str) -> int:
    """How many tokens the model will see, estimated high and without tokenising: 1 to 256."""
    letters_per_token = 3 if text.isascii() else 1
    return min(len(text) // letters_per_token + 2, TEXT_TOKENS)


class EmbeddingQueue:
    """Jobs by text, so that a text is computed once however often it is asked for."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}
        self._urgent: deque[Job] = deque()
        self._bulk: deque[Job] = deque()
        self._urgent_in_a_row = 0

    def put(self, text: str, *, urgent: bool) -> Job:
        """Join the job for this text or line a new one up. `leave` it whatever happens."""
        job = self._jobs.get(text)
        if job is None:
            job = self._jobs[text] = Job(text, urgent, Future())
            (self._urgent if urgent else self._bulk).append(job)
        elif urgent and not job.urgent and not job.taken:
            job.urgent = True
            self._urgent.append(job)
        job.callers += 1
        return job

    def leave(self, job: Job) -> None:
        """The caller has its row or has given up; a job nobody waits for is never computed."""
        job.callers -= 1

    def next_batch(self) -> list[Job]:
        """Take at most BATCH_TEXTS jobs of about BATCH_TOKENS tokens; empty when none waits."""
        line = self._next_line()
        batch: list[Job] = []
        tokens = 0
        while (job := self._head(line)) and len(batch) < BATCH_TEXTS:
            tokens += rough_tokens(job.text)
            if batch and tokens > BATCH_TOKENS:
                break
            job.taken = True
            batch.append(line.popleft())
        return batch

    def finish(self, batch: list[Job]) -> None:
        """Forget jobs whose rows (or error) are known."""
        for job in batch:
            del self._jobs[job.text]

    def _next_line(self) -> deque[Job]:
        bulk_waits = self._head(self._bulk) is not None
        urgent_waits = self._head(self._urgent) is not None
        if urgent_waits and not (bulk_waits and self._urgent_in_a_row >= BULK_EVERY - 1):
            self._urgent_in_a_row += 1
            return self._urgent
        self._urgent_in_a_row = 0
        return self._bulk

    def _head(self, line: deque[Job]) -> Job | None:
        """The first job of the line that is still wanted, after dropping those that are not."""
        while line:
            job = line[0]
            if job.callers and not job.taken:
                return job
            line.popleft()
            if not job.taken:
                self._jobs.pop(job.text, None)
        return None
