"""How many tokens a tenant's language models used, by day (UTC)."""

from data.db import Connection

TODAY = "(now() AT TIME ZONE 'UTC')::date"


async def add_tokens(db: Connection, tenant: str, tokens: int) -> int:
    """Count tokens; today's total with them."""
    cursor = await db.execute(
        f"INSERT INTO token_usage (tenant, day, tokens) VALUES (%s, {TODAY}, %s)"  # noqa: S608
        " ON CONFLICT (tenant, day) DO UPDATE SET tokens = token_usage.tokens + excluded.tokens"
        " RETURNING tokens",
        (tenant, tokens),
    )
    row = await cursor.fetchone()
    return int(row[0]) if row else tokens


async def tokens_today(db: Connection, tenant: str) -> int:
    """Today's total."""
    cursor = await db.execute(
        f"SELECT tokens FROM token_usage WHERE tenant = %s AND day = {TODAY}",  # noqa: S608
        [tenant],
    )
    row = await cursor.fetchone()
    return int(row[0]) if row else 0
