import pytest

from data import invoices
from data.db import Connection
from data.errors import NotFound
from tests.acme import ACME, ANN, BEA


async def test_invoices_come_newest_period_first(acme: Connection) -> None:
    found = await invoices.list_invoices(acme, ACME, ANN)
    assert [invoice.id for invoice in found] == ["A-2", "A-1"]
    assert found[0].lines == [{"text": "Fee", "amount": "49.99"}]
    assert await invoices.list_invoices(acme, ACME, ANN, limit=1) == found[:1]


async def test_one_invoice_is_found_by_its_number(acme: Connection) -> None:
    assert (await invoices.get_invoice(acme, ACME, BEA, "B-1")).customer_id == BEA


@pytest.mark.parametrize("number", ["B-1", "G-1", "A-9", ""])
async def test_another_customers_invoice_looks_like_none(acme: Connection, number: str) -> None:
    with pytest.raises(NotFound, match=f"invoice '{number}' not found"):
        await invoices.get_invoice(acme, ACME, ANN, number)
