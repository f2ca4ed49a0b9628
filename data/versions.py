"""Whether what a tenant wrote has changed since it was last looked at."""

from data.db import Connection


async def content_version(db: Connection, tenant: str) -> str:
    """Differs whenever a playbook or a curated answer was added, changed or removed.

    Made of row versions, not of clocks: a slow transaction that commits late counts too.
    """
    cursor = await db.execute(
        "SELECT concat_ws(':', count(*), sum(version)) FROM"
        " (SELECT xmin::text::bigint AS version FROM playbooks WHERE tenant = %(tenant)s"
        "  UNION ALL"
        "  SELECT xmin::text::bigint FROM curated_answers WHERE tenant = %(tenant)s) v",
        {"tenant": tenant},
    )
    row = await cursor.fetchone()
    return str(row[0]) if row else ""
