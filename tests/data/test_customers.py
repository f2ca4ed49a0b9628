import pytest

from data import customers
from data.db import Connection, Database
from data.errors import Conflict, NotFound
from tests.acme import ACME, ANN, BEA, GLOBEX
from tests.sealed import OPEN_AND_SEALED


@OPEN_AND_SEALED
async def test_a_customer_is_found_by_number_and_by_address_in_any_case(acme: Connection) -> None:
    ann = await customers.get_customer(acme, ACME, ANN)
    assert (ann.name, ann.email, ann.plan) == ("Ann Ames", "Ann@acme.test", "fast")
    assert await customers.find_by_email(acme, ACME, "aNN@ACME.test") == ann
    assert await customers.find_by_email(acme, ACME, "nobody@acme.test") is None


@pytest.mark.parametrize("number", [9, 999_999, 2**63 - 1])
async def test_another_tenants_customer_looks_like_none(acme: Connection, number: int) -> None:
    with pytest.raises(NotFound, match=f"customer '{number}' not found"):
        await customers.get_customer(acme, ACME, number)
    with pytest.raises(NotFound):
        await customers.lock_customer(acme, ACME, number)


async def test_an_address_belongs_to_one_tenants_customer_only(companies: Database) -> None:
    async with companies.transaction(GLOBEX) as globex:
        gus = await customers.find_by_email(globex, GLOBEX, "ann@acme.test")
    assert gus is not None
    assert gus.name == "Gus"


@OPEN_AND_SEALED
async def test_changing_the_address_tells_what_it_was(acme: Connection) -> None:
    change = await customers.update_email(acme, ACME, ANN, "ann@new.test")
    assert change == ("Ann@acme.test", "ann@new.test")
    changed = await customers.get_customer(acme, ACME, ANN)
    assert changed.email == "ann@new.test"


@OPEN_AND_SEALED
async def test_a_taken_address_is_refused_without_saying_whose_it_is(companies: Database) -> None:
    with pytest.raises(Conflict) as refused:
        async with companies.transaction(ACME) as acme:
            await customers.update_email(acme, ACME, ANN, "BEA@acme.test")
    assert "Bea" not in str(refused.value)
    assert str(BEA) not in str(refused.value)
    async with companies.transaction(ACME) as acme:
        assert (await customers.get_customer(acme, ACME, ANN)).email == "Ann@acme.test"


@OPEN_AND_SEALED
async def test_a_customer_may_write_their_own_address_differently(acme: Connection) -> None:
    await customers.update_email(acme, ACME, ANN, "ann@acme.test")
    assert (await customers.get_customer(acme, ACME, ANN)).email == "ann@acme.test"
