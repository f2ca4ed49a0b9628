"""SIGKILL at random and at each named point of a turn: nothing is lost, nothing is done twice."""

import sys
from collections.abc import AsyncIterator
from dataclasses import asdict
from pathlib import Path

import pytest

from tests.conftest import TEMPLATE, copy_of
from tests.crash.campaign import Campaign, campaign, plan
from tests.crash.moments import MOMENTS


@pytest.fixture
async def three_servers(postgres: str, data_dir: Path) -> AsyncIterator[Campaign]:
    with copy_of(postgres, TEMPLATE) as url:
        async with campaign(url, data_dir, servers=3) as ready:
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
