"""Send recorded conversations through LangServe, as any LangChain client would."""

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import uuid4

import httpx
from langchain_core.runnables import Runnable, RunnableConfig
from langserve import RemoteRunnable

from agents.registry import SPECIALISTS
from server.client import TIMEOUT_S, problem_in
from server.replay.patience import Patience
from server.replay.recording import Recorded


@dataclass(frozen=True, slots=True)
class Exchange:
    """One message and what came of it: `result` as the server gave it, or `error`.

    `worked` is the specialist that worked on it last, also where people took over afterwards.
    """

    thread_id: str
    content: str
    seconds: float
    result: Mapping[str, Any] | None = None
    error: str | None = None
    worked: str | None = None
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sent:
    """A conversation as it went."""

    recorded: Recorded
    thread_id: str
    exchanges: list[Exchange] = field(default_factory=list)


class Progress(Protocol):
    def __call__(self) -> None:
        """One more message is through."""


def open_remote(url: str, headers: Mapping[str, str]) -> Runnable[Any, Any]:
    """The server's graph as a LangChain runnable."""
    remote: Runnable[Any, Any] = RemoteRunnable(
        f"{url}/support", headers=dict(headers), timeout=TIMEOUT_S
    )
    return remote


async def send_all(
    remote: Runnable[Any, Any],
    recordings: Sequence[Recorded],
    *,
    concurrency: int,
    progress: Progress,
    patience: Patience,
    clock: Callable[[], float] = time.perf_counter,
) -> list[Sent]:
    """Every conversation once, so many at a time, each one's messages in their order."""
    run = uuid4().hex[:12]
    all_sent = [Sent(each, f"replay-{run}-{number}") for number, each in enumerate(recordings)]
    waiting: Iterator[Sent] = iter(all_sent)

    async def work() -> None:
        for conversation in waiting:
            for content in conversation.recorded.said:
                conversation.exchanges.append(
                    await _exchange(remote, conversation.thread_id, content, patience, clock)
                )
                progress()

    async with asyncio.TaskGroup() as group:
        for _ in range(concurrency):
            group.create_task(work())
    return all_sent


async def _exchange(
    remote: Runnable[Any, Any],
    thread_id: str,
    content: str,
    patience: Patience,
    clock: Callable[[], float],
) -> Exchange:
    config: RunnableConfig = {"configurable": {"thread_id": thread_id}}
    given = {"messages": [{"role": "user", "content": content}]}
    result: dict[str, Any] | None = None
    error = worked = None
    faults: list[str] = []
    start = clock()
    try:
        async for event in remote.astream(given, config):
            match event:
                case {"event": "step", "name": name} if name in SPECIALISTS:
                    worked = name
                case {"event": "tool", "name": name, "failed": code}:
                    faults.append(f"{name}: {code}")
                case {"event": "error"}:
                    error = f"error: {event.get('detail', 'without a word')}"
                case {"event": "result"}:
                    result = event["result"]
    except Exception as failure:  # whatever it is, it is counted, and the next message goes out
        if isinstance(failure, httpx.HTTPStatusError) and await patience.waited(failure.response):
            return await _exchange(remote, thread_id, content, patience, clock)
        error = described(failure)
    seconds = clock() - start
    if result is None and error is None:
        error = "the stream ended without a result"
    return Exchange(thread_id, content, seconds, result, error, worked, tuple(faults))


def described(failure: Exception) -> str:
    """An error in a few words, the same for all of its kind."""
    if isinstance(failure, httpx.HTTPStatusError):
        try:
            return problem_in(failure.response)
        except httpx.ResponseNotRead:
            return str(failure.response.status_code)
    return type(failure).__name__
