"""The embedder that serves: one model, one thread, everybody's texts in shared batches."""

import asyncio
import concurrent.futures
import contextvars
import logging
import math
import threading
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from cachetools import LRUCache

from data.errors import Unavailable
from retrievers.embedding_queue import EmbeddingQueue, Job, Row
from retrievers.encoder import Encoder, EncoderFailed, Vectors, refuse_surrogates
from retrievers.rest import Rest

logger = logging.getLogger(__name__)

URGENT_TEXTS = 8  # a call with more texts than a turn has is an ingest and lets messages pass
SLICE_TEXTS = 256  # of an ingest, lined up at once: bounds what one call does to the event loop
CACHED_ROWS = 4096  # with at most CACHED_CHARS letters each: under 40 MB, mostly under 10
CACHED_CHARS = 2000


class BatchingEmbedder:
    """Embeds on a thread of its own; calls that meet share a batch, a text is computed once.

    Belongs to the event loop that uses it: only `start` and `close` may be called from elsewhere.
    """

    def __init__(self, encoder: Encoder) -> None:
        self.model = encoder.model
        self.failures: Counter[str] = Counter()
        self._encoder = encoder
        self._not_loaded: str | None = None
        self._rest = Rest(encoder.patience_s or 0.0)
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="embedder")
        self._loading: concurrent.futures.Future[bool] | None = None
        self._loaded = False
        self._closed = threading.Event()
        self._cache: LRUCache[str, Row] = LRUCache(CACHED_ROWS)
        self._queue = EmbeddingQueue()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pump: asyncio.Task[None] | None = None

    @property
    def dimensions(self) -> int:
        return self._encoder.dimensions

    @property
    def ready(self) -> bool:
        return self._open and not self._rest.left_s

    @property
    def failure(self) -> str | None:
        if self._not_loaded is None and self._rest.left_s:
            return f"{self.model} is left alone for a while: {self._rest.why}"
        return self._not_loaded

    @property
    def _open(self) -> bool:
        return self._loaded and not self._closed.is_set()

    def start(self) -> None:
        """Begin loading in the background; a second call only tries again what has failed."""
        if self._closed.is_set() or (self._loading and not self._not_loaded):
            return
        if self._encoder.retry_s is not None and self._loading:
            return  # it is tried again as it is
        self._not_loaded = None
        self._loading = concurrent.futures.Future()
        self._loading.set_running_or_notify_cancel()  # a waiter that gives up cannot cancel it
        self._worker.submit(self._load, self._loading)

    def _load(self, loading: concurrent.futures.Future[bool]) -> None:
        """Load the model; where it may come back, try again until it does."""
        while not self._try_to_load():
            if not loading.done():
                loading.set_result(False)
            if self._encoder.retry_s is None or self._closed.wait(self._encoder.retry_s):
                return
        self._loaded, self._not_loaded = True, None
        if not loading.done():
            loading.set_result(True)

    def _try_to_load(self) -> bool:
        try:
            self._encoder.load()
        except Exception as error:
            logger.exception("embedding model not loaded", extra={"model": self.model})
            reason = " ".join(str(error).split()) or type(error).__name__
            self.failures[getattr(error, "reason", "failed")] += 1
            self._not_loaded = f"{self.model} could not be loaded: {reason}"
            return False
        return True

    async def wait_ready(self, timeout_s: float | None = None) -> bool:
        """Wait until the model is loaded or has failed to; whether it can be used now."""
        if self._loading is None:
            self.start()
        if self._loading and not self._loading.done():
            try:
                await asyncio.wait_for(asyncio.wrap_future(self._loading), timeout_s)
            except TimeoutError:
                return False
        return self._open

    async def embed(self, texts: Sequence[str], *, patient: bool = False) -> Vectors:
        """One row of length 1 for each text, in their order: shape (n, `dimensions`).

        Waits for the model to be loaded: check `ready` first where something else will do.

        Raises:
            Invalid: a text is not valid Unicode (a lone surrogate).
            Unavailable: the model could not be loaded, failed on this batch or lately, or was
                closed.
        """
        if isinstance(texts, str):
            raise TypeError("embed takes several texts, not one")
        refuse_surrogates(texts)
        if not await self.wait_ready():
            raise Unavailable("the embedding model is not available", retry_after_s=30)
        self._enter_loop()
        urgent = len(texts) <= URGENT_TEXTS
        hurried = urgent and not patient
        if hurried and not self._rest.admit():
            raise Unavailable(f"{self.failure}", retry_after_s=math.ceil(self._rest.left_s) or 1)
        vectors = np.empty((len(texts), self.dimensions), dtype=np.float32)
        for start in range(0, len(texts), SLICE_TEXTS):
            part = texts[start : start + SLICE_TEXTS]
            rows = await self._rows_of(dict.fromkeys(part), urgent, hurried)
            for position, text in enumerate(part, start):
                vectors[position] = rows[text]
        return vectors

    def close(self) -> None:
        """Let the thread end; whoever still waits gets Unavailable."""
        self._closed.set()
        self._worker.shutdown(wait=False)

    def _enter_loop(self) -> None:
        loop = asyncio.get_running_loop()
        if self._loop is loop:
            return
        if self._pump and not self._pump.done() and self._loop and not self._loop.is_closed():
            raise RuntimeError("this embedder is at work in another event loop")
        self._loop, self._pump, self._queue = loop, None, EmbeddingQueue()

    async def _rows_of(self, texts: Iterable[str], urgent: bool, hurried: bool) -> dict[str, Row]:
        rows = {text: row for text in texts if (row := self._cache.get(text)) is not None}
        # similar lengths side by side, so that a batch needs little padding
        missing = sorted((text for text in texts if text not in rows), key=len)
        jobs = [self._queue.put(text, urgent=urgent) for text in missing]
        if not jobs:
            return rows
        if self._pump is None or self._pump.done():
            # an empty context: this caller's request must not look like everybody's
            pump = self._run_batches()
            self._pump = asyncio.create_task(pump, context=contextvars.Context())
        patience_s = self._encoder.patience_s if hurried else None
        try:
            _, late = await asyncio.wait([job.row for job in jobs], timeout=patience_s)
        finally:
            for job in jobs:
                self._queue.leave(job)
        if late:
            self._note(EncoderFailed("late", f"no vectors within {patience_s} seconds", gone=True))
            raise Unavailable(f"{self.failure}")
        try:
            return rows | {job.text: job.row.result() for job in jobs}
        except EncoderFailed as error:
            raise Unavailable(f"{self.model} gave no vectors: {error}") from error
        except Exception as error:
            raise Unavailable("the embedding model failed on this text") from error

    async def _run_batches(self) -> None:
        loop = asyncio.get_running_loop()
        while batch := self._queue.next_batch():
            texts = [job.text for job in batch]
            try:
                rows = await loop.run_in_executor(self._worker, self._encoder.encode, texts)
                self._deliver(batch, rows)
                self._rest.answered()
            except Exception as error:
                logger.exception("embedding failed", extra={"texts": len(texts)})
                self._note(error)
                _refuse(batch, error)
                if isinstance(error, EncoderFailed) and error.gone:
                    self._refuse_all(error)
            self._queue.finish(batch)
            await asyncio.sleep(0)  # callers with a next text join the next batch

    def _note(self, error: Exception) -> None:
        """Count a failure, and see whether the next ones had better not ask."""
        if isinstance(error, EncoderFailed):
            self.failures[error.reason] += 1
            self._rest.failed(str(error), gone=error.gone)
        else:
            self.failures["failed"] += 1

    def _refuse_all(self, error: Exception) -> None:
        """Nobody in the queue waits as long again for the same answer."""
        while batch := self._queue.next_batch():
            _refuse(batch, error)
            self._queue.finish(batch)

    def _deliver(self, batch: list[Job], rows: Vectors) -> None:
        if len(rows) != len(batch):  # before anybody gets another text's row
            raise ValueError(f"{len(rows)} rows for {len(batch)} texts")
        for job, row in zip(batch, rows, strict=True):
            own = row.copy()  # a view would keep the whole batch alive
            if job.urgent and len(job.text) <= CACHED_CHARS:
                self._cache[job.text] = own
            job.row.set_result(own)


def _refuse(batch: list[Job], error: Exception) -> None:
    for job in batch:
        job.row.set_exception(error)
        job.row.exception()  # seen: its last caller may have left
