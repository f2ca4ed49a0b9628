"""How long a failed sign-in takes does not tell whether the account exists."""

import random
import time
from collections.abc import Sequence

import httpx
from scipy.stats import mannwhitneyu

from data.db import Database
from data.operators import set_password
from server.auth.passwords import Passwords
from server.settings import DEMO_TENANT
from tests.server.callers import Callers
from tests.server.people import PASSWORD, invited, sign_in

ACCOUNTS = 40  # of each kind; every one is tried once, so that no account is throttled
ROUNDS = 3
LEVEL = 0.05


def differ(some: Sequence[float], others: Sequence[float]) -> bool:
    """Whether two samples are distinguishable at the 95 % level."""
    return bool(mannwhitneyu(some, others).pvalue < LEVEL)


async def test_an_account_that_exists_is_refused_as_fast_as_one_that_does_not(
    callers: Callers, rows: Database
) -> None:
    """Samples of one distribution differ by chance in one round of twenty, in three of 8,000."""
    for _ in range(ROUNDS):
        known, unknown = await one_round(callers, rows)
        if not differ(known, unknown):
            return
    raise AssertionError(f"in each of {ROUNDS} rounds the times differed")


async def one_round(callers: Callers, rows: Database) -> tuple[list[float], list[float]]:
    """Seconds that refusals took: of accounts with a password, and of ones that are not there."""
    known = await accounts(callers, rows)
    asked = [(email, True) for email in known]
    asked += [(f"x{email}", False) for email in known]
    random.shuffle(asked)
    taken: dict[bool, list[float]] = {True: [], False: []}
    async with callers.http() as http:
        await timed(http, "nobody@example.com")
        for email, exists in asked:
            taken[exists].append(await timed(http, email))
    return taken[True], taken[False]


async def accounts(callers: Callers, rows: Database) -> list[str]:
    """Fresh ones, all with the same password."""
    hashed = await Passwords(cost=1).hash(PASSWORD)
    async with callers.http(callers.admin) as http:
        people = [await invited(http) for _ in range(ACCOUNTS)]
    async with rows.transaction(DEMO_TENANT) as db:
        for person in people:
            await set_password(db, DEMO_TENANT, person["id"], hashed)
    return [person["email"] for person in people]


async def timed(http: httpx.AsyncClient, email: str) -> float:
    begun = time.perf_counter()
    answer = await sign_in(http, email, "not the password")
    taken = time.perf_counter() - begun
    assert answer.status_code == 401
    return taken


def test_the_comparison_would_notice_a_tenth_of_a_hash() -> None:
    """Samples like ours: 30 ms with a spread of 2 ms."""
    dice = random.Random(1)
    some = [dice.gauss(0.030, 0.002) for _ in range(ACCOUNTS)]
    others = [dice.gauss(0.033, 0.002) for _ in range(ACCOUNTS)]
    assert differ(some, others)
    assert not differ(some, [dice.gauss(0.030, 0.002) for _ in range(ACCOUNTS)])
