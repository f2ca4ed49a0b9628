import asyncio
from dataclasses import replace
from typing import Any

import pytest
from psycopg_pool import PoolClosed

from data.db import Connection
from data.errors import Conflict, LeaseLost
from data.scope import Identity, Role, Scope
from tests.acme import ACME
from tests.tools.conftest import Begin, Turn
from tools.operation import Change, Effect, Operation, operation
from tools.registry import OPERATIONS


async def test_the_unplugged_database_of_these_tests_cannot_be_touched(unplugged: Turn) -> None:
    calls: dict[str, dict[str, Any]] = {"get_orders": {}, "flag_refund": {"order_id": 3}}
    for action, arguments in calls.items():
        with pytest.raises(PoolClosed):
            await unplugged.ask(action, arguments)


@pytest.mark.parametrize(
    ("change", "arguments", "refused"),
    [
        ({"role": Role.OPERATOR}, {"order_id": 3}, "forbidden"),
        ({"identity": Identity.CLAIMED}, {}, "needs_verification"),
        ({}, {"order_id": "three"}, "invalid"),
        ({}, {}, "invalid"),
        ({}, {"order_id": 3, "customer_id": 2}, "invalid"),
    ],
)
async def test_a_refusal_comes_before_the_database_is_touched(
    unplugged: Turn, change: dict[str, Any], arguments: dict[str, Any], refused: str
) -> None:
    turn = replace(unplugged, scope=replace(unplugged.scope, **change))
    assert (await turn.ask("flag_refund", arguments)).refused == refused


@pytest.mark.parametrize("extra", ["db", "scope", "tenant", "customer_id", "anything"])
@pytest.mark.parametrize(
    ("name", "given"),
    [("get_orders", {}), ("flag_refund", {"order_id": 3}), ("create_lead", {"name": "Lea"})],
)
async def test_arguments_that_are_not_declared_are_refused(
    unplugged: Turn, name: str, given: dict[str, Any], extra: str
) -> None:
    outcome = await unplugged.ask(name, given | {extra: 1})
    assert outcome.refused == "invalid"
    assert outcome.result.startswith(f"{extra}: ")


@pytest.mark.parametrize("name", ["\ud800", "a\x00", "x" * 41, "x.y", "", "<b>"])
async def test_a_name_that_can_be_no_arguments_is_not_repeated(unplugged: Turn, name: str) -> None:
    outcome = await unplugged.ask("get_orders", {name: 1})
    assert outcome.refused == "invalid"
    assert outcome.result.startswith("arguments: ")


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_a_model_is_told_what_each_operation_and_argument_is_for(name: str) -> None:
    declared = OPERATIONS[name]
    assert 20 < len(declared.description) < 200
    schema = declared.arguments.model_json_schema()
    assert schema["additionalProperties"] is False
    assert not {"db", "scope", "tenant"} & schema["properties"].keys()
    for argument, form in schema["properties"].items():
        forms = [form, *form.get("anyOf", ())]
        assert any("description" in one for one in forms), argument
        bounds = {"maxLength", "maximum", "enum"}
        assert any(bounds & one.keys() for one in forms), argument


async def test_the_same_write_twice_is_done_once_and_answers_the_same(turn: Turn) -> None:
    first = await turn.ask("flag_refund", order_id=3, key="k")
    again = await turn.ask("flag_refund", order_id=3, key="k")
    otherwise_worded = await turn.ask("flag_refund", order_id=2, key="k")
    assert first.refused is None
    assert first == again == otherwise_worded
    assert len(await turn.writes()) == 1
    (order,) = await turn.rows("SELECT status FROM orders WHERE id = 2")
    assert order["status"] == "shipped"


async def test_the_same_write_twice_at_once_is_done_once_and_answers_the_same(
    turn: Turn,
) -> None:
    made = await asyncio.gather(*(turn.ask("flag_refund", order_id=3, key="k") for _ in range(6)))
    assert made[0].refused is None
    assert all(outcome == made[0] for outcome in made)
    assert len(await turn.writes()) == 1


async def test_many_tickets_asked_for_at_once_under_one_key_are_one_ticket(turn: Turn) -> None:
    wanted = {"subject": "Dark", "description": "No light"}
    made = await asyncio.gather(*(turn.ask("create_ticket", wanted, key="k") for _ in range(6)))
    assert len({outcome.result["id"] for outcome in made}) == 1
    assert len(await turn.rows("SELECT FROM tickets WHERE subject = 'Dark'")) == 1


async def test_a_refused_write_leaves_nothing_and_its_key_free(turn: Turn) -> None:
    @operation(Effect.WRITE, writes=("tickets.status",))
    async def resolve_all_then_think_again(db: Connection, scope: Scope, sure: bool) -> Change:
        await db.execute("UPDATE tickets SET status = 'resolved'")
        if not sure:
            raise Conflict("on second thoughts, no")
        return Change(None, "all")

    refused = await turn.ask(resolve_all_then_think_again, sure=False, key="k")
    assert (refused.refused, refused.result) == ("conflict", "on second thoughts, no")
    assert await turn.writes() == []
    assert len(await turn.rows("SELECT FROM tickets WHERE status = 'resolved'")) == 1
    assert (await turn.ask(resolve_all_then_think_again, sure=True, key="k")).result == "all"


async def test_a_bug_in_a_body_is_no_refusal_and_leaves_nothing(turn: Turn) -> None:
    @operation(Effect.WRITE, writes=("tickets.status",))
    async def resolve_all_then_break(db: Connection, scope: Scope) -> Change:
        await db.execute("UPDATE tickets SET status = 'resolved'")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await turn.ask(resolve_all_then_break)
    assert await turn.writes() == []
    assert len(await turn.rows("SELECT FROM tickets WHERE status = 'resolved'")) == 1


def slow_write(entered: asyncio.Event, go_on: asyncio.Event) -> Operation:
    @operation(Effect.WRITE, writes=("tickets.status",))
    async def resolve_slowly(db: Connection, scope: Scope) -> Change:
        entered.set()
        await go_on.wait()
        await db.execute("UPDATE tickets SET status = 'resolved' WHERE id = 1")
        return Change("open", "resolved")

    return resolve_slowly


async def take_over(turn: Turn) -> None:
    """What another process does once the lease has run out."""
    async with turn.database.transaction(ACME) as db:
        await db.execute("UPDATE conversations SET lease_token = lease_token + 1")


async def test_a_stale_lease_writes_nothing(turn: Turn) -> None:
    await take_over(turn)
    with pytest.raises(LeaseLost):
        await turn.ask("flag_refund", order_id=3)
    assert await turn.writes() == []
    (order,) = await turn.rows("SELECT status FROM orders WHERE id = 3")
    assert order["status"] == "delivered"


async def test_a_stale_lease_is_not_even_told_what_was_done_before(turn: Turn) -> None:
    await turn.ask("flag_refund", order_id=3, key="k")
    await take_over(turn)
    with pytest.raises(LeaseLost):
        await turn.ask("flag_refund", order_id=3, key="k")


async def test_a_lease_cannot_change_hands_in_the_middle_of_a_write(turn: Turn) -> None:
    entered, go_on = asyncio.Event(), asyncio.Event()
    writing = asyncio.create_task(turn.ask(slow_write(entered, go_on)))
    await entered.wait()
    taking = asyncio.create_task(take_over(turn))
    await asyncio.sleep(0.1)
    assert not taking.done()
    go_on.set()
    assert (await writing).result == "resolved"
    await taking
    assert len(await turn.writes()) == 1


async def test_two_different_writes_of_a_turn_go_side_by_side(turn: Turn) -> None:
    entered, go_on = asyncio.Event(), asyncio.Event()
    slow = asyncio.create_task(turn.ask(slow_write(entered, go_on)))
    await entered.wait()
    assert (await turn.ask("flag_refund", order_id=3)).refused is None
    go_on.set()
    await slow
    assert len(await turn.writes()) == 2


async def test_reading_needs_no_lease_and_leaves_no_trace(turn: Turn) -> None:
    await take_over(turn)
    assert len((await turn.ask("get_orders")).result) == 6
    assert await turn.writes() == []


async def test_the_operators_assistant_changes_a_ticket_but_no_address(begin: Begin) -> None:
    turn = await begin(role=Role.AGENT_ASSIST)
    changed = await turn.ask("update_ticket", ticket_id=1, status="in_progress")
    refused = await turn.ask("update_customer_email", new_email="ann@new.test")
    assert changed.refused is None
    assert (refused.refused, refused.result) == (
        "forbidden",
        "agent_assist may not touch customers.email, outbox",
    )
    (write,) = await turn.writes()
    assert write["actor"] == "agent_assist/customer:1"
