"""The batching itself, with a scripted model: what it is asked, in which order, by which thread."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress

import numpy as np
import pytest

from data.errors import Invalid, Unavailable
from retrievers.batching import SLICE_TEXTS, BatchingEmbedder
from retrievers.embedding_queue import BATCH_TEXTS
from retrievers.encoder import Vectors


class ScriptedEncoder:
    """Gives each text (its length, 1, …) and notes its batches; waits where `gate` is closed."""

    model = "scripted"
    dimensions = 4
    retry_s: float | None = None
    patience_s: float | None = None

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.threads: set[str] = set()
        self.gate = threading.Event()
        self.gate.set()
        self.started = threading.Event()
        self.load_error: Exception | None = None

    def load(self) -> None:
        self.gate.wait(10)
        if self.load_error:
            raise self.load_error

    def encode(self, texts: list[str]) -> Vectors:
        self.batches.append(texts)
        self.threads.add(threading.current_thread().name)
        self.started.set()
        self.gate.wait(10)
        if "poison" in texts:
            raise RuntimeError("the model choked")
        if "short" in texts:
            texts = texts[1:]
        return np.array([[len(text), 1, 0, 0] for text in texts], dtype=np.float32)

    def pause(self) -> None:
        self.started.clear()
        self.gate.clear()

    async def at_work(self) -> None:
        """Wait until the model has a batch in hand."""
        assert await asyncio.to_thread(self.started.wait, 10)


@pytest.fixture
def encoder() -> Iterator[ScriptedEncoder]:
    encoder = ScriptedEncoder()
    yield encoder
    encoder.gate.set()


@pytest.fixture
async def embedder(encoder: ScriptedEncoder) -> AsyncIterator[BatchingEmbedder]:
    embedder = BatchingEmbedder(encoder)
    assert await embedder.wait_ready(10)
    yield embedder
    embedder.close()


async def one(embedder: BatchingEmbedder, text: str) -> float:
    return float((await embedder.embed([text]))[0, 0])


async def test_rows_come_in_the_order_of_the_texts(embedder: BatchingEmbedder) -> None:
    texts = ["ccc", "a", "bb", "a", ""]
    vectors = await embedder.embed(texts)
    assert vectors.dtype == np.float32
    assert vectors[:, 0].tolist() == [3, 1, 2, 1, 0]


async def test_an_ingest_keeps_its_order_over_slices_and_batches(
    embedder: BatchingEmbedder, encoder: ScriptedEncoder
) -> None:
    texts = ["x" * (n * 37 % 401) for n in range(SLICE_TEXTS * 2 + 10)]
    vectors = await embedder.embed(texts)
    assert vectors[:, 0].tolist() == [len(text) for text in texts]
    assert max(map(len, encoder.batches)) <= BATCH_TEXTS


async def test_no_texts_are_an_empty_array(embedder: BatchingEmbedder) -> None:
    assert (await embedder.embed([])).shape == (0, 4)


async def test_one_string_is_refused(embedder: BatchingEmbedder) -> None:
    with pytest.raises(TypeError, match="several texts"):
        await embedder.embed("hello")


async def test_calls_of_one_moment_share_a_batch(
    embedder: BatchingEmbedder, encoder: ScriptedEncoder
) -> None:
    lengths = await asyncio.gather(*(one(embedder, "x" * n) for n in range(20)))
    assert lengths == list(range(20))
    assert len(encoder.batches) == 1


async def test_calls_that_come_while_the_model_works_share_the_next_batch(
    embedder: BatchingEmbedder, encoder: ScriptedEncoder
) -> None:
    encoder.pause()
    first = asyncio.create_task(one(embedder, "first"))
    await encoder.at_work()
    others = [asyncio.create_task(one(embedder, text)) for text in ("a", "bb", "ccc")]
    await asyncio.sleep(0.01)
    encoder.gate.set()
    assert await asyncio.gather(first, *others) == [5, 1, 2, 3]
    assert encoder.batches == [["first"], ["a", "bb", "ccc"]]


async def test_the_same_message_is_computed_once(
    embedder: BatchingEmbedder, encoder: ScriptedEncoder
) -> None:
    await asyncio.gather(*(one(embedder, "same") for _ in range(5)))
    await one(embedder, "same")
    await embedder.embed(["same", "other"])
    assert encoder.batches == [["same"], ["other"]]


async def test_what_a_caller_does_to_its_vectors_stays_with_it(embedder: BatchingEmbedder) -> None:
    (await embedder.embed(["same"]))[:] = 9
    assert await one(embedder, "same") == 4


async def test_an_ingest_does_not_push_messages_out_of_the_cache(
    embedder: BatchingEmbedder, encoder: ScriptedEncoder
) -> None:
    await one(embedder, "message")
    await embedder.embed([f"passage {n}" for n in range(5000)])
    encoder.batches.clear()
    await one(embedder, "message")
    assert encoder.batches == []


async def test_a_message_waits_for_one_batch_of_an_ingest_and_no_more(
    embedder: BatchingEmbedder, encoder: ScriptedEncoder
) -> None:
    encoder.pause()
    ingest = asyncio.create_task(embedder.embed([f"passage {n:05}" for n in range(10_000)]))
    await encoder.at_work()
    message = asyncio.create_task(one(embedder, "message"))
    await asyncio.sleep(0.01)
    encoder.gate.set()
    await message
    assert encoder.batches[1] == ["message"]
    assert not ingest.done()
    assert (await ingest).shape == (10_000, 4)


async def test_the_event_loop_runs_while_the_model_works(
    embedder: BatchingEmbedder, encoder: ScriptedEncoder
) -> None:
    encoder.pause()
    waiting = asyncio.create_task(one(embedder, "hello"))
    await encoder.at_work()
    for _ in range(100):
        await asyncio.sleep(0)
    assert not waiting.done()
    encoder.gate.set()
    assert await waiting == 5
    assert len(encoder.threads) == 1
    assert threading.current_thread().name not in encoder.threads


async def test_a_cancelled_caller_leaves_the_others_their_rows(
    embedder: BatchingEmbedder, encoder: ScriptedEncoder
) -> None:
    encoder.pause()
    callers = [asyncio.create_task(one(embedder, text)) for text in ("same", "same", "other")]
    await encoder.at_work()
    callers[0].cancel()
    with suppress(asyncio.CancelledError):
        await callers[0]
    encoder.gate.set()
    assert await asyncio.gather(*callers[1:]) == [4, 5]


async def test_the_rest_of_a_cancelled_ingest_is_not_computed(
    embedder: BatchingEmbedder, encoder: ScriptedEncoder
) -> None:
    encoder.pause()
    ingest = asyncio.create_task(embedder.embed([str(n) for n in range(1000)]))
    await encoder.at_work()
    ingest.cancel()
    with suppress(asyncio.CancelledError):
        await ingest
    encoder.gate.set()
    assert await one(embedder, "message") == 7
    assert await one(embedder, "another") == 7
    assert [len(batch) for batch in encoder.batches] == [BATCH_TEXTS, 1, 1]


async def test_a_failing_batch_fails_its_callers_and_only_them(
    embedder: BatchingEmbedder, encoder: ScriptedEncoder
) -> None:
    results = await asyncio.gather(
        *(one(embedder, text) for text in ("good", "poison", "fine")), return_exceptions=True
    )
    assert [type(result) for result in results] == [Unavailable] * 3
    assert len({id(result) for result in results}) == 3
    assert await one(embedder, "good") == 4
    assert embedder.ready


async def test_nobody_gets_anothers_row_when_the_model_forgets_one(
    embedder: BatchingEmbedder,
) -> None:
    results = await asyncio.gather(
        one(embedder, "a"), one(embedder, "short"), return_exceptions=True
    )
    assert [type(result) for result in results] == [Unavailable] * 2
    assert await one(embedder, "a") == 1


async def test_a_failure_nobody_waits_for_any_more_harms_nobody(
    embedder: BatchingEmbedder, encoder: ScriptedEncoder
) -> None:
    encoder.pause()
    caller = asyncio.create_task(one(embedder, "poison"))
    await encoder.at_work()
    caller.cancel()
    with suppress(asyncio.CancelledError):
        await caller
    encoder.gate.set()
    assert await one(embedder, "next") == 4


async def test_half_a_surrogate_pair_is_refused_without_harm_to_others(
    embedder: BatchingEmbedder,
) -> None:
    results = await asyncio.gather(
        one(embedder, "fine"), embedder.embed(["a", "b\ud83d"]), return_exceptions=True
    )
    assert results[0] == 4
    assert isinstance(results[1], Invalid)
    assert results[1].field == "texts[1]"


async def test_start_returns_at_once_and_embed_waits_for_the_model(
    encoder: ScriptedEncoder,
) -> None:
    encoder.pause()
    embedder = BatchingEmbedder(encoder)
    embedder.start()
    embedder.start()
    waiting = asyncio.create_task(one(embedder, "hello"))
    assert not await embedder.wait_ready(0.01)
    assert (embedder.ready, embedder.failure, waiting.done()) == (False, None, False)
    encoder.gate.set()
    assert await waiting == 5
    assert embedder.ready
    embedder.close()


async def test_a_model_that_does_not_load_is_unavailable_until_a_new_start_succeeds(
    encoder: ScriptedEncoder,
) -> None:
    encoder.load_error = OSError("the disk is full")
    embedder = BatchingEmbedder(encoder)
    assert not await embedder.wait_ready(10)
    assert embedder.failure == "scripted could not be loaded: the disk is full"
    with pytest.raises(Unavailable, match="not available"):
        await embedder.embed(["hello"])
    encoder.load_error = None
    with pytest.raises(Unavailable):
        await embedder.embed(["hello"])
    embedder.start()
    assert await one(embedder, "hello") == 5
    assert embedder.failure is None
    embedder.close()


async def test_closing_turns_away_who_comes_and_who_waits(encoder: ScriptedEncoder) -> None:
    embedder = BatchingEmbedder(encoder)
    await embedder.wait_ready(10)
    encoder.pause()
    in_hand = asyncio.create_task(one(embedder, "in hand"))
    await encoder.at_work()
    waiting = asyncio.create_task(one(embedder, "waiting"))
    await asyncio.sleep(0.01)
    embedder.close()
    encoder.gate.set()
    assert await in_hand == 7
    with pytest.raises(Unavailable):
        await waiting
    with pytest.raises(Unavailable):
        await one(embedder, "late")
    assert not embedder.ready


def test_event_loops_may_follow_each_other(encoder: ScriptedEncoder) -> None:
    embedder = BatchingEmbedder(encoder)
    assert [asyncio.run(one(embedder, text)) for text in ("a", "bb", "a")] == [1, 2, 1]
    embedder.close()


async def test_two_event_loops_at_once_are_refused(
    embedder: BatchingEmbedder, encoder: ScriptedEncoder
) -> None:
    encoder.pause()
    here = asyncio.create_task(one(embedder, "here"))
    await encoder.at_work()
    with pytest.raises(RuntimeError, match="another event loop"):
        await asyncio.to_thread(asyncio.run, one(embedder, "there"))
    encoder.gate.set()
    assert await here == 4
