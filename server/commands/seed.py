"""`switchboard seed`: the demo companies."""

from typing import Annotated

import typer


def seed(
    tenant: Annotated[
        str | None, typer.Option(metavar="TENANT", help="Only this one, such as `demo`")
    ] = None,
) -> None:
    """Load the demo companies.

    With customers, orders, articles, answers and what they are asked. As often as you like:
    customers, orders and the like that are there stay as they are, curated answers and articles are
    put back to what the files say, and what is the same is not done again. In dev the first start
    does this by itself.
    """
    from server.settings import read_settings

    settings = read_settings()

    import asyncio

    from server.prepare import seed_tenants
    from server.progress import bars, console

    with bars() as shown:
        loaded = asyncio.run(seed_tenants(settings, shown.report, only=tenant))
    console.print(f"Loaded: {', '.join(loaded)}.", highlight=False)
