import pytest

from data.db import Connection
from data.incidents import open_incidents
from tests.acme import ACME


async def test_resolved_incidents_are_not_open(acme: Connection) -> None:
    assert [incident.id for incident in await open_incidents(acme, ACME)] == [2, 1]


@pytest.mark.parametrize(
    ("area", "found"),
    [
        ("Northtown", [1]),
        ("nORTHTOWN", [1]),
        ("Northtown, Mill Road", [1]),
        ("north", [1]),
        ("Southtown", []),
        ("%", []),
        ("_", []),
    ],
)
async def test_an_area_is_found_by_part_of_its_name(
    acme: Connection, area: str, found: list[int]
) -> None:
    assert [incident.id for incident in await open_incidents(acme, ACME, area=area)] == found
