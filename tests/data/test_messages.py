import asyncio
from typing import Any
from uuid import uuid4

import pytest

from data import conversations, messages
from data.db import Database
from data.errors import Conflict
from data.messages import Message, NewMessage, add_message
from data.scope import Scope
from tests.acme import ACME
from tests.data.talk import accept, begun, finish, owned_by, somebody, wanted, words


async def opened(talks: Database) -> Scope:
    scope = somebody()
    await accept(talks, scope)
    return scope


async def add(talks: Database, scope: Scope, new: NewMessage) -> bool:
    async with talks.transaction(ACME) as db:
        await conversations.lock_existing(db, scope)
        return await add_message(db, scope, new)


async def shown(talks: Database, scope: Scope, **asked: Any) -> list[str]:
    async with talks.transaction(ACME) as db:
        return [m.content for m in await messages.list_messages(db, scope, **asked)]


async def test_a_message_is_kept_as_it_came(talks: Database) -> None:
    scope = await opened(talks)
    sources = [{"source": "a.md", "score": 0.9}]
    new = NewMessage("m1", "assistant", "Grüezi 👋", "tech", sources, {"tone": "playful"})
    assert await add(talks, scope, new)
    async with talks.transaction(ACME) as db:
        found = await messages.get_message(db, scope, "m1")
        assert await messages.get_message(db, scope, "m2") is None
    assert found
    assert (found.role, found.direction, found.content) == ("assistant", "outbound", "Grüezi 👋")
    assert (found.specialist, found.sources, found.metadata) == (
        "tech",
        sources,
        {"tone": "playful"},
    )


async def test_the_same_message_again_is_known(talks: Database) -> None:
    scope = await opened(talks)
    assert await add(talks, scope, words("m1"))
    assert not await add(talks, scope, words("m1"))
    assert await shown(talks, scope) == ["Hello"]


@pytest.mark.parametrize(
    "other", [words("m1", "Goodbye"), NewMessage("m1", "operator", "Hello")], ids=["words", "who"]
)
async def test_an_id_belongs_to_one_message(talks: Database, other: NewMessage) -> None:
    scope = await opened(talks)
    await add(talks, scope, words("m1"))
    with pytest.raises(Conflict, match="message_id"):
        await add(talks, scope, other)
    assert await shown(talks, scope) == ["Hello"]


async def test_history_is_in_order_and_continues_after_a_place(talks: Database) -> None:
    scope = await opened(talks)
    for n in range(5):
        await add(talks, scope, words(f"m{n}", f"{n}"))
    await add(talks, scope, NewMessage(str(uuid4()), "note", "private"))
    assert await shown(talks, scope) == ["0", "1", "2", "3", "4"]
    assert await shown(talks, scope, notes=True) == ["0", "1", "2", "3", "4", "private"]
    async with talks.transaction(ACME) as db:
        third = await messages.get_message(db, scope, "m2")
    assert third
    assert await shown(talks, scope, after=third.seq, limit=1) == ["3"]


async def test_order_is_that_of_acceptance_among_many_at_once(talks: Database) -> None:
    scope = await opened(talks)
    committed: list[str] = []

    async def come(message_id: str) -> None:
        async with talks.transaction(ACME) as db:
            await conversations.lock_existing(db, scope)
            await add_message(db, scope, words(message_id, message_id))
            committed.append(message_id)  # nobody else can be between this and the commit

    await asyncio.gather(*(come(str(n)) for n in range(100)))
    assert await shown(talks, scope) == committed


async def window(talks: Database, scope: Scope, turn_id: object, limit: int) -> list[Message]:
    async with talks.transaction(ACME) as db:
        return await messages.turn_window(db, scope, turn_id, limit)  # type: ignore[arg-type]


async def test_a_window_ends_with_the_turns_messages_and_leaves_out_what_waits(
    talks: Database,
) -> None:
    scope = somebody()
    first = await begun(talks, scope, words("a1", "first?"))
    await accept(talks, scope, words("b1", "second?"))
    second = await finish(talks, scope, first)
    assert second
    await accept(talks, scope, words("c1", "third?"))
    found = [m.content for m in await window(talks, scope, second.turn_id, 10)]
    assert found == ["first?", "Hi.", "second?"]


async def test_a_window_is_short_but_holds_the_whole_turn(talks: Database) -> None:
    scope = somebody()
    for n in range(3):
        claim = await begun(talks, scope, words(f"m{n}", f"{n}"))
        await finish(talks, scope, claim)
    crowd = [words(f"x{n}", f"x{n}") for n in range(5)]
    claim = await begun(talks, scope, *crowd)
    found = [m.content for m in await window(talks, scope, claim.turn_id, 2)]
    assert found[-5:] == ["x0", "x1", "x2", "x3", "x4"]
    assert len(found) <= 5 + 2


async def test_a_window_has_what_people_and_customers_said_to_each_other(
    talks: Database,
) -> None:
    scope = somebody()
    claim = await begun(talks, scope, words("m1", "help"))
    await finish(talks, scope, claim, owner="queue", handoff=wanted())
    await add(talks, scope, words("m2", "anybody?", for_people=True))
    await add(talks, scope, NewMessage("o1", "operator", "here"))
    await add(talks, scope, NewMessage("n1", "note", "private"))
    async with talks.transaction(ACME) as db:
        await owned_by(db, scope, "ai")
    claim = await begun(talks, scope, words("m3", "thanks"))
    found = [m.content for m in await window(talks, scope, claim.turn_id, 10)]
    assert found == ["help", "Hi.", "anybody?", "here", "thanks"]


async def test_the_messages_of_a_turn_are_its_customers_in_order(talks: Database) -> None:
    scope = somebody()
    claim = await begun(talks, scope, words("m1", "one"), words("m2", "two"))
    await finish(talks, scope, claim)
    async with talks.transaction(ACME) as db:
        found = await messages.of_turn(db, scope, claim.turn_id)
    assert [m.content for m in found] == ["one", "two"]
