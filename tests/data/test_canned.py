import pytest

from data import canned
from data.canned import NewCannedResponse
from data.db import Connection, Database
from data.errors import Conflict, NotFound
from tests.acme import ACME, GLOBEX

THANKS = NewCannedResponse("/thanks", "Thank you", "Thank you, {name}.", "closing")
REFUND = NewCannedResponse("/refund", "Refund", "It is on its way.", "refund")


async def test_canned_responses_are_listed_by_shortcut_and_category(acme: Connection) -> None:
    thanks = await canned.add_canned(acme, ACME, THANKS)
    refund = await canned.add_canned(acme, ACME, REFUND)
    assert await canned.list_canned(acme, ACME) == [refund, thanks]
    assert await canned.list_canned(acme, ACME, category="closing") == [thanks]
    assert await canned.list_canned(acme, ACME, category="none") == []


async def test_a_shortcut_is_unique_within_its_tenant_only(db: Database) -> None:
    for tenant in (ACME, GLOBEX):
        async with db.transaction(tenant) as tx:
            await canned.add_canned(tx, tenant, THANKS)
    with pytest.raises(Conflict, match="'/thanks' is taken"):
        async with db.transaction(ACME) as tx:
            await canned.add_canned(tx, ACME, THANKS)


async def test_a_deleted_one_is_gone(acme: Connection) -> None:
    thanks = await canned.add_canned(acme, ACME, THANKS)
    await canned.delete_canned(acme, ACME, thanks.id)
    assert await canned.list_canned(acme, ACME) == []
    with pytest.raises(NotFound):
        await canned.delete_canned(acme, ACME, thanks.id)
