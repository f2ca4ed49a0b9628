"""What a developer does in Studio, as calls of the SDK that Studio itself uses."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Self

from langgraph_sdk import get_client
from langgraph_sdk.client import LangGraphClient

GRAPH = "support"


@dataclass(frozen=True, slots=True)
class Step:
    """A node at work: what it was given and what it returned. `path` is empty in our own graph."""

    path: str
    node: str
    input: Any
    result: Any


@dataclass(frozen=True, slots=True)
class Studio:
    """One thread of the dev server."""

    client: LangGraphClient
    thread: str

    @classmethod
    @asynccontextmanager
    async def at(cls, url: str) -> AsyncIterator[Self]:
        """Open a thread."""
        async with get_client(url=url) as client:
            yield cls(client, (await client.threads.create())["thread_id"])

    async def another(self) -> "Studio":
        """One more thread of the same server."""
        return Studio(self.client, (await self.client.threads.create())["thread_id"])

    async def say(self, text: str, **more: Any) -> dict[str, Any]:
        """Run a customer's message; the state it ends with."""
        return await self.go_on(input=message(text), **more)

    async def go_on(self, **more: Any) -> dict[str, Any]:
        """Run from where the thread stands."""
        await self.client.runs.wait(self.thread, GRAPH, raise_error=True, **more)
        return await self.values()

    async def steps(self, text: str) -> list[Step]:
        """Run a customer's message and watch every node, those of the agents inside, too."""
        begun: dict[str, Any] = {}
        done: list[Step] = []
        async for part in self.client.runs.stream(
            self.thread,
            GRAPH,
            input=message(text),
            stream_mode=["tasks", "debug", "messages-tuple", "values"],
            stream_subgraphs=True,
        ):
            assert part.event != "error", part.data
            kind, _, path = part.event.partition("|")
            if kind != "tasks":
                continue
            task: Any = part.data
            if "input" in task:
                begun[task["id"]] = task["input"]
            else:
                assert task["error"] is None, task
                done.append(Step(path, task["name"], begun[task["id"]], task["result"]))
        return done

    async def values(self) -> dict[str, Any]:
        values: Any = (await self.state())["values"]
        return dict(values)

    async def state(self) -> Any:
        return await self.client.threads.get_state(self.thread)

    async def edit(self, values: Mapping[str, Any], as_node: str | None = None) -> None:
        """Change the state where the thread stands, as if `as_node` had."""
        await self.client.threads.update_state(self.thread, dict(values), as_node=as_node)


def message(text: str) -> dict[str, Any]:
    """A run's input as Studio makes it."""
    return {"messages": [{"role": "user", "content": text}]}


def said(state: Mapping[str, Any]) -> list[str]:
    """The conversation's texts, in order."""
    messages: Sequence[Mapping[str, Any]] = state["messages"]
    return [str(message["content"]) for message in messages]
