from data.db import Connection
from data.lines import list_lines
from tests.acme import ACME, ANN


async def test_a_customers_lines_are_listed_the_broken_one_first(acme: Connection) -> None:
    found = await list_lines(acme, ACME, ANN)
    assert [(line.kind, line.status) for line in found] == [("fiber", "down"), ("mobile", "ok")]
