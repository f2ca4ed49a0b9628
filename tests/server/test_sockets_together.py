"""Many sockets, two server processes on one database, and one of the two killed in the middle."""

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from data import conversations
from data.db import Database
from data.messages import NewMessage, add_message
from data.scope import Role, Scope
from server.settings import DEMO_TENANT
from server.sockets.mailbox import MOST_WAITING
from tests.served import Served, served
from tests.server.callers import ALICE, BOB, Callers, chat, history, thread
from tests.server.together import PERSON, faults, play
from tests.server.wires import Wire, wired

MANY = 200
PAGE = "https://shop.example"


@pytest.fixture(scope="module")
async def two(seeded_url: str, data_dir: Path) -> AsyncIterator[list[Served]]:
    """Two server processes on one database."""
    async with AsyncExitStack() as stack:
        starting = (
            stack.enter_async_context(served(seeded_url, data_dir, {"CORS_ORIGINS": PAGE}))
            for _ in range(2)
        )
        yield [await each for each in starting]


@pytest.fixture(scope="module")
async def callers(two: list[Served], rows: Database) -> Callers:
    return Callers(two[0], rows)


async def handed_over(callers: Callers, headers: dict[str, str]) -> str:
    name = thread()
    async with callers.http(headers) as http:
        found = await chat(http, PERSON, conversation_id=name)
    assert found.json()["handoff"] is True
    return name


async def test_sockets_of_two_processes_are_in_one_conversation(
    two: list[Served], callers: Callers
) -> None:
    headers = await callers.customer(BOB)
    async with wired(two[0].url, "/ws/customer", headers) as here:
        name = (await here.next())["conversation_id"]
        path = f"/ws/operator/{name}"
        async with wired(two[1].url, path, callers.admin) as there:
            await there.kind("presence", customer=True)
            await here.kind("presence", operator=True)
            await here.say(type="typing", on=True)
            assert (await there.kind("typing", role="customer"))["on"] is True
            await here.words("How long do I have to return an item?")
            await there.kind("message", role="customer")
            answer = await there.kind("message", role="assistant")
            await here.kind("message", role="assistant")
            await asyncio.gather(here.quiet(0.1), there.quiet(0.1))
            spoken = [
                "".join(frame["content"] for frame in wire.heard if frame["type"] == "token")
                for wire in (here, there)
            ]
            assert spoken == [answer["content"]] * 2
        assert (await here.kind("presence"))["operator"] is False


async def test_a_page_of_an_origin_that_the_tenant_lists_may_connect(callers: Callers) -> None:
    headers = {**await callers.customer(BOB), "origin": PAGE}
    async with wired(callers.server.url, "/ws/customer", headers) as wire:
        assert (await wire.next())["type"] == "conversation"


async def test_two_hundred_sockets_on_one_conversation_lose_nothing(
    two: list[Served], callers: Callers
) -> None:
    headers = await callers.customer(ALICE)
    name = await handed_over(callers, headers)
    said = [f"Message {number}" for number in range(30)]
    joined = asyncio.Event()
    ready = 0

    async def follow(number: int) -> list[tuple[int, str]]:
        nonlocal ready
        side, who = ("customer", headers) if number % 2 else ("operator", callers.admin)
        url = two[number // 2 % 2].url
        async with wired(url, f"/ws/{side}/{name}", who, compression=None) as wire:
            await wire.next()
            ready += 1
            if ready == MANY:
                joined.set()
            await wire.kind("message", content=said[-1])
            return wire.log()

    async with asyncio.timeout(60):
        following = [asyncio.create_task(follow(number)) for number in range(MANY)]
        await joined.wait()
        async with wired(two[0].url, f"/ws/operator/{name}", callers.admin) as operator:
            for each in said:
                await operator.words(each)
            await operator.kind("message", content=said[-1])
        told = await asyncio.gather(*following)
    for side in (told[::2], told[1::2]):  # operators are told more than customers
        assert [content for _, content in side[0] if content in said] == said
        assert all(each == side[0] for each in side)


async def many_words(rows: Database, name: str, count: int) -> list[str]:
    """An operator writes more than any buffer holds, in one transaction."""
    scope = Scope(DEMO_TENANT, Role.OPERATOR, "operator:test", name)
    words = [f"{number} ".ljust(8000, "x") for number in range(count)]
    async with rows.transaction(DEMO_TENANT) as db:
        await conversations.lock_existing(db, scope)
        for each in words:
            await add_message(db, scope, NewMessage(str(uuid4()), "operator", each))
    return words


def small_socket(url: str) -> socket.socket:
    """A connection that takes in little until it is read."""
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    host, port = url.removeprefix("http://").split(":")
    made.connect((host, int(port)))
    made.setblocking(False)
    return made


async def test_a_reader_who_falls_behind_is_told_so_and_catches_up(
    two: list[Served], callers: Callers, rows: Database
) -> None:
    headers = await callers.customer(ALICE)
    name = await handed_over(callers, headers)
    path = f"/ws/customer/{name}"
    options: dict[str, Any] = {"max_queue": 1, "compression": None, "max_size": None}
    here = small_socket(two[0].url)
    async with wired(two[0].url, path, headers, sock=here, **options) as slow:
        await slow.next()
        words = await many_words(rows, name, MOST_WAITING * 2)
        await asyncio.sleep(0.5)
        assert await slow.code() == 4408
    missed = len(words) - len(slow.log())
    assert missed > 0
    async with wired(two[1].url, f"{path}?after={slow.last}", headers, **options) as again:
        await again.kind("message", content=words[-1])
    assert [content for _, content in slow.log() + again.log()] == words


@asynccontextmanager
async def watched(callers: Callers, one: str, other: str) -> AsyncIterator[Wire]:
    """An operator by way of one server, before whom a customer types by way of the other."""
    headers = await callers.customer(BOB)
    name = await handed_over(callers, headers)
    async with (
        wired(other, f"/ws/operator/{name}", callers.admin) as operator,
        wired(one, f"/ws/customer/{name}", headers) as customer,
    ):
        await customer.kind("presence", operator=True)
        await operator.kind("presence", customer=True)
        await customer.say(type="typing", on=True)
        await operator.kind("typing", on=True)
        yield operator


async def test_two_operators_and_three_customers_go_on_when_a_server_is_killed(
    two: list[Served], callers: Callers
) -> None:
    """The last test of this file: one of the servers does not come back."""
    one, other = (each.url for each in two)

    def kill() -> None:
        os.kill(two[0].pid, signal.SIGKILL)

    async with asyncio.timeout(60), watched(callers, one, other) as watching:
        talks = await play(callers, one, other, kill, lambda *_: None)
        await watching.kind("typing", role="customer", on=False)
        assert (await watching.kind("presence"))["customer"] is False
    survivor = Callers(two[1], callers.database)
    for talk in talks:
        kept = await history(survivor, str(talk.customer.conversation_id))
        assert faults(talk, kept) == []
    connected = {talk.name: talk.customer.connected for talk in talks}
    assert connected["Alice"] > 1
    assert connected["Bob"] == 1
