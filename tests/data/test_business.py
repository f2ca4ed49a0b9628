import pytest

from data import tickets
from data.business import TABLES, put_back, read_business
from data.db import Connection
from data.scope import Role, Scope
from data.tickets import NewTicket
from tests.acme import ACME, ANN

SCOPE = Scope(ACME, Role.CUSTOMER_AI, "visitor:1")


async def test_every_table_is_read_even_an_empty_one(acme: Connection) -> None:
    found = await read_business(acme, ACME)
    assert tuple(found) == TABLES
    assert ANN in {row["id"] for row in found["customers"]}


async def test_rows_are_put_back_to_the_letter(acme: Connection) -> None:
    kept = await tickets.create_ticket(acme, SCOPE, NewTicket(ANN, "No light", "Since today."))
    before = await read_business(acme, ACME)
    await tickets.update_ticket(acme, ACME, kept.id, status="resolved")
    new = await tickets.create_ticket(acme, SCOPE, NewTicket(ANN, "Too dark", "At night."))
    await put_back(acme, ACME, "tickets", created=[new.id], originals=before["tickets"])
    assert await read_business(acme, ACME) == before


async def test_only_business_tables_are_put_back(acme: Connection) -> None:
    with pytest.raises(ValueError, match="holds no business rows"):
        await put_back(acme, ACME, "conversations", created=["1"], originals=[])
