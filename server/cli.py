"""The command `switchboard`."""

import asyncio
import socket
from typing import Annotated

import typer
import uvicorn
from pydantic import ValidationError

from server.prepare import demo_key, prepare
from server.progress import bars, console
from server.settings import Settings

app = typer.Typer(
    name="switchboard",
    help="The open customer-operations agent.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


def main() -> None:
    """Run the command; what went wrong is said in a sentence."""
    app()


def read_settings() -> Settings:
    """The settings, or the sentences that say what to set."""
    try:
        return Settings()
    except ValidationError as error:
        for problem in error.errors():
            where = ".".join(map(str, problem["loc"])).upper()
            text = problem["msg"].removeprefix("Value error, ")
            console.print(f"{where}: {text}" if where else text, style="red")
        raise typer.Exit(2) from None


@app.callback()
def switchboard() -> None:
    """Customers write, the graph answers, people take over where they should."""


@app.command()
def serve(
    port: Annotated[int | None, typer.Option(help="Where to listen; PORT or 8000")] = None,
    host: Annotated[str | None, typer.Option(help="HOST or 127.0.0.1")] = None,
    workers: Annotated[int, typer.Option(min=1, help="Server processes")] = 1,
    reload: Annotated[bool, typer.Option(help="Start again when the code changes")] = False,
) -> None:
    """Start the server; the first time, also set up the database and the demo data."""
    settings = read_settings()
    where = (host or settings.host, settings.port if port is None else port)
    refuse_taken(*where)
    with bars() as shown:
        asyncio.run(prepare(settings, shown.report))
    if settings.env == "dev":
        greet(settings, *where)
    uvicorn.run(
        "server.app:app",
        host=where[0],
        port=where[1],
        workers=workers if workers > 1 else None,
        reload=reload,
        log_level=settings.log_level.lower(),
        access_log=settings.debug,
    )


def refuse_taken(host: str, port: int) -> None:
    """Stop before anything is started when somebody listens there already."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            console.print(
                f"Port {port} on {host} is taken; a Switchboard may be running there already."
                f" Stop it, or start this one with PORT={port + 1}.",
                style="red",
            )
            raise typer.Exit(1) from error


def greet(settings: Settings, host: str, port: int) -> None:
    """The demo key and three things to try."""
    base, key = f"http://{host}:{port}", demo_key(settings)
    console.print(
        f"""
{settings.app_name} serves on {base}   API: {base}/docs
Demo key (admin of the tenant `demo`): {key}

Try, in another terminal:
  switchboard chat
  curl -s {base}/v1/chat -H 'content-type: application/json' -H 'x-api-key: {key}' \\
    -d '{{"message": "What is the status of my order?", "customer_id": 1}}'
  curl -s {base}/v1/chat -H 'content-type: application/json' \\
    -d '{{"message": "How long do I have to return a defective item?"}}'
""",
        highlight=False,
        soft_wrap=True,
        markup=False,
    )
