"""`switchboard operator`: a person who may sign in, above all the first admin."""

import sys
from enum import StrEnum
from typing import Annotated

import typer

SHORTEST = 10


class PersonRole(StrEnum):
    OPERATOR = "operator"
    ADMIN = "admin"


def operator(
    email: Annotated[str, typer.Argument(help="The e-mail address to sign in with")],
    role: Annotated[
        PersonRole, typer.Option(help="What they may do: answer, or look after everything")
    ] = PersonRole.OPERATOR,
    tenant: Annotated[str, typer.Option(help="The company that they work for")] = "demo",
) -> None:
    """Add a person who signs in with a password, or give one a new password and role.

    The password is asked for, or read from the first line of what is piped in, and never shown.
    Admins add further people over the API, with invitations, so this is needed for the first
    admin and for one who is locked out. Their open sessions end.
    """
    from server.settings import read_settings

    if "@" not in email:
        raise typer.BadParameter("give an e-mail address")
    settings = read_settings()
    password = asked() if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")
    if len(password) < SHORTEST:
        raise typer.BadParameter(f"the password must have at least {SHORTEST} characters")

    import asyncio

    from server.operator_account import put_operator

    made = asyncio.run(put_operator(settings, tenant, email, role.value, password))
    typer.echo(f"{made.email} may sign in as {made.role} of {tenant}.", err=True)


def asked() -> str:
    """The password, typed twice and not shown."""
    typed: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    return typed
