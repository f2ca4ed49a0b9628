"""Tenants with the same ids everywhere ask for each other's things, and get nothing.

The requests are made from the OpenAPI document, so a route that is added is tried by itself.
"""

from typing import Any

import httpx
import pytest

from data.scope import Role
from server.app import create_app
from server.auth.permissions import ALLOWED
from server.auth.tokens import customer_token
from server.settings import DEMO_TENANT, Settings
from tests.server.addresses import NOTHING
from tests.server.callers import ALICE, BOB, Callers
from tests.server.mirror import MARK, ids_of, mirror, rows_of
from tests.server.people import signed_in
from tests.server.probes import Document, Probe, by_body, by_path, by_query, plain
from tests.server.waiting import a_waiting_refund

APP: Any = create_app(Settings(_env_file=None))  # type: ignore[call-arg]
DOCUMENT = Document(APP.app.openapi())

MIRROR, HOLLOW = "mirror", "hollow"
# Tables that stay empty when everything of the document was asked for once: what only a turn with
# tools writes, what is there for a moment, and what takes a model or ENCRYPTION_KEYS.
EMPTY = {
    "appointments",
    "codes",
    "credentials",
    "leads",
    "outbox",
    "quotes",
    "rulings",
    "seen",
    "token_usage",
    "turn_rounds",
}

TALKS = {"talk-1": ALICE, "talk-2": BOB}
APP_SCOPES = ALLOWED[Role.APP]

Answers = dict[str, tuple[int, str]]


class World:
    """Demo's callers, an admin of a tenant that has nothing, and what demo saw before."""

    def __init__(self, callers: Callers, url: str) -> None:
        self.callers = callers
        self.url = url
        self.who: dict[str, dict[str, str]] = {}
        self.hollow: dict[str, str] = {}
        self.before: dict[str, Answers] = {}
        self.cursors: list[str] = []

    def ids(self, name: str) -> list[Any]:
        return ids_of(self.url, MIRROR, name)


async def ask(http: httpx.AsyncClient, probe: Probe) -> tuple[int, str]:
    found = await http.request(probe.method, probe.path, params=probe.query, json=probe.body)
    assert found.status_code < 500, (probe.name, found.text)
    assert MARK not in found.text + str(found.headers), probe.name
    return found.status_code, plain(found.text, probe.id)


def reading(ids: Any) -> list[Probe]:
    """Everything that can be read with these ids."""
    lists = [
        Probe("GET", path, {"limit": 100} if "limit" in str(operation) else {})
        for method, path, operation in DOCUMENT.operations()
        if method == "GET" and "{" not in path
    ]
    return lists + [theirs for theirs, _ in by_path(DOCUMENT, ids) if theirs.method == "GET"]


async def read_all(world: World, tenant: str) -> dict[str, Answers]:
    """What each of demo's callers reads."""
    found: dict[str, Answers] = {}
    probes = reading(lambda name: ids_of(world.url, tenant, name))
    for name, headers in world.who.items():
        async with world.callers.http(headers) as http:
            found[name] = {probe.name: await ask(http, probe) for probe in probes}
    return found


async def fill(callers: Callers) -> None:
    """Something of every kind in the demo tenant, by the document's own examples."""
    async with callers.http(callers.admin) as http:
        for talk, customer in TALKS.items():
            body: dict[str, Any] = {"message": "I want a human, please."}
            body |= {"conversation_id": talk, "customer_id": customer, "message_id": "m-0"}
            await http.post("/v1/chat", json=body)
        await a_waiting_refund(callers.database, DEMO_TENANT, "talk-1", ALICE, 2)
        unknown = {"message": "Do you repair pink submarines?", "conversation_id": "talk-3"}
        await http.post("/v1/chat", json=unknown)
        await signed_in(http)
        for method, path, operation in DOCUMENT.operations():
            known = Known(customer_id=ALICE, conversation_id="talk-1")
            if method == "POST" and "{" not in path.format_map(known):
                body = DOCUMENT.example(operation)
                await http.post(path.format_map(known), json=body)


class Known(dict[str, Any]):
    """Leaves in braces what it does not know."""

    def __missing__(self, name: str) -> str:
        return f"{{{name}}}"


@pytest.fixture(scope="module")
async def world(callers: Callers, seeded_url: str) -> World:
    await fill(callers)
    made = World(callers, seeded_url)
    async with callers.http(callers.admin) as http:
        operator = await signed_in(http)
        listed = await http.get("/v1/conversations", params={"limit": 1})
    assert listed.json()["next"]
    made.who = {
        "admin": callers.admin,
        "operator": operator.headers,
        "app": await callers.key(*APP_SCOPES),
        "customer": await callers.customer(ALICE),
    }
    made.before = await read_all(made, DEMO_TENANT)
    mirrored, empty = mirror(seeded_url, DEMO_TENANT, MIRROR)
    assert not empty - EMPTY, f"fill the new table or say why: {empty - EMPTY}"
    assert len(mirrored) > 30
    async with callers.database.ops_transaction() as ops:
        await ops.execute(
            "INSERT INTO ops.tenants (id, name, token_secret) VALUES (%s, 'Hollow', %s)",
            (HOLLOW, "h" * 43),
        )
    made.hollow = await callers.key(tenant=HOLLOW, role="admin")
    mirrored_admin = await callers.key(tenant=MIRROR, role="admin")
    async with callers.database.ops_transaction() as ops:
        await ops.execute("UPDATE ops.api_keys SET name = %s WHERE tenant = %s", (MARK, MIRROR))
    made.cursors = await cursors(callers, mirrored_admin)
    return made


async def cursors(callers: Callers, headers: dict[str, str]) -> list[str]:
    """Those the mirrored tenant's own lists return; on the way, that it sees its own marks."""
    found, texts = [], ""
    url = callers.server.settings.database_url or ""
    probes = reading(lambda name: ids_of(url, MIRROR, name))
    async with callers.http(headers) as http:
        for probe in probes:
            answer = await http.get(probe.path, params={"limit": 1} if probe.query else {})
            assert answer.status_code < 500, (probe.path, answer.text)
            texts += answer.text
            if answer.status_code == 200 and isinstance(answer.json(), dict):
                found.append(answer.json().get("next"))
    assert texts.count(MARK) > 20
    return sorted({one for one in found if one})


async def test_that_another_tenant_has_the_same_ids_changes_nothing_that_is_read(
    world: World,
) -> None:
    after = await read_all(world, MIRROR)
    for name, answers in world.before.items():
        common = answers.keys() & after[name].keys()
        assert len(common) > 15
        for probe in common:
            assert after[name][probe] == answers[probe], (name, probe)


async def test_somebody_elses_ids_look_like_nobodys(world: World) -> None:
    before = rows_of(world.url, MIRROR)
    async with world.callers.http(world.hollow) as http:
        pairs = list(by_path(DOCUMENT, world.ids))
        assert len(pairs) > 20
        for theirs, nobodys in pairs:
            assert await ask(http, theirs) == await ask(http, nobodys), theirs.name
    assert rows_of(world.url, MIRROR) == before


async def test_ids_in_bodies_and_in_langserves_config_open_nothing(world: World) -> None:
    before = rows_of(world.url, MIRROR)
    async with world.callers.http(world.hollow) as http:
        for theirs, nobodys in by_body(DOCUMENT, world.ids):
            found, expected = await ask(http, theirs), await ask(http, nobodys)
            assert found[0] == expected[0], theirs.name
            if found[0] >= 400:
                assert found == expected, theirs.name
    assert rows_of(world.url, MIRROR) == before


@pytest.mark.parametrize("who", ["admin", "operator", "app", "customer", "hollow"])
async def test_searches_filters_and_foreign_cursors_find_only_ones_own(
    world: World, who: str
) -> None:
    assert world.cursors
    headers = world.hollow if who == "hollow" else world.who[who]
    async with world.callers.http(headers) as http:
        for probe in by_query(DOCUMENT, world.ids, world.cursors):
            await ask(http, probe)


async def test_a_message_id_that_another_tenant_used_is_answered_anew(world: World) -> None:
    async with world.callers.http(world.hollow) as http:
        for talk in TALKS:
            body = {"message": "Hello", "conversation_id": talk, "message_id": "m-0"}
            status, _ = await ask(http, Probe("POST", "/v1/chat", body=body))
            assert status == 200
            probe = Probe("GET", f"/v1/conversations/{talk}/messages")
            history = (await http.get(probe.path)).json()["items"]
            assert history[0]["content"] == "Hello"


async def test_a_customers_token_of_one_tenant_opens_nothing_in_another(world: World) -> None:
    token = customer_token("h" * 43, MIRROR, ALICE)
    async with world.callers.http({"authorization": f"Bearer {token}"}) as http:
        assert (await http.get("/v1/conversations")).status_code == 401


async def test_customers_of_one_tenant_do_not_see_each_others_things(world: World) -> None:
    """Alice asks for Bob's by every address that names a customer or a conversation."""
    theirs: dict[str, list[Any]] = {"customer_id": [BOB], "conversation_id": ["talk-2"]}
    async with world.callers.http(world.who["customer"]) as http:
        for probe, nobodys in by_path(DOCUMENT, lambda name: theirs.get(name, [NOTHING])):
            assert await ask(http, probe) == await ask(http, nobodys), probe.name
