import pytest

from tests.tools.conftest import Turn


async def test_diagnostics_cover_the_customers_own_lines(turn: Turn) -> None:
    outcome = await turn.ask("run_line_diagnostics")
    assert [(line["kind"], line["status"], line["detail"]) for line in outcome.result] == [
        ("fiber", "down", "No light."),
        ("mobile", "ok", "Signal good."),
    ]


async def test_diagnostics_are_for_verified_customers(visit: Turn) -> None:
    assert (await visit.ask("run_line_diagnostics")).refused == "needs_verification"


@pytest.mark.parametrize(
    ("area", "found"), [(None, [2, 1]), ("Northtown", [1]), (" harbour ", [2]), ("Far away", [])]
)
async def test_anybody_may_ask_how_the_service_runs(
    visit: Turn, area: str | None, found: list[int]
) -> None:
    outcome = await visit.ask("get_service_status", area=area)
    assert outcome.refused is None
    assert [incident["id"] for incident in outcome.result["incidents"]] == found
    assert outcome.result["area"] == (area.strip() if area else None)
