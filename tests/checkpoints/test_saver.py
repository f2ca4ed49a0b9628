"""A small graph of its own: what is kept, when, and for whom."""

import asyncio
import operator
from collections.abc import AsyncIterator
from typing import Annotated, Any

import psycopg
import pytest
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import CheckpointTuple
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Command, interrupt
from psycopg.rows import dict_row
from typing_extensions import TypedDict

from checkpoints.saver import TurnSaver
from data.db import Database, open_database
from tests.conftest import TEMPLATE, copy_of

Graph = CompiledStateGraph[Any, Any, Any, Any]
MEMORY = ("checkpoints", "checkpoint_blobs", "checkpoint_writes")


class State(TypedDict, total=False):
    said: Annotated[list[str], operator.add]
    answer: str


async def hear(state: State) -> State:
    return {"answer": f"You said {state['said'][-1]}."}


async def wait(state: State) -> State:
    if state["said"][-1] != "human":
        return {}
    return {"answer": interrupt("please")}


class CountingSaver(TurnSaver):
    """Counts how often the memory is read."""

    reads = 0

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        self.reads += 1
        return await super().aget_tuple(config)


def graph_on(database: Database) -> tuple[Graph, TurnSaver]:
    """A graph with a saver of its own: another process's, if you like."""
    saver = TurnSaver(database)
    return graph_with(saver), saver


def graph_with(saver: TurnSaver) -> Graph:
    graph = StateGraph(State)
    graph.add_node("hear", hear)
    graph.add_node("wait", wait)
    graph.add_edge(START, "hear")
    graph.add_edge("hear", "wait")
    graph.add_edge("wait", END)
    return graph.compile(checkpointer=saver)


def at(thread_id: str) -> RunnableConfig:
    return {"configurable": {"thread_id": thread_id}}


async def turn(database: Database, thread_id: str, given: Any) -> None:
    """A whole turn in a new process."""
    graph, saver = graph_on(database)
    with saver.recording() as recording:
        await graph.ainvoke(given, at(thread_id), durability="exit")
        async with database.transaction(thread_id.partition(":")[0]) as db:
            await recording.save(db, thread_id)


async def rows(database: Database, thread_id: str) -> list[int]:
    """How many of each of MEMORY's rows the thread has."""
    counts = []
    async with database.transaction(thread_id.partition(":")[0]) as db:
        for table in MEMORY:
            query = f"SELECT FROM {table} WHERE thread_id = %s"
            counts.append((await db.execute(query, [thread_id])).rowcount)
    return counts


@pytest.fixture(scope="module")
async def memory(postgres: str) -> AsyncIterator[Database]:
    with copy_of(postgres, TEMPLATE) as url:
        async with open_database(url, minimum=1, maximum=8) as database:
            yield database


async def test_nothing_is_written_before_the_turns_own_transaction(memory: Database) -> None:
    graph, saver = graph_on(memory)
    with saver.recording() as recording:
        await graph.ainvoke({"said": ["hello"]}, at("acme:1"), durability="exit")
        assert await rows(memory, "acme:1") == [0, 0, 0]
        async with memory.transaction("acme") as db:
            await recording.save(db, "acme:1")
    assert (await rows(memory, "acme:1"))[0] == 1
    snapshot = await graph_on(memory)[0].aget_state(at("acme:1"))
    assert snapshot.values == {"said": ["hello"], "answer": "You said hello."}


async def test_a_transaction_that_fails_leaves_the_memory_as_it_was(memory: Database) -> None:
    await turn(memory, "acme:2", {"said": ["one"]})
    before = await rows(memory, "acme:2")
    graph, saver = graph_on(memory)
    with saver.recording() as recording:
        await graph.ainvoke({"said": ["two"]}, at("acme:2"), durability="exit")
        with pytest.raises(ZeroDivisionError):
            async with memory.transaction("acme") as db:
                await recording.save(db, "acme:2")
                raise ZeroDivisionError
    assert (await graph.aget_state(at("acme:2"))).values["said"] == ["one"]
    assert await rows(memory, "acme:2") == before


async def test_a_run_outside_a_recording_is_refused(memory: Database) -> None:
    graph, _ = graph_on(memory)
    with pytest.raises(LookupError):
        await graph.ainvoke({"said": ["hello"]}, at("acme:3"), durability="exit")


async def test_runs_at_the_same_time_record_apart(memory: Database) -> None:
    graph, saver = graph_on(memory)

    async def run(name: str) -> None:
        with saver.recording() as recording:
            await graph.ainvoke({"said": [name]}, at(f"acme:{name}"), durability="exit")
            await asyncio.sleep(0.01)
            async with memory.transaction("acme") as db:
                await recording.save(db, f"acme:{name}")

    await asyncio.gather(*(run(f"apart-{n}") for n in range(20)))
    for n in range(20):
        state = await graph.aget_state(at(f"acme:apart-{n}"))
        assert state.values["said"] == [f"apart-{n}"]


async def test_an_interrupt_is_kept_and_resumed_by_another_process(memory: Database) -> None:
    await turn(memory, "acme:4", {"said": ["human"]})
    graph, _ = graph_on(memory)
    (waiting,) = (await graph.aget_state(at("acme:4"))).interrupts
    await turn(memory, "acme:4", Command(resume={waiting.id: "here I am"}))
    state = await graph.aget_state(at("acme:4"))
    assert (state.values["answer"], state.interrupts) == ("here I am", ())


async def test_a_new_message_drops_an_interrupt_nobody_answered(memory: Database) -> None:
    await turn(memory, "acme:5", {"said": ["human"]})
    await turn(memory, "acme:5", {"said": ["hello again"]})
    state = await graph_on(memory)[0].aget_state(at("acme:5"))
    assert state.interrupts == ()
    assert state.values["said"] == ["human", "hello again"]


async def test_only_the_latest_checkpoint_is_kept(memory: Database) -> None:
    sizes = []
    for n in range(30):
        await turn(memory, "acme:6", {"said": [f"number {n}"]})
        sizes.append(await rows(memory, "acme:6"))
    assert sizes[0] == sizes[-1]
    assert sizes[0][0] == 1
    assert sizes[0][2] == 0


async def test_of_a_run_that_ended_the_lasting_channels_are_kept_and_read_at_once(
    memory: Database,
) -> None:
    for said in ("one", "two"):
        saver = CountingSaver(memory, lasting=frozenset({"answer"}))
        graph = graph_with(saver)
        with saver.recording() as recording:
            result = await graph.ainvoke({"said": [said]}, at("acme:10"), durability="exit")
            async with memory.transaction("acme") as db:
                await recording.save(db, "acme:10")
        assert result == {"said": [said], "answer": f"You said {said}."}
        assert saver.reads == 1
    kept = (await graph.aget_state(at("acme:10"))).values
    assert kept == {"said": [], "answer": "You said two."}
    assert await rows(memory, "acme:10") == [1, 0, 0]


async def test_a_process_whose_clock_is_behind_does_not_lose_its_turn(memory: Database) -> None:
    """Ids of checkpoints are times; the one before may come from a clock that is ahead."""
    await turn(memory, "acme:late", {"said": ["human"]})
    async with memory.transaction("acme") as db:
        for table in ("checkpoints", "checkpoint_writes"):
            await db.execute(
                f"UPDATE {table} SET checkpoint_id = '2' || substr(checkpoint_id, 2)"
                " WHERE thread_id = 'acme:late'"
            )
    await turn(memory, "acme:late", {"said": ["hello"]})
    state = await graph_on(memory)[0].aget_state(at("acme:late"))
    assert (state.values["said"], state.interrupts) == (["human", "hello"], ())
    assert (await rows(memory, "acme:late"))[::2] == [1, 0]


async def test_a_threads_new_checkpoint_leaves_other_threads_alone(memory: Database) -> None:
    await turn(memory, "acme:7", {"said": ["human"]})
    kept = await rows(memory, "acme:7")
    for _ in range(3):
        await turn(memory, "acme:77", {"said": ["hello"]})
    assert await rows(memory, "acme:7") == kept
    assert len((await graph_on(memory)[0].aget_state(at("acme:7"))).interrupts) == 1


async def test_a_thread_belongs_to_the_tenant_in_its_name(memory: Database) -> None:
    await turn(memory, "acme:8", {"said": ["secret"]})
    async with memory.transaction("globex") as db:
        for table in MEMORY:
            assert (await db.execute(f"SELECT FROM {table}")).rowcount == 0
    graph, saver = graph_on(memory)
    with saver.recording() as recording:
        await graph.ainvoke({"said": ["mine"]}, at("acme:9"), durability="exit")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            async with memory.transaction("globex") as db:
                await recording.save(db, "acme:9")
    assert await rows(memory, "acme:9") == [0, 0, 0]


async def test_the_stock_saver_reads_what_this_one_wrote(db: Database, database_url: str) -> None:
    await turn(db, "acme:1", {"said": ["hello"]})
    connection = await psycopg.AsyncConnection.connect(
        database_url, autocommit=True, row_factory=dict_row
    )
    async with connection:
        found = await AsyncPostgresSaver(connection).aget_tuple(at("acme:1"))
    assert found
    assert found.checkpoint["channel_values"]["answer"] == "You said hello."


async def test_saving_nothing_is_no_work(memory: Database) -> None:
    _, saver = graph_on(memory)
    with saver.recording() as recording:
        async with memory.transaction("acme") as db:
            await recording.save(db, "acme:11")
    assert await rows(memory, "acme:11") == [0, 0, 0]
