"""How the service runs: one customer's line, and what is broken for many."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from data import incidents, lines
from data.db import Connection
from data.incidents import Incident
from data.lines import Line
from data.scope import Identity, Scope
from data.texts import Text
from tools.identity import verified
from tools.operation import Effect, operation


@dataclass(frozen=True, slots=True)
class ServiceStatus:
    """Open incidents in `area`, or everywhere when it is None. None open means all is well."""

    area: str | None
    incidents: list[Incident]


@operation(Effect.READ, needs=Identity.VERIFIED, reads=("lines",))
async def run_line_diagnostics(db: Connection, scope: Scope) -> list[Line]:
    """Measure this customer's own lines: status (ok, degraded, down) and what was found."""
    return await lines.list_lines(db, scope.tenant, verified(scope))


@operation(Effect.READ, reads=("incidents",))
async def get_service_status(
    db: Connection,
    scope: Scope,
    area: Annotated[
        Text | None, Field(max_length=100, description="Town or district; leave out for all")
    ] = None,
) -> ServiceStatus:
    """Tell whether there is a known outage or incident now, everywhere or in one area."""
    return ServiceStatus(area, await incidents.open_incidents(db, scope.tenant, area=area))
