"""Whatever people, customers, crashes and the clock do: one owner, one speaker, no word lost."""

import asyncio
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from data import operators
from data.db import open_database
from tests.conftest import TEMPLATE, copy_of
from tests.graph.house import ACME, found_acme, open_house
from tests.graph.owners import Owners

EXAMPLES, STEPS = 6, 25


@pytest.fixture
def owners(postgres: str) -> Iterator[type[Owners]]:
    """The machine with two processes on a database of its own, in an event loop of its own."""
    with copy_of(postgres, TEMPLATE) as url, asyncio.Runner() as runner:
        opening = open_database(url, minimum=1, maximum=8)
        database = runner.run(opening.__aenter__())
        runner.run(found_acme(database))

        async def hire() -> list[operators.Operator]:
            async with database.transaction(ACME) as db:
                names = ("Sam", "Lea")
                return [
                    await operators.add_operator(db, ACME, f"{n}@acme.test", n, "admin")
                    for n in names
                ]

        class Here(Owners):
            here = runner
            both = (open_house(database), open_house(database))
            colleagues = tuple(one.id for one in runner.run(hire()))

        yield Here
        for house in Here.both:
            runner.run(house.quiet())
        runner.run(opening.__aexit__(None, None, None))


def test_a_conversation_always_has_one_owner_and_loses_no_word(owners: type[Owners]) -> None:
    run_state_machine_as_test(
        owners,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
