"""SIGKILL at random and at each named point of a turn: nothing is lost, nothing is done twice."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import asdict
from pathlib import Path

import pytest

from tests.conftest import TEMPLATE, copy_of
from tests.crash.callers import Message
from tests.crash.campaign import Campaign, campaign_of, plan
from tests.crash.moments import MOMENTS


@pytest.fixture
async def three_servers(postgres: str, data_dir: Path) -> AsyncIterator[Campaign]:
    with copy_of(postgres, TEMPLATE) as url:
        async with campaign_of(3, url, data_dir) as ready:
            yield ready


@pytest.fixture
async def two_servers(postgres: str, data_dir: Path) -> AsyncIterator[Campaign]:
    with copy_of(postgres, TEMPLATE) as url:
        async with campaign_of(2, url, data_dir) as ready:
            yield ready


@pytest.mark.parametrize(
    ("kills", "messages"), [(20, 100), pytest.param(200, 2000, marks=pytest.mark.soak)]
)
async def test_every_message_is_kept_answered_and_acted_on_once(
    three_servers: Campaign, kills: int, messages: int, capsys: pytest.CaptureFixture[str]
) -> None:
    verdict = await three_servers.run(messages=messages, kills=kills)
    with capsys.disabled():
        figures = {**asdict(verdict), **three_servers.met}
        sys.stdout.write("".join(f"\n  {name}: {value}" for name, value in figures.items()))
    assert verdict.faults == {}
    assert verdict.messages == messages
    assert three_servers.met.total() == kills
    assert MOMENTS.keys() <= three_servers.met.keys()


def test_a_plan_has_all_messages_once_and_those_of_a_conversation_in_order() -> None:
    batches = plan(100, 20)
    assert [len(batch) for batch in batches] == [5] * 20
    sent = [message for batch in batches for message in batch]
    assert len({message.id for message in sent}) == len({m.text for m in sent}) == 100
    seen: set[tuple[int, int]] = set()
    for message in sent:
        assert message.number == 0 or (message.conversation, message.number - 1) in seen
        seen.add((message.conversation, message.number))


async def test_a_process_that_stood_still_changes_nothing_when_it_wakes_up(
    two_servers: Campaign,
) -> None:
    """SIGSTOP for longer than its lease, while another takes its turns over."""
    campaign = two_servers
    server = await campaign.fleet.one()
    batch = [Message(number, 0) for number in range(10)]
    campaign.hand_in(batch, server)
    async with MOMENTS["in_the_model"](campaign.watch, [message.id for message in batch]):
        server.send(signal.SIGSTOP)
    await campaign.database.execute(
        "UPDATE conversations SET lease_until = now() WHERE lease_until IS NOT NULL"
    )
    await campaign.settled()
    before = await campaign.everything()
    server.send(signal.SIGCONT)
    await campaign.heard()
    await asyncio.sleep(2)  # the sleeper finds out, and its callers ask again
    assert await campaign.everything() == before
    verdict = await campaign.verdict()
    assert verdict.faults == {}
    assert (verdict.messages, verdict.failed, verdict.most_attempts) == (10, 0, 2)


@pytest.mark.soak
async def test_a_message_that_kills_every_process_goes_to_people(two_servers: Campaign) -> None:
    campaign, poison, harmless = two_servers, Message(0, 0), Message(1, 0)
    for attempt in (1, 2, 3):
        server = await campaign.fleet.one()
        if attempt == 1:
            campaign.hand_in([poison], server)
        await campaign.attempt_begins(poison, attempt)
        for each in await campaign.fleet.all():
            await campaign.fleet.kill(each)
        await campaign.database.execute(
            "UPDATE conversations SET lease_until = now() WHERE lease_until IS NOT NULL"
        )
    campaign.hand_in([harmless], await campaign.fleet.one())
    verdict = await campaign.verdict()
    assert verdict.faults == {}
    assert (verdict.failed, verdict.most_attempts) == (1, 4)
    assert verdict.messages == 2
