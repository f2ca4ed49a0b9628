"""A Studio run as a turn: what its WRITE tools and its journal rely on."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from data import turns
from data.db import Database
from data.errors import LeaseLost
from data.scope import Identity
from data.turns import Claim
from server.sandbox import Sandbox
from server.settings import Settings
from server.studio import Played, make_graph, turn_of

SCOPE = Played(tenant="acme").scope("thread")


async def claim(db: Database, run_id: str) -> Claim:
    async with db.transaction(SCOPE.tenant) as connection:
        return await turn_of(connection, SCOPE, run_id)


async def test_all_nodes_of_a_run_share_its_turn(db: Database) -> None:
    assert await claim(db, "run-1") == await claim(db, "run-1")


async def test_a_new_run_ends_the_turn_before_and_takes_the_lease(db: Database) -> None:
    first = await claim(db, "run-1")
    second = await claim(db, "run-2")

    assert second.turn_id != first.turn_id
    assert second.lease_token > first.lease_token
    async with db.transaction(SCOPE.tenant) as connection:
        await turns.hold_lease(connection, SCOPE, second.lease_token)
        assert (await turns.get_turn(connection, SCOPE.tenant, first.turn_id)).status == "answered"
        assert (await turns.get_turn(connection, SCOPE.tenant, second.turn_id)).status == "running"


async def test_a_run_that_another_one_followed_may_not_write(db: Database) -> None:
    await claim(db, "run-1")
    await claim(db, "run-2")

    with pytest.raises(LeaseLost):
        await claim(db, "run-1")


def test_nobody_is_verified_without_being_a_customer() -> None:
    assert Played(customer_id=None).scope("thread").identity is Identity.ANONYMOUS
    assert Played().scope("thread").verified_customer == 1


def test_a_tenant_that_can_be_none_is_refused() -> None:
    with pytest.raises(ValidationError):
        Played(tenant="demo:thread")


def test_making_the_graph_opens_nothing(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data", _env_file=None)  # type: ignore[call-arg]

    graph = make_graph(settings, Sandbox(settings, "studio"))

    assert graph.checkpointer is None
    assert not settings.data_dir.exists()
