"""A process is told to stop, or every process that knew a conversation dies: all goes on."""

import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import TEMPLATE, copy_of
from tests.crash.callers import Message
from tests.crash.campaign import Campaign, campaign_of
from tests.crash.fleet import KEY
from tests.crash.moments import MOMENTS

LEFT = "My cable is frozen, case left"


@pytest.fixture(scope="module")
async def campaign(postgres: str, data_dir: Path) -> AsyncIterator[Campaign]:
    with copy_of(postgres, TEMPLATE) as url:
        async with campaign_of(1, url, data_dir) as ready:
            yield ready


async def test_a_process_that_is_told_to_stop_ends_its_turns_first(campaign: Campaign) -> None:
    server = await campaign.fleet.one()
    batch = [Message(number, 0) for number in range(10)]
    campaign.hand_in(batch, server)
    async with MOMENTS["in_the_model"](campaign.watch, [message.id for message in batch]):
        await campaign.fleet.kill(server, signal.SIGTERM)
    verdict = await campaign.verdict()
    assert verdict.faults == {}
    assert (verdict.messages, verdict.failed) == (10, 0)
    assert verdict.taken_over == 0


async def test_an_interrupt_is_resumed_by_another_process_which_dies_and_nothing_is_lost(
    campaign: Campaign,
) -> None:
    async def ask(path: str, **body: Any) -> httpx.Response:
        url = (await campaign.fleet.one()).url + path
        answer = await campaign.callers.http.post(url, json=body, headers={"x-api-key": KEY})
        answer.raise_for_status()
        return answer

    async def dies() -> None:
        await campaign.fleet.kill(await campaign.fleet.one())

    talk = {"conversation_id": "talk"}
    asked = await ask("/v1/chat", message="I want to talk to a human", message_id="m1", **talk)
    assert asked.json()["handoff"] is True
    await dies()
    await ask("/v1/handoffs/talk/messages", message="I am Sam. One moment.")
    await dies()
    left = await ask("/v1/chat", message=LEFT, message_id="left", **talk)
    assert left.json()["answered_by"] == "human"
    ended = await ask("/v1/handoffs/talk/resolve", return_to_ai=True)
    assert ended.json()["status"] == "returned"
    async with MOMENTS["in_the_model"](campaign.watch, ["left"]):
        await dies()
    await campaign.database.execute(
        "UPDATE conversations SET lease_until = now() WHERE lease_until IS NOT NULL"
    )
    await campaign.fleet.one()
    await campaign.settled()
    rows = await campaign.database.execute(
        "SELECT role FROM messages WHERE conversation_id = 'talk' ORDER BY seq"
    )
    said = [role for (role,) in await rows.fetchall()]
    assert said == ["customer", "assistant", "operator", "customer", "assistant"]
    tickets = await campaign.database.execute(
        "SELECT description FROM tickets WHERE conversation_id = 'talk'"
    )
    assert [LEFT in words for (words,) in await tickets.fetchall()] == [True]
