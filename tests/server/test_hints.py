"""Word of what was committed comes late rather than never."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, nullcontext
from dataclasses import dataclass, field, replace

from data import conversations
from data.db import HINTS, Database
from data.messages import NewMessage, add_message
from data.scope import Role, Scope
from graph.events import Events
from server.carriers import open_carrier
from server.changes import Hear
from server.hints import Hints
from server.sockets.exchange import Exchange
from server.sockets.hub import SWEEP_S, Follower
from server.sockets.rendering import Rendered

TALK = Scope("acme", Role.CUSTOMER, "customer:1", "talk")


@dataclass
class Lame:
    """A carrier that fails the first time."""

    process: int = 1
    told: list[str] = field(default_factory=list)
    failed: bool = False

    async def tell(self, channel: str, payloads: Sequence[str]) -> None:
        assert channel == HINTS
        if not self.failed:
            self.failed = True
            raise OSError("not now")
        self.told += payloads

    def hearing(
        self, heard_by: Mapping[str, Hear], missed: Callable[[], None]
    ) -> AbstractAsyncContextManager[None]:
        return nullcontext()


async def test_what_could_not_be_told_is_told_later_and_of_each_log_the_last() -> None:
    carrier = Lame()
    hints = Hints(carrier)
    async with asyncio.timeout(10), hints.told():
        hints.put(["acme a 1", "acme b 2"])
        while not carrier.failed:
            await asyncio.sleep(0.01)
        hints.put(["acme a 3"])
        while not carrier.told:
            await asyncio.sleep(0.01)
    assert carrier.told == ["acme a 3", "acme b 2"]


async def test_what_a_killed_process_left_untold_is_found_when_it_is_missed(
    db: Database, database_url: str
) -> None:
    async with db.transaction("acme") as tx:
        await conversations.lock_conversation(tx, TALK, "web")
    told: list[Rendered] = []
    async with AsyncExitStack() as stack:
        here = await stack.enter_async_context(open_carrier(db, database_url, None, ""))
        exchange = Exchange(db, Events(), here)
        listening = here.hearing(exchange.heard_by, exchange.missed)
        await stack.enter_async_context(listening)
        await stack.enter_async_context(exchange.running())
        await exchange.hub.follow(TALK, Follower(staff=True, put=told.append))
        async with (
            open_carrier(db, database_url, None, "") as doomed,
            doomed.hearing({}, lambda: None),
        ):
            await asyncio.sleep(1.5)  # it is known to live
            async with replace(db, told=lambda _: None).transaction("acme") as tx:
                await conversations.lock_existing(tx, TALK)
                await add_message(tx, TALK, NewMessage("m1", "customer", "Hello?"))
            assert told == []
        async with asyncio.timeout(SWEEP_S / 2):
            while not told:
                await asyncio.sleep(0.01)
    assert [json.loads(frame.text)["content"] for frame in told] == ["Hello?"]
