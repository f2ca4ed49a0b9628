"""Merging two customers, undoing it exactly, and forgetting one, over HTTP and in the rows."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest
from psycopg import sql
from psycopg.rows import dict_row

from tests.server.callers import (
    ALICE,
    BOB,
    OTHER_TENANT,
    Callers,
    Headers,
    chat,
    opened,
    problem,
    same,
)

Rows = dict[str, list[dict[str, Any]]]
WORDS = "My gerbil Maximilian chewed through the router cable."
PERSON = "I want to talk to a human agent, please."
CHANGED_BY_ANYTHING = {"writes", "merges", "api_keys"}


@pytest.fixture(scope="module")
async def admin(callers: Callers) -> AsyncIterator[httpx.AsyncClient]:
    async with callers.http(callers.admin) as http:
        yield http


async def somebody(callers: Callers, name: str) -> int:
    """A customer with something in every table that belongs to customers."""
    async with callers.database.transaction("demo") as db:
        cursor = await db.execute(
            "INSERT INTO customers (tenant, name, email, phone, plan) VALUES"
            " ('demo', %s, %s, '+1 555 777', 'fiber') RETURNING id",
            (name, f"{name.lower()}-{uuid4().hex}@example.com"),
        )
        ((number,),) = await cursor.fetchall()
        for statement in (
            "INSERT INTO orders (tenant, customer_id, product, amount, currency, status, tracking)"
            " VALUES ('demo', %(n)s, 'Lamp', 60, 'USD', 'shipped', 'TRACK-' || %(who)s)",
            "INSERT INTO invoices (tenant, id, customer_id, period, amount, currency, due_date,"
            " status) VALUES ('demo', 'INV-' || %(n)s, %(n)s, now(), 9, 'USD', now(), 'paid')",
            "INSERT INTO subscriptions (tenant, customer_id, plan, status, billing_cycle)"
            " VALUES ('demo', %(n)s, 'fiber', 'active', 'monthly')",
            "INSERT INTO lines (tenant, customer_id, kind, status, detail)"
            " VALUES ('demo', %(n)s, 'fiber', 'ok', 'at the house of ' || %(who)s)",
            "INSERT INTO leads (tenant, name, email, details, customer_id)"
            " VALUES ('demo', %(who)s, 'x@y.z', 'wants a lamp', %(n)s)",
            "INSERT INTO quotes (tenant, lead_id, subject) SELECT tenant, id, 'for ' || name"
            " FROM leads WHERE tenant = 'demo' AND customer_id = %(n)s",
            "INSERT INTO profiles (tenant, customer_id, total_sessions, total_escalations,"
            " resolution_rate, weighted_sentiment, avg_sentiment_drift, loyalty_tier, total_spend,"
            " risk_flag) VALUES ('demo', %(n)s, 2, 1, 0.5, 0.2, 0, 'standard', 60, false)",
            "INSERT INTO session_insights (tenant, session, customer_id, handoff_occurred,"
            " resolution_status, message_count, closed_at)"
            " VALUES ('demo', 'session-' || %(who)s || %(n)s, %(n)s, false, 'resolved', 2, now())",
        ):
            await db.execute(statement, {"n": number, "who": name})
    async with callers.http(await callers.customer(number)) as http:
        talk = await opened(http, WORDS)
        await chat(http, f"{PERSON} I am {name}.", conversation_id=talk)
        await http.post("/v1/tickets", json={"subject": f"{name} has a gerbil"})
        await http.post("/v1/knowledge/search", json={"query": f"{name} zebra submarine"})
        source = {"source": "curated/general/opening_hours", "useful": True, "comment": name}
        assert (await http.post("/v1/knowledge/feedback", json=source)).status_code == 201
    return int(number)


def everything(callers: Callers) -> Rows:
    """All rows of all tables, but those that only say what was done."""
    url = str(callers.server.settings.database_url)
    with psycopg.connect(url, row_factory=dict_row) as db:
        names = [
            row["tablename"]
            for row in db.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        ]
        return {
            name: db.execute(
                sql.SQL("SELECT * FROM {} t ORDER BY t::text").format(sql.Identifier(name))
            ).fetchall()
            for name in names
        }


def kept(rows: Rows) -> Rows:
    """Without what every change leaves behind."""
    return {
        table: [{k: v for k, v in row.items() if k != "updated_at"} for row in found]
        for table, found in rows.items()
        if table not in CHANGED_BY_ANYTHING
    }


async def ids(callers: Callers, headers: Headers, part: str, number: int) -> set[Any]:
    async with callers.http(headers) as http:
        found = await http.get(f"/v1/customers/{number}/{part}")
    assert found.status_code == 200, found.text
    return {one["id"] for one in found.json()["items"]}


async def merge(http: httpx.AsyncClient, one: int, two: int, **headers: str) -> httpx.Response:
    return await http.post(f"/v1/customers/{one}/merge", json={"customer_id": two}, headers=headers)


async def unmerge(http: httpx.AsyncClient, one: int, two: int) -> httpx.Response:
    return await http.post(f"/v1/customers/{one}/unmerge", json={"customer_id": two})


async def test_of_two_merged_customers_one_has_everything_and_undoing_it_is_exact(
    callers: Callers, admin: httpx.AsyncClient
) -> None:
    one, two = await somebody(callers, "Ottoline"), await somebody(callers, "Tiberius")
    before = kept(everything(callers))
    orders = await ids(callers, callers.admin, "orders", one)
    orders_of_two = await ids(callers, callers.admin, "orders", two)

    done = await merge(admin, one, two, **{"idempotency-key": "m-1"})
    assert done.status_code == 200, done.text
    again = await merge(admin, one, two, **{"idempotency-key": "m-1"})
    assert again.json() == done.json()
    moved = done.json()["moved"]
    assert moved["orders"] == moved["tickets"] == moved["conversations"] == moved["leads"] == 1

    for headers in (await callers.customer(one), await callers.customer(two), callers.admin):
        for number in (one, two):
            assert await ids(callers, headers, "orders", number) == orders | orders_of_two
    shown = (await admin.get(f"/v1/customers/{two}")).json()
    assert (shown["id"], shown["name"]) == (one, "Ottoline")
    profile = (await admin.get(f"/v1/customers/{two}/profile")).json()
    assert (profile["total_sessions"], profile["total_spend"]) == (4, "120.00")
    assert profile["loyalty_tier"] == "silver"
    async with callers.http(await callers.customer(two)) as http:
        assert len((await http.get("/v1/conversations")).json()["items"]) == 2
    spoken = (await chat(admin, "What is my order status?", customer_id=two)).json()
    shown = (await admin.get(f"/v1/conversations/{spoken['conversation_id']}")).json()
    assert shown["customer_id"] == one

    url = str(callers.server.settings.database_url)
    with psycopg.connect(url) as db:  # what came since is no part of the merge
        db.execute("DELETE FROM conversations WHERE id = %s", [spoken["conversation_id"]])
        thread_id = f"demo:{spoken['conversation_id']}"
        for table in ("checkpoints", "checkpoint_blobs", "checkpoint_writes"):
            db.execute(
                sql.SQL("DELETE FROM {} WHERE thread_id = %s").format(sql.Identifier(table)),
                [thread_id],
            )
        db.execute("DELETE FROM knowledge_gaps WHERE question ILIKE %s", ["%my order status%"])
    back = await unmerge(admin, one, two)
    assert back.json()["moved"] == moved
    assert kept(everything(callers)) == before
    problem(await unmerge(admin, one, two), 409)


async def test_what_came_after_a_merge_stays_with_the_survivor(
    callers: Callers, admin: httpx.AsyncClient
) -> None:
    one, two = await somebody(callers, "Oona"), await somebody(callers, "Tove")
    await merge(admin, one, two)
    async with callers.http(await callers.customer(two)) as http:
        new = (await http.post("/v1/tickets", json={"subject": "Later"})).json()
    assert new["customer_id"] == one
    await unmerge(admin, one, two)
    assert new["id"] in await ids(callers, callers.admin, "tickets", one)
    assert new["id"] not in await ids(callers, callers.admin, "tickets", two)


async def test_merges_are_undone_from_the_last_to_the_first(
    callers: Callers, admin: httpx.AsyncClient
) -> None:
    one, two, three = [await somebody(callers, name) for name in ("Uma", "Vera", "Wim")]
    before = kept(everything(callers))
    await merge(admin, one, two)
    await merge(admin, one, three)
    for first, second in ((two, three), (three, two), (one, two)):
        assert "was merged into" in problem(await merge(admin, first, second), 409)["detail"]
    assert "later" in problem(await unmerge(admin, one, two), 409)["detail"]
    assert (await unmerge(admin, one, three)).status_code == 200
    assert (await unmerge(admin, one, two)).status_code == 200
    assert kept(everything(callers)) == before


async def test_of_two_merges_at_once_one_is_made(
    callers: Callers, admin: httpx.AsyncClient
) -> None:
    one, two = await somebody(callers, "Xeno"), await somebody(callers, "Yara")
    found = await asyncio.gather(merge(admin, one, two), merge(admin, two, one))
    assert sorted(answer.status_code for answer in found) == [200, 409]


async def test_who_cannot_be_merged(callers: Callers, admin: httpx.AsyncClient) -> None:
    assert problem(await merge(admin, ALICE, ALICE), 422)["errors"][0]["field"] == "customer_id"
    problem(await merge(admin, ALICE, 404_404), 404)
    problem(await merge(admin, 404_404, ALICE), 404)
    problem(await unmerge(admin, ALICE, BOB), 409)
    async with callers.http(await callers.customer(ALICE)) as alice:
        problem(await merge(alice, ALICE, BOB), 403)
        problem(await alice.delete(f"/v1/customers/{ALICE}"), 403)


async def test_while_a_message_is_being_answered_nobody_is_merged_or_forgotten(
    callers: Callers, admin: httpx.AsyncClient
) -> None:
    one, two = await somebody(callers, "Zeno"), await somebody(callers, "Abby")
    async with callers.database.transaction("demo") as db:
        await db.execute(
            "UPDATE conversations SET turn_id = gen_random_uuid(),"
            " lease_until = now() + interval '1 hour' WHERE customer_id = %s",
            [two],
        )
    assert "being answered" in problem(await merge(admin, one, two), 409)["detail"]
    assert "being answered" in problem(await admin.delete(f"/v1/customers/{two}"), 409)["detail"]


async def test_whoever_is_forgotten_is_in_no_row_any_more_and_the_others_are_untouched(
    callers: Callers, admin: httpx.AsyncClient
) -> None:
    one, two = await somebody(callers, "Quintessa"), await somebody(callers, "Rumpel")
    await merge(admin, one, two)
    other = await somebody(callers, "Bystander")
    untouched = await callers_rows(callers, other)
    address = (await admin.get(f"/v1/customers/{one}")).json()["email"]
    merged = problem(await admin.delete(f"/v1/customers/{two}"), 409)
    assert "forget that one" in merged["detail"]

    once = {"idempotency-key": "forget-1"}
    answers = [await admin.delete(f"/v1/customers/{one}", headers=once) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200], answers[0].text
    assert answers[0].json() == answers[1].json()
    erased = answers[0].json()["erased"]
    assert (erased["customers"], erased["conversations"], erased["checkpoints"]) == (2, 2, 2)

    rows = everything(callers)
    whole = str(rows)
    for secret in ("Quintessa", "Rumpel", address):
        assert secret not in whole, [t for t, found in rows.items() if secret in str(found)]
    mentions = [t for t, found in rows.items() if f"customer:{one}'" in str(found)]
    assert mentions == []
    for number in (one, two):
        assert not [m for m in rows["conversations"] if m["customer_id"] == number]
        left = [order for order in rows["orders"] if order["customer_id"] in {one, two}]
        assert [(order["amount"], order["tracking"]) for order in left] == [(60, None)] * 2
        gone = problem(await admin.get(f"/v1/customers/{number}"), 404)
        never = problem(await admin.get("/v1/customers/404404"), 404)
        assert same(gone) | {"detail": ""} == same(never) | {"detail": ""}
        problem(await admin.delete(f"/v1/customers/{number}"), 404)
    (audit,) = [w for w in rows["writes"] if w["operation"] == "forget_customer"]
    assert (audit["arguments"], audit["after"]["erased"]) == ({"customer_id": one}, erased)
    assert audit["actor"].startswith("admin/")
    assert await callers_rows(callers, other) == untouched


async def callers_rows(callers: Callers, number: int) -> str:
    """What an uninvolved customer has."""
    async with callers.http(await callers.customer(number)) as http:
        seen = [await http.get(f"/v1/customers/{number}/{p}") for p in ("orders", "tickets")]
        talks = (await http.get("/v1/conversations")).json()["items"]
        said = [await http.get(f"/v1/conversations/{talk['id']}/messages") for talk in talks]
    return "".join(answer.text for answer in [*seen, *said])


async def test_another_tenants_customer_of_the_same_number_is_left_alone(
    callers: Callers, admin: httpx.AsyncClient
) -> None:
    number = await somebody(callers, "Cosima")
    async with callers.http(await callers.key(tenant=OTHER_TENANT, role="admin")) as stranger:
        problem(await stranger.delete(f"/v1/customers/{number}"), 404)
        problem(await merge(stranger, 1, number), 404)
    assert (await admin.get(f"/v1/customers/{number}")).json()["name"] == "Cosima"
