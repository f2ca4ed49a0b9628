"""Lines: the connections a customer is served over, and what was last measured on them."""

from dataclasses import dataclass
from datetime import datetime

from data.db import Connection
from data.rows import fetch_all


@dataclass(frozen=True, slots=True)
class Line:
    """`status` is ok, degraded or down; `detail` says what was measured."""

    id: int
    customer_id: int
    kind: str
    status: str
    detail: str
    updated_at: datetime


async def list_lines(db: Connection, tenant: str, customer_id: int) -> list[Line]:
    """A customer's lines, the ones in trouble first."""
    return await fetch_all(
        db,
        Line,
        "SELECT id, customer_id, kind, status, detail, updated_at FROM lines"
        " WHERE tenant = %s AND customer_id = %s"
        " ORDER BY array_position(ARRAY['down', 'degraded', 'ok'], status), id",
        (tenant, customer_id),
    )
