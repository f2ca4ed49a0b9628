"""Lawful and unlawful sequences of actions: none unlawful accepted, none lawful refused."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import yaml

from data import policies, tenants
from data.db import Database, open_database
from data.scope import Identity
from data.tenants import Tenant
from tests.conftest import TEMPLATE, copy_of
from tests.tools.lawful import Talk, begin
from tools.policies import read_policy

LAWS = Path(__file__).parent / "laws"
SEQUENCES: list[dict[str, Any]] = yaml.safe_load((LAWS / "sequences.yaml").read_text())
SETTINGS = {"refund_days": 3650}  # what is too late is up to the policies here


@pytest.fixture(scope="module")
async def country(postgres: str) -> AsyncIterator[Database]:
    """Two companies, each with its own law."""
    with copy_of(postgres, TEMPLATE) as url:
        async with open_database(url, minimum=1, maximum=4) as database:
            for law in ("retail", "telecom"):
                async with database.ops_transaction() as ops:
                    await tenants.add_tenant(ops, Tenant(law, law.title(), SETTINGS, "s" * 32))
                rules = [rule.definition() for rule in read_policy(LAWS / f"{law}.yaml")]
                async with database.transaction(law) as db:
                    await policies.put_policy(db, law, rules, author="test", note=None, version=1)
            yield database


def test_there_are_enough_of_both() -> None:
    lawful = sum(sequence["lawful"] for sequence in SEQUENCES)
    assert len({sequence["name"] for sequence in SEQUENCES}) == len(SEQUENCES) >= 60
    assert min(lawful, len(SEQUENCES) - lawful) >= 25


@pytest.mark.parametrize("sequence", SEQUENCES, ids=lambda s: s["name"])
async def test_what_is_lawful_is_done_and_nothing_else(
    country: Database, sequence: dict[str, Any]
) -> None:
    who = Identity(sequence.get("who", "verified"))
    talk = await begin(country, sequence["law"], who, wanted=str(sequence["steps"]))
    stage = Stage(talk)
    for step in sequence["steps"]:
        await stage.play(step)


class Stage:
    """Plays the steps of one sequence; `NEW` in a word stands for something nobody else uses."""

    def __init__(self, talk: Talk) -> None:
        self.talk = talk
        self.reply = "One moment."
        self.new = uuid4().hex

    async def play(self, step: dict[str, Any]) -> None:
        kind = next(iter(step))
        words = self.own(step)
        await getattr(self, kind)(**words)

    def own(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {"given" if k == "with" else k: self.own(v) for k, v in value.items()}
        return value.replace("NEW", self.new) if isinstance(value, str) else value

    async def says(self, says: str) -> None:
        await self.talk.says(says, self.reply)
        self.reply = "One moment."

    async def asks(self, asks: str) -> None:
        self.reply = await self.question() if asks == "it" else asks

    async def does(self, does: str, given: dict[str, Any], gets: str) -> None:
        assert await self.talk.does(does, given) == gets

    async def confirms(
        self, confirms: str, given: dict[str, Any], gets: str, says: str = "yes"
    ) -> None:
        await self.does(confirms, given, "needs_confirmation")
        await self.asks("it")
        await self.says(says)
        await self.does(confirms, given, gets)

    async def decides(
        self, decides: str, gets: str, by: str = "operator", given: dict[str, Any] | None = None
    ) -> None:
        assert await self.talk.decides(decides, by, given) == gets

    async def settles(self, settles: str) -> None:
        settled = await self.talk.settles()
        assert (settled.fresh, settled.approval.status) == (True, settles)

    async def passes(self, passes: int) -> None:
        await self.talk.passes(passes)

    async def changes(self, changes: str, to: str) -> None:
        await self.talk.changes(changes, to)

    async def new_talk(self, new_talk: bool) -> None:
        assert new_talk
        await self.talk.answered(self.reply)
        self.talk.scope = replace(self.talk.scope, conversation_id=str(uuid4()))

    async def told(self, told: str) -> None:
        (notice,) = await self.talk.notices()
        assert told in notice

    async def waits(self, waits: int) -> None:
        assert len(await self.talk.waiting()) == waits

    async def tried(self, tried: str) -> None:
        (found,) = await self.talk.rows(
            "SELECT * FROM rulings WHERE conversation_id = %(id)s AND verdict = 'allow'"
        )
        assert found["tried"] == [tried]

    async def ends(self, ends: dict[str, str]) -> None:
        assert {name: await self.talk.status(name) for name in ends} == ends

    async def question(self) -> str:
        """Every question that calls of this turn were held back for, as the assistant asks them."""
        return "\n".join(self.talk.questions)
