"""The graph's memory, written together with the turn it belongs to.

LangGraph hands a saver its checkpoint when a run ends (`durability="exit"`). This one keeps it
until the turn's final transaction and writes it there, so reply, owner and memory are committed
together or not at all, and the check of the lease token covers all three. A turn costs no
transaction for its checkpoint, and the stock saver's lock around every call is not needed.

The rows are the stock saver's own, written by the stock saver's own code.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
)
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from langgraph.checkpoint.postgres.base import BasePostgresSaver

from checkpoints.retention import keep_only
from data.db import Connection, Database


@dataclass(slots=True)
class Recording:
    """What one run wants saved. Empty when the run ended without a change."""

    checkpoints: list[tuple[Any, ...]] = field(default_factory=list)
    writes: list[tuple[Any, ...]] = field(default_factory=list)

    async def save(self, db: Connection, thread_id: str) -> None:
        """Write it in the caller's transaction and drop what it replaces."""
        if not self.checkpoints and not self.writes:
            return
        stock = AsyncPostgresSaver(db)
        async with db.pipeline():
            for put in self.checkpoints:
                await stock.aput(*put)
            for put_writes in self.writes:
                await stock.aput_writes(*put_writes)
            if self.checkpoints:
                _, latest, *_ = self.checkpoints[-1]
                await keep_only(db, thread_id, latest["id"])


class TurnSaver(BasePostgresSaver):
    """A checkpointer whose writes wait for `Recording.save`."""

    def __init__(self, database: Database) -> None:
        super().__init__()
        self._database = database
        self._recording: ContextVar[Recording] = ContextVar("recording")

    @contextmanager
    def recording(self) -> Iterator[Recording]:
        """Collect what the runs inside this block save."""
        recording = Recording()
        token = self._recording.set(recording)
        try:
            yield recording
        finally:
            self._recording.reset(token)

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """The thread's checkpoint, read as the thread's tenant."""
        tenant = str(config["configurable"]["thread_id"]).partition(":")[0]
        async with self._database.reading(tenant) as db:
            return await AsyncPostgresSaver(db).aget_tuple(config)

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Keep a checkpoint for the turn's final transaction.

        Raises:
            LookupError: the run is outside a `recording` block: a bug, it would be lost.
        """
        self._recording.get().checkpoints.append((config, checkpoint, metadata, new_versions))
        place = config["configurable"]
        return {
            "configurable": {
                "thread_id": place["thread_id"],
                "checkpoint_ns": place.get("checkpoint_ns", ""),
                "checkpoint_id": checkpoint["id"],
            }
        }

    async def aput_writes(
        self,
        config: RunnableConfig,
        writes: Sequence[tuple[str, Any]],
        task_id: str,
        task_path: str = "",
    ) -> None:
        """Keep writes (an interrupt, say) for the turn's final transaction."""
        self._recording.get().writes.append((config, writes, task_id, task_path))
