"""The rules of one-time codes, on a real database."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from data import conversations, notices
from data.db import Database
from data.errors import NotFound, RateLimited
from data.notices import NOBODY, Notice
from data.scope import Identity, Scope
from tests.acme import ACME, ANN, BEA, GLOBEX
from tests.data.talk import somebody
from tests.sealed import OPEN_AND_SEALED
from tools.codes import MOST_ASKED, MOST_TRIES, CodeKey, Purpose, ask_code, try_code

KEY = CodeKey(b"k" * 32)
READ = Purpose()
ANNS, BEAS, NOBODYS = "ann@ACME.test", "bea@acme.test", "nobody@acme.test"


async def opened(database: Database, scope: Scope | None = None) -> Scope:
    """A conversation that is there."""
    scope = scope or somebody()
    async with database.transaction(scope.tenant) as db:
        await conversations.lock_conversation(db, scope, "web")
    return scope


async def ask(
    database: Database, scope: Scope, email: str | None = ANNS, purpose: Purpose = READ
) -> None:
    async with database.transaction(scope.tenant) as db:
        await ask_code(db, scope, KEY, purpose, email)


async def attempt(
    database: Database, scope: Scope, code: str, purpose: Purpose = READ
) -> int | None:
    async with database.transaction(scope.tenant) as db:
        return await try_code(db, scope, KEY, purpose, code)


async def sent(database: Database, tenant: str = ACME) -> list[Notice]:
    """What a deliverer takes out of the outbox now."""
    async with database.transaction(tenant) as db:
        return await notices.take_notices(db, tenant, 100)


async def code_for(
    database: Database, scope: Scope, email: str | None = ANNS, purpose: Purpose = READ
) -> str:
    """The digits of a fresh code."""
    await ask(database, scope, email, purpose)
    (notice,) = await sent(database, scope.tenant)
    return KEY.code_of(UUID(notice.id))


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


async def identity_of(database: Database, scope: Scope) -> tuple[int | None, str]:
    async with database.transaction(scope.tenant) as db:
        found = await conversations.get_conversation(db, scope)
    return found.customer_id, found.identity


@OPEN_AND_SEALED
async def test_a_code_goes_to_the_address_on_file_and_makes_the_conversation_verified(
    companies: Database,
) -> None:
    scope = await opened(companies)
    await ask(companies, scope)
    (notice,) = await sent(companies)
    assert (notice.is_code, notice.recipient) == (True, "Ann@acme.test")
    assert notice.conversation_id == scope.conversation_id
    code = KEY.code_of(UUID(notice.id))
    assert await attempt(companies, scope, code) == ANN
    assert await identity_of(companies, scope) == (ANN, Identity.VERIFIED)


async def test_a_code_is_six_digits_and_stands_in_no_table(companies: Database) -> None:
    scope = await opened(companies)
    code = await code_for(companies, scope)
    assert len(code) == 6
    assert code.isdecimal()
    async with companies.transaction(ACME) as db:
        for table in ("codes", "outbox"):
            rows = await (await db.execute(f"SELECT t::text FROM {table} t")).fetchall()
            assert rows
            assert not [row for row in rows if code in row[0]]


async def test_who_has_the_tables_without_the_key_gets_other_digits(companies: Database) -> None:
    scope = await opened(companies)
    await ask(companies, scope)
    (notice,) = await sent(companies)
    ids = [UUID(notice.id), UUID(int=1), UUID(int=2)]
    other = CodeKey(b"o" * 32)
    assert [KEY.code_of(one) for one in ids] != [other.code_of(one) for one in ids]


@OPEN_AND_SEALED
async def test_for_no_account_the_same_rows_are_written_and_nobody_gets_mail(
    companies: Database,
) -> None:
    scope = await opened(companies)
    await ask(companies, scope, NOBODYS)
    (notice,) = await sent(companies)
    assert notice.recipient == NOBODY
    assert await attempt(companies, scope, KEY.code_of(UUID(notice.id))) is None
    assert await identity_of(companies, scope) == (None, Identity.ANONYMOUS)


async def test_a_code_is_good_once(companies: Database) -> None:
    scope = await opened(companies)
    code = await code_for(companies, scope)
    assert await attempt(companies, scope, code) == ANN
    assert await attempt(companies, scope, code) is None


async def test_of_eight_who_try_a_right_code_at_once_one_succeeds(companies: Database) -> None:
    scope = await opened(companies)
    code = await code_for(companies, scope)
    found = await asyncio.gather(*(attempt(companies, scope, code) for _ in range(8)))
    assert sorted(found, key=str) == [ANN, *[None] * 7]


async def test_wrong_tries_at_once_are_all_counted(companies: Database) -> None:
    scope = await opened(companies)
    code = await code_for(companies, scope)
    tries = [attempt(companies, scope, wrong(code)) for _ in range(MOST_TRIES)]
    assert set(await asyncio.gather(*tries)) == {None}
    assert await attempt(companies, scope, code) is None, "all tries are used up"


async def test_the_last_try_may_be_the_right_one(companies: Database) -> None:
    scope = await opened(companies)
    code = await code_for(companies, scope)
    for _ in range(MOST_TRIES - 1):
        assert await attempt(companies, scope, wrong(code)) is None
    assert await attempt(companies, scope, code) == ANN


async def test_a_code_is_good_for_ten_minutes(companies: Database) -> None:
    scope = await opened(companies)
    code = await code_for(companies, scope)
    await aged(companies, timedelta(minutes=10))
    assert await attempt(companies, scope, code) is None
    code = await code_for(companies, scope)
    await aged(companies, timedelta(minutes=9, seconds=50))
    assert await attempt(companies, scope, code) == ANN


async def aged(database: Database, by: timedelta) -> None:
    """Make every code older."""
    async with database.transaction(ACME) as db:
        await db.execute(
            "UPDATE codes SET created_at = created_at - %s, expires_at = expires_at - %s", [by, by]
        )


async def test_only_the_newest_code_counts(companies: Database) -> None:
    scope = await opened(companies)
    older = await code_for(companies, scope)
    newer = await code_for(companies, scope)
    assert await attempt(companies, scope, older) is None
    assert await attempt(companies, scope, newer) == ANN


async def test_a_code_is_bound_to_its_conversation(companies: Database) -> None:
    scope, other = await opened(companies), await opened(companies)
    code = await code_for(companies, scope)
    assert await attempt(companies, other, code) is None
    await code_for(companies, other, BEAS)
    assert await attempt(companies, other, code) is None


@pytest.mark.parametrize(
    "other",
    [
        READ,
        Purpose("update_email", {"new_email": "eve@evil.test"}),
        Purpose("update_email"),
        Purpose("update_phone", {"new_email": "ann@new.test"}),
    ],
)
async def test_a_code_is_bound_to_its_action_and_parameters(
    companies: Database, other: Purpose
) -> None:
    scope = await opened(companies)
    asked = Purpose("update_email", {"new_email": "ann@new.test"})
    code = await code_for(companies, scope, purpose=asked)
    assert await attempt(companies, scope, code, other) is None
    assert await attempt(companies, scope, code, asked) == ANN


def test_parameters_are_the_same_in_any_order() -> None:
    one, other = (
        Purpose("refund", {"order": 1, "all": True}),
        Purpose("refund", {"all": True, "order": 1}),
    )
    assert KEY.purpose_of(one) == KEY.purpose_of(other)
    assert KEY.purpose_of(one) != KEY.purpose_of(Purpose("refund", {"order": "1", "all": True}))


async def test_another_partys_conversation_is_not_there(companies: Database) -> None:
    scope = await opened(companies)
    code = await code_for(companies, scope)
    stranger = replace(scope, party="visitor:eve")
    for scope_ in (stranger, replace(scope, conversation_id="never")):
        with pytest.raises(NotFound):
            await ask(companies, scope_)
        with pytest.raises(NotFound):
            await attempt(companies, scope_, code)
    with pytest.raises(NotFound):
        await attempt(companies, replace(scope, tenant=GLOBEX), code)


@OPEN_AND_SEALED
async def test_without_an_address_it_is_for_whom_the_conversation_is_linked_to(
    companies: Database,
) -> None:
    unlinked = await opened(companies)
    await ask(companies, unlinked, None)
    assert [notice.recipient for notice in await sent(companies)] == [NOBODY]
    linked = await opened(
        companies, replace(somebody(), customer_id=BEA, identity=Identity.CLAIMED)
    )
    visiting = replace(linked, customer_id=None, identity=Identity.ANONYMOUS)
    await ask(companies, visiting, None)
    assert [notice.recipient for notice in await sent(companies)] == ["bea@acme.test"]


@OPEN_AND_SEALED
async def test_in_a_verified_conversation_a_code_for_somebody_else_goes_nowhere(
    companies: Database,
) -> None:
    scope = await opened(companies)
    code = await code_for(companies, scope)
    assert await attempt(companies, scope, code) == ANN
    await ask(companies, scope, BEAS)
    assert [notice.recipient for notice in await sent(companies)] == [NOBODY]
    signed_in = await opened(companies, replace(somebody(), party="customer:1", customer_id=ANN))
    await ask(companies, signed_in, BEAS)
    assert [notice.recipient for notice in await sent(companies)] == [NOBODY]


@pytest.mark.parametrize("email", [ANNS, NOBODYS])
async def test_one_conversation_and_one_account_are_sent_only_so_many_codes(
    companies: Database, email: str
) -> None:
    scope = await opened(companies)
    for _ in range(MOST_ASKED):
        await ask(companies, scope, email)
    for again, address in ((scope, BEAS), (await opened(companies), email.upper())):
        with pytest.raises(RateLimited) as caught:
            await ask(companies, again, address)
        assert 3500 < caught.value.retry_after_s <= 3600
    await ask(companies, await opened(companies), BEAS)
    await aged(companies, timedelta(hours=1))
    await ask(companies, scope, email)


async def test_asking_at_once_is_limited_too(companies: Database) -> None:
    scopes = [await opened(companies) for _ in range(12)]
    asked = [ask(companies, scope) for scope in scopes]
    results = await asyncio.gather(*asked, return_exceptions=True)
    assert sum(result is None for result in results) == MOST_ASKED


async def test_codes_that_are_long_over_are_cleared_away(companies: Database) -> None:
    scope = await opened(companies)
    await ask(companies, scope)
    await aged(companies, timedelta(days=2))
    await ask(companies, scope)
    async with companies.transaction(ACME) as db:
        rows = await (await db.execute("SELECT FROM codes")).fetchall()
    assert len(rows) == 1


async def test_a_notice_is_taken_by_one_deliverer(companies: Database) -> None:
    for _ in range(4):
        await ask(companies, await opened(companies))
    taken = await asyncio.gather(*(sent(companies) for _ in range(4)))
    ids = [notice.id for some in taken for notice in some]
    assert len(ids) == len(set(ids)) == 4
