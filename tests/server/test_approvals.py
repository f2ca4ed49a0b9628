"""Policies and approvals over HTTP: changed while it runs, waited for, decided, and told."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from graph.approvals import Approvals
from tests.server.callers import ALICE, BOB, OTHER_TENANT, Callers, chat, problem, thread
from tests.server.people import signed_in
from tests.server.waiting import a_waiting_refund

WITHIN_S = 20.0

EVERYTHING_WAITS = {
    "name": "every_refund",
    "actions": ["flag_refund"],
    "amount": {"of": "order.amount", "most": 0},
    "otherwise": "approval",
    "matter": "the refund of order {order.id}, {order.product}",
    "because": "Every refund needs a colleague's approval.",
}


async def put(http: httpx.AsyncClient, *rules: dict[str, Any], **more: Any) -> httpx.Response:
    version = (await http.get("/v1/policies")).json()["version"]
    body = {"version": version, "rules": list(rules), **more}
    return await http.put("/v1/policies", json=body)


async def ended(http: httpx.AsyncClient, approval_id: str, status: str) -> dict[str, Any]:
    """The approval, once the job has run."""
    async with asyncio.timeout(WITHIN_S):
        while True:
            items = (await http.get("/v1/approvals", params={"limit": 100})).json()["items"]
            (found,) = [one for one in items if one["id"] == approval_id]
            if found["status"] == status:
                return dict(found)
            await asyncio.sleep(0.1)


async def test_a_refund_waits_is_granted_and_the_customer_is_told(callers: Callers) -> None:
    talk = thread()
    async with callers.http(callers.admin) as http:
        assert (await put(http, EVERYTHING_WAITS)).status_code == 200
        operator = (await signed_in(http)).headers
    async with callers.http(await callers.customer(ALICE)) as alice:
        asked = (await chat(alice, "I want a refund for order 1", conversation_id=talk)).json()
        assert "approve" in asked["response"]
        assert "Nothing has been done yet" in asked["response"]
        again = (await chat(alice, "refund order 1, please", conversation_id=talk)).json()
        assert "Nothing has been done yet" in again["response"]
    async with callers.http(operator) as http:
        waiting = {"status": "pending", "conversation_id": talk}
        (one,) = (await http.get("/v1/approvals", params=waiting)).json()["items"]
        assert (one["operation"], one["arguments"]) == ("flag_refund", {"order_id": 1})
        assert one["matter"] == "the refund of order 1, Wireless Headphones"
        assert one["preview"]["after"]["status"] == "refund_requested"
        assert one["rules"] == ["every_refund"]
        path, body = f"/v1/approvals/{one['id']}/decide", {"decision": "accept", "note": "fine"}
        answers = await asyncio.gather(*(http.post(path, json=body) for _ in range(4)))
        assert {answer.status_code for answer in answers} == {200}
        done = await ended(http, one["id"], "done")
        assert (done["decision"], done["note"]) == ("accept", "fine")
        assert done["decided_by"].startswith("operator:")
        problem(await http.post(path, json={"decision": "reject"}), 409)
    async with callers.http(await callers.customer(ALICE)) as alice:
        history = (await alice.get(f"/v1/conversations/{talk}/messages")).json()["items"]
        orders = (await alice.get(f"/v1/customers/{ALICE}/orders")).json()["items"]
    told = [m["content"] for m in history if m["role"] == "system"]
    assert len(told) == 1
    assert "approved it, and it has been carried out" in told[0]
    assert "fine" not in told[0]
    assert {o["id"]: o["status"] for o in orders}[1] == "refund_requested"


async def test_the_demo_has_a_refund_that_waits_and_in_vain_if_nobody_decides(
    callers: Callers,
) -> None:
    talk, decided = thread(), {"decision": "accept"}
    async with callers.http(callers.admin) as http:
        shipped = (await http.get("/v1/policies", params={"version": 1})).json()["rules"]
        assert (await put(http, *shipped)).status_code == 200
    async with callers.http(await callers.customer(ALICE)) as alice:
        asked = await chat(alice, "I want a refund for order 2", conversation_id=talk)
        assert "has not arrived yet" in asked.json()["response"]
    async with callers.http(callers.admin) as http:
        waiting = {"status": "pending", "conversation_id": talk}
        (one,) = (await http.get("/v1/approvals", params=waiting)).json()["items"]
        life = datetime.fromisoformat(one["expires_at"]) - datetime.fromisoformat(one["created_at"])
        assert life == timedelta(hours=24)
        async with callers.database.transaction("demo") as db:
            await db.execute("UPDATE approvals SET expires_at = now() WHERE id = %s", [one["id"]])
        problem(await http.post(f"/v1/approvals/{one['id']}/decide", json=decided), 409)
        await Approvals(callers.database).settle("demo", UUID(one["id"]))
        assert (await ended(http, one["id"], "expired"))["outcome"] == {}
        history = (await http.get(f"/v1/conversations/{talk}/messages")).json()["items"]
    (told,) = [m["content"] for m in history if m["role"] == "system"]
    assert "nobody decided on it in time" in told


async def test_a_policy_is_versioned_and_nobody_overwrites_another(callers: Callers) -> None:
    async with callers.http(callers.admin) as http:
        before = (await http.get("/v1/policies")).json()
        tried = await http.put(
            "/v1/policies",
            params={"dry_run": True},
            json={"version": before["version"], "rules": [EVERYTHING_WAITS]},
        )
        assert tried.status_code == 200
        assert (await http.get("/v1/policies")).json() == before
        answers = await asyncio.gather(
            *(
                http.put("/v1/policies", json={"version": before["version"], "rules": []})
                for _ in range(4)
            )
        )
        assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
        now = (await http.get("/v1/policies")).json()
        assert (now["version"], now["rules"]) == (before["version"] + 1, [])
        earlier = await http.get("/v1/policies", params={"version": before["version"]})
        assert earlier.json() == before
        problem(await http.get("/v1/policies", params={"version": 999}), 404)
        key = {"Idempotency-Key": str(uuid4())}
        body = {"version": now["version"], "rules": before["rules"], "note": "back"}
        one = await http.put("/v1/policies", json=body, headers=key)
        again = await http.put("/v1/policies", json=body, headers=key)
        assert one.json() == again.json()
        assert one.json()["note"] == "back"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"actions": ["fly"]}, "rules[0].actions[0]"),
        ({"amount": {"of": "order.size", "most": 1}}, "rules[0].amount"),
        ({"name": "No Name"}, "rules[0].name"),
        ({"until": "Monday"}, "rules[0].until"),
        ({"within_hours": 721}, "rules[0].within_hours"),
        ({"never": True}, "rules[0]"),
    ],
)
async def test_what_is_wrong_with_a_rule_is_named(
    callers: Callers, change: dict[str, Any], field: str
) -> None:
    async with callers.http(callers.admin) as http:
        found = problem(await put(http, {**EVERYTHING_WAITS, **change}), 422)
    assert found["errors"][0]["field"].startswith(field)


async def test_decisions_are_for_people_of_the_tenant(callers: Callers) -> None:
    talk = thread()
    async with callers.http(await callers.customer(BOB)) as bob:
        await chat(bob, "Hello", conversation_id=talk)
        waiting = await a_waiting_refund(callers.database, "demo", talk, BOB, 4)
        path, body = f"/v1/approvals/{waiting}/decide", {"decision": "reject"}
        problem(await bob.post(path, json=body), 403)
        problem(await bob.get("/v1/approvals"), 403)
    foreign = await callers.key(tenant=OTHER_TENANT, role="admin")
    async with callers.http(foreign) as http:
        problem(await http.post(path, json=body), 404)
        assert (await http.get("/v1/approvals")).json()["items"] == []
    async with callers.http(callers.admin) as http:
        problem(await http.post(f"/v1/approvals/{uuid4()}/decide", json=body), 404)
        for wrong in ({}, {"decision": "edit"}, {**body, "arguments": {}}, {"decision": "maybe"}):
            problem(await http.post(path, json=wrong), 422)
        edit = {"decision": "edit", "arguments": {"order_id": "four"}}
        assert "order_id" in problem(await http.post(path, json=edit), 422)["detail"]
        rejected = await http.post(path, json=body)
        assert rejected.json()["status"] == "rejected"
        assert (await http.post(path, json=body)).json() == rejected.json()
        history = (await http.get(f"/v1/conversations/{talk}/messages")).json()["items"]
    assert "did not approve it" in history[-1]["content"]
