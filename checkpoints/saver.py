"""The graph's memory, written together with the turn it belongs to.

LangGraph hands a saver its checkpoint when a run ends (`durability="exit"`). This one keeps it
until the turn's final transaction and writes it there, so reply, owner and memory are committed
together or not at all, and the check of the lease token covers all three. A turn costs no
transaction for its checkpoint, and the stock saver's lock around every call is not needed.

Of a run that came to its end only what the next turn needs is written; of an interrupted one,
everything. The rows are of the stock saver's form, and its code reads them.
"""

from collections.abc import Iterator, Mapping, Sequence
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
    get_serializable_checkpoint_metadata,
)
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from langgraph.checkpoint.postgres.base import BasePostgresSaver
from langgraph.checkpoint.serde.base import SerializerProtocol
from langgraph.checkpoint.serde.encrypted import EncryptedSerializer
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

from checkpoints.latest import Blob, Latest, keep_latest
from checkpoints.sealing import serializer
from data.db import Connection, Database
from data.personal import personal_of

PRIMITIVE = (str, int, float, bool, type(None))  # what the stock saver writes into the row itself


@dataclass(slots=True)
class Recording:
    """What one run wants saved. Empty when the run ended without a change."""

    lasting: frozenset[str] | None
    checkpoints: list[tuple[RunnableConfig, Checkpoint, CheckpointMetadata]] = field(
        default_factory=list
    )
    writes: list[tuple[Any, ...]] = field(default_factory=list)

    async def save(self, db: Connection, thread_id: str) -> None:
        """Write it in the caller's transaction, in place of what the thread had."""
        serde = await _serializer(db, thread_id)
        if self.checkpoints:
            config, checkpoint, metadata = self.checkpoints[-1]  # it stands for those before it
            kept, blobs = self._divided(checkpoint, serde)
            await keep_latest(
                db,
                Latest(
                    thread_id=thread_id,
                    namespace=config["configurable"].get("checkpoint_ns", ""),
                    id=checkpoint["id"],
                    checkpoint=kept,
                    metadata=dict(get_serializable_checkpoint_metadata(config, metadata)),
                    blobs=blobs,
                ),
            )
        stock = AsyncPostgresSaver(db, serde=serde)
        for put_writes in self.writes:
            await stock.aput_writes(*put_writes)

    def _divided(
        self, checkpoint: Checkpoint, serde: SerializerProtocol
    ) -> tuple[dict[str, Any], list[Blob]]:
        """What goes into the row as JSON, and what into rows of its own, serialised.

        What is sealed goes into rows of its own, all of it.
        """
        kept: Mapping[str, Any] = checkpoint
        as_json: tuple[type, ...] = PRIMITIVE
        if self.lasting is not None and not self.writes:
            kept, as_json = ended(checkpoint, self.lasting), (object,)
        if isinstance(serde, EncryptedSerializer):
            as_json = ()
        values, versions = kept["channel_values"], kept["channel_versions"]
        inline = {name: value for name, value in values.items() if isinstance(value, as_json)}
        blobs = [
            Blob(name, str(versions[name]), *serde.dumps_typed(value))
            for name, value in values.items()
            if name not in inline
        ]
        return {**kept, "channel_values": inline}, blobs


def ended(checkpoint: Checkpoint, lasting: frozenset[str]) -> dict[str, Any]:
    """A checkpoint of a run that came to its end, as if only the lasting channels had been written.

    A channel that has a version and no value would send LangGraph through the checkpoint's
    ancestors to rebuild it, a read each, at the start of every turn.
    """
    values, versions = checkpoint["channel_values"], checkpoint["channel_versions"]
    kept = [name for name in values if name in lasting]
    return {
        **checkpoint,
        "channel_values": {name: values[name] for name in kept},
        "channel_versions": {name: versions[name] for name in kept},
        "versions_seen": {},
        "updated_channels": None,
    }


async def _serializer(db: Connection, thread_id: str) -> SerializerProtocol:
    """How the thread's tenant has its values written; without keys nobody's can be sealed."""
    if db.keyring is not None:
        personal = await personal_of(db, thread_id.partition(":")[0])
        if personal.sealing:
            return serializer(db.keyring, thread_id)
    return JsonPlusSerializer()


class TurnSaver(BasePostgresSaver):
    """A checkpointer whose writes wait for `Recording.save`.

    Args:
        database: where threads live.
        lasting: the channels that outlive a run that came to its end, all of plain JSON values;
            None for every channel.
    """

    def __init__(self, database: Database, lasting: frozenset[str] | None = None) -> None:
        super().__init__()
        self._database = database
        self._lasting = lasting
        self._recording: ContextVar[Recording] = ContextVar("recording")

    @contextmanager
    def recording(self) -> Iterator[Recording]:
        """Collect what the runs inside this block save."""
        recording = Recording(self._lasting)
        token = self._recording.set(recording)
        try:
            yield recording
        finally:
            self._recording.reset(token)

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """The thread's checkpoint, read as the thread's tenant."""
        tenant = str(config["configurable"]["thread_id"]).partition(":")[0]
        async with self._database.reading(tenant) as db:
            values = serializer(db.keyring, config["configurable"]["thread_id"])
            return await AsyncPostgresSaver(db, serde=values).aget_tuple(config)

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
        self._recording.get().checkpoints.append((config, checkpoint, metadata))
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
