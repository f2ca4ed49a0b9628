"""`switchboard token`: a customer's token, as a host application would make it."""

from typing import Annotated

import typer

LONGEST_MIN = 24 * 60


def token(
    customer: Annotated[int | None, typer.Option(min=1, help="The customer's id")] = None,
    tenant: Annotated[str, typer.Option(help="The company that the customer is one of")] = "demo",
    minutes: Annotated[
        int, typer.Option(min=1, max=LONGEST_MIN, help="How long the token is good for")
    ] = 60,
    secret: Annotated[
        bool, typer.Option("--secret", help="Print the secret that signs the tenant's tokens")
    ] = False,
) -> None:
    """Print a token that says who a customer is.

    It is signed with the tenant's secret. Send it as `Authorization: Bearer …`: whoever shows it
    is that customer, verified. Your own application makes such tokens itself, with the secret
    that --secret prints; the README shows how.
    """
    from server.settings import read_settings

    if (customer is None) != secret:
        raise typer.BadParameter("give either --customer or --secret")
    settings = read_settings()

    import asyncio
    from datetime import timedelta

    from server.customer_token import sign_token, token_secret

    if customer is None:
        typer.echo(asyncio.run(token_secret(settings, tenant)))
    else:
        life = timedelta(minutes=minutes)
        typer.echo(asyncio.run(sign_token(settings, tenant, customer, life)))
