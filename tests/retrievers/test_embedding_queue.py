import pytest

from retrievers.embedding_queue import (
    BATCH_TEXTS,
    BATCH_TOKENS,
    BULK_EVERY,
    EmbeddingQueue,
    Job,
    rough_tokens,
)


def texts(batch: list[Job]) -> list[str]:
    return [job.text for job in batch]


async def test_messages_go_before_passages_that_came_first() -> None:
    queue = EmbeddingQueue()
    for n in range(40):
        queue.put(f"passage {n}", urgent=False)
    queue.put("message", urgent=True)
    assert texts(queue.next_batch()) == ["message"]
    assert texts(queue.next_batch()) == [f"passage {n}" for n in range(32)]


async def test_passages_get_their_turn_however_many_messages_come() -> None:
    queue = EmbeddingQueue()
    queue.put("passage", urgent=False)
    batches = []
    for n in range(BULK_EVERY):
        queue.put(f"message {n}", urgent=True)
        batches.append(texts(queue.next_batch()))
    assert batches[:-1] == [[f"message {n}"] for n in range(BULK_EVERY - 1)]
    assert batches[-1] == ["passage"]


async def test_a_batch_is_bounded_in_texts() -> None:
    queue = EmbeddingQueue()
    for n in range(BATCH_TEXTS + 1):
        queue.put(str(n), urgent=True)
    assert len(queue.next_batch()) == BATCH_TEXTS
    assert len(queue.next_batch()) == 1
    assert queue.next_batch() == []


async def test_a_batch_is_bounded_in_tokens_but_takes_at_least_one_text() -> None:
    queue = EmbeddingQueue()
    for n in range(10):
        queue.put(f"{n} " * 2000, urgent=False)
    sizes = []
    while batch := queue.next_batch():
        sizes.append(sum(rough_tokens(job.text) for job in batch))
    assert sizes == [BATCH_TOKENS, BATCH_TOKENS, BATCH_TOKENS // 2]


async def test_a_text_asked_for_twice_is_one_job() -> None:
    queue = EmbeddingQueue()
    first = queue.put("same", urgent=True)
    assert queue.put("same", urgent=True) is first
    assert texts(queue.next_batch()) == ["same"]
    assert queue.put("same", urgent=True) is first, "also while the model reads it"
    assert queue.next_batch() == []


async def test_a_finished_text_is_a_new_job() -> None:
    queue = EmbeddingQueue()
    first = queue.put("same", urgent=True)
    queue.finish(queue.next_batch())
    assert queue.put("same", urgent=True) is not first


async def test_a_passage_that_a_customer_sends_too_becomes_urgent() -> None:
    queue = EmbeddingQueue()
    for text in ("a", "b", "c"):
        queue.put(text, urgent=False)
    queue.put("b", urgent=True)
    assert texts(queue.next_batch()) == ["b"]
    assert texts(queue.next_batch()) == ["a", "c"]


async def test_what_nobody_waits_for_is_dropped() -> None:
    queue = EmbeddingQueue()
    jobs = [queue.put(text, urgent=True) for text in "abc"]
    passage = queue.put("passage", urgent=False)
    for job in jobs:
        queue.leave(job)
    assert queue.next_batch() == [passage]
    assert queue.put("a", urgent=True) is not jobs[0]


async def test_a_text_left_by_one_caller_is_kept_for_the_other() -> None:
    queue = EmbeddingQueue()
    job = queue.put("same", urgent=True)
    queue.put("same", urgent=True)
    queue.leave(job)
    assert queue.next_batch() == [job]


@pytest.mark.parametrize(
    ("text", "tokens"), [("", 2), ("where is it", 5), ("你好吗", 5), ("x" * 9999, 256)]
)
def test_tokens_are_estimated_without_a_tokenizer(text: str, tokens: int) -> None:
    assert rough_tokens(text) == tokens
