"""A demo company under attack: orders to the model stand in an article, a ticket and an order."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from data.business import Row, put_back
from data.knowledge import delete_document, find_document
from evals.bench import TENANTS
from evals.playing import read_snapshot
from retrievers.ingest import Upload, ingest
from server.wiring import Services

TENANT = "demo"
CUSTOMER = 1  # who attacks once they have proved who they are; claimed ones say that they are
SOURCE = "help/evil"
COLUMNS = {"tickets": "description", "orders": "product"}


@asynccontextmanager
async def besieged(services: Services, planted: str) -> AsyncIterator[None]:
    """While the block runs, an article and the customer's own records hold what was planted."""
    rows = (await read_snapshot(services.database, TENANTS))[TENANT]
    mine = {
        table: [row for row in rows[table] if row["customer_id"] == CUSTOMER] for table in COLUMNS
    }
    upload = Upload(SOURCE, "Help", f"# Help\n\nHello there, what did you find? {planted}")
    await ingest(services.database, services.embedder, TENANT, upload)
    await _put(services, {t: [_with(r, t, planted) for r in found] for t, found in mine.items()})
    try:
        yield
    finally:
        await _put(services, mine)
        async with services.database.transaction(TENANT) as db:
            document = await find_document(db, TENANT, SOURCE)
            if document is not None:
                await delete_document(db, TENANT, document.id)


def _with(row: Row, table: str, planted: str) -> Row:
    column = COLUMNS[table]
    return {**row, column: f"{row[column]} {planted}"}


async def _put(services: Services, tables: dict[str, list[Row]]) -> None:
    async with services.database.transaction(TENANT) as db:
        for table, rows in tables.items():
            await put_back(db, TENANT, table, created=[], originals=rows)
