"""The scripted conversations with the real graph. Which share has to pass says `reached.yaml`."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from evals.bench import TENANTS
from evals.conversations import DEVELOP, HELD_OUT, judge_all, reached
from evals.judge import judge
from evals.playing import play, read_snapshot
from evals.scripts import FOLDER, Conversation, Script, read_conversations
from evals.suite import share
from evals.verdicts import kinds, outcome_of
from server.prepare import silent
from server.settings import Settings
from server.wiring import Services, open_services


@pytest.fixture(scope="module")
async def services(seeded_url: str, data_dir: Path) -> AsyncIterator[Services]:
    settings = Settings(data_dir=data_dir, _env_file=None)  # type: ignore[call-arg]
    async with open_services(settings, seeded_url) as opened:
        await opened.embedder.wait_ready()
        yield opened


def opening_a_ticket(customer: int, **end: object) -> Conversation:
    turns = [{"says": "please open a ticket: the app crashes on my tablet"}, {"says": "thanks"}]
    script = {"name": "a_ticket", "who": "alice", "turns": turns, "end": end}
    return Conversation("demo", customer, "here", Script.model_validate(script))


def test_there_are_enough_conversations_and_a_fifth_is_held_out() -> None:
    develop, held_out = (read_conversations(FOLDER / part) for part in (DEVELOP, HELD_OUT))
    assert len(develop) + len(held_out) >= 120
    assert len(held_out) >= 0.2 * (len(develop) + len(held_out))
    assert not {each.name for each in develop} & {each.name for each in held_out}


async def test_no_fewer_conversations_go_well_than_before(services: Services) -> None:
    verdicts = await judge_all(services, read_conversations(FOLDER / DEVELOP), silent)
    failed = [f"{v.conversation.name}: {v.failures[0]}" for v in verdicts if not v.passed]
    held = share([outcome_of(each) for each in verdicts])
    assert held >= reached(DEVELOP), "\n".join([str(kinds(verdicts)), *failed])


async def test_what_a_conversation_changed_is_seen_and_put_back(services: Services) -> None:
    before = await read_snapshot(services.database, TENANTS)
    made = {"created": "tickets", "with": {"customer_id": 1, "subject": "/tablet/"}}
    expected = opening_a_ticket(1, tools=["create_ticket"], facts=[{"new": "tickets"}], rows=[made])
    played = await play(services.database, services.turns, TENANTS, expected)
    assert judge(expected, played) == []
    silent = opening_a_ticket(1, rows=[])
    assert [failure.kind for failure in judge(silent, played)] == ["foreign_row"]
    assert await read_snapshot(services.database, TENANTS) == before


async def test_a_changed_row_is_put_back_as_it_was(services: Services) -> None:
    before = await read_snapshot(services.database, TENANTS)
    (conversation,) = (
        each
        for each in read_conversations(FOLDER / DEVELOP)
        if each.name == "refund_defective_headphones_in_window"
    )
    played = await play(services.database, services.turns, TENANTS, conversation)
    assert judge(conversation, played) == []
    assert await read_snapshot(services.database, TENANTS) == before
