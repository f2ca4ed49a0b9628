import asyncio

import pytest

from data.errors import TooSlow
from server.sockets.mailbox import Mailbox


async def test_what_is_put_comes_out_in_order() -> None:
    mailbox = Mailbox[int](3)
    waiting = asyncio.create_task(mailbox.get())
    await asyncio.sleep(0)
    for number in range(3):
        mailbox.put(number)
    assert [await waiting, await mailbox.get(), await mailbox.get()] == [0, 1, 2]


async def test_one_too_many_ends_it_and_nothing_comes_after() -> None:
    mailbox = Mailbox[int](3)
    for number in range(10):
        mailbox.put(number)
    with pytest.raises(TooSlow):
        await mailbox.get()
    mailbox.put(11)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(mailbox.get(), 0.05)
