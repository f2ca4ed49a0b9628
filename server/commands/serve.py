"""`switchboard serve`: the server."""

from pathlib import Path
from typing import Annotated

import typer

STOP_S = (
    20  # what a client holds open longer after the word to stop is cut; turns end by themselves
)

GREETING = """
{name} serves on {base}   API: {base}/docs
Demo key (admin of the tenant `demo`): {key}

Try, in another terminal:
  .venv/bin/switchboard chat --customer 1
  curl -s {base}/v1/chat -H 'content-type: application/json' -H 'x-api-key: {key}' \\
    -d '{{"message": "What is the status of my order?", "customer_id": 1}}'
  curl -s {base}/v1/chat -H 'content-type: application/json' \\
    -d '{{"message": "How long do I have to return a defective item?"}}'
"""


def serve(
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Where to listen; PORT or 8000")
    ] = None,
    host: Annotated[str | None, typer.Option(help="On which address; HOST or 127.0.0.1")] = None,
    workers: Annotated[int, typer.Option(min=1, help="How many server processes")] = 1,
    reload: Annotated[bool, typer.Option("--reload", help="Restart when code changes")] = False,
) -> None:
    """Start the server and, in dev, all that it needs.

    The first start in dev makes the database and loads the demo companies. No key and no other
    server is needed: without DATABASE_URL a Postgres of its own runs under the data directory, and
    without LLM_API_KEY the offline engine answers. Several servers may share a data directory, each
    on a port of its own; the database ends with the last of them. `uvicorn server.app:app` starts
    the same application.
    """
    from server.listening import base_url, refuse_taken
    from server.settings import read_settings

    if reload and workers > 1:
        raise typer.BadParameter("--reload and --workers do not go together; leave one out")
    settings = read_settings()
    at, on = host or settings.host, port or settings.port
    refuse_taken(at, on)  # before the slow imports, so that it is said at once

    import asyncio

    import uvicorn

    from server.gate import MOST_FRAME_BYTES
    from server.prepare import demo_key, prepare
    from server.progress import bars, console

    with bars() as shown:
        asyncio.run(prepare(settings, shown.report))
    if settings.env == "dev":
        base, key = base_url(at, on), demo_key(settings)
        greeting = GREETING.format(name=settings.app_name, base=base, key=key)
        console.print(greeting, highlight=False, soft_wrap=True, markup=False)
    uvicorn.run(
        "server.app:app",
        host=at,
        port=on,
        workers=workers if workers > 1 else None,
        reload=reload,
        reload_dirs=[str(folder) for folder in code_folders()] if reload else None,
        log_level=settings.log_level.lower(),
        access_log=settings.debug,
        timeout_graceful_shutdown=STOP_S,
        ws_max_size=MOST_FRAME_BYTES,
        ws_per_message_deflate=False,  # frames are small; it costs more memory than it saves
        proxy_headers=False,  # TRUSTED_PROXIES says whose are believed
    )


def code_folders() -> list[Path]:
    """Where our code is: not the environment or the data beside it, which change all the time."""
    home = Path(__file__).parents[2]
    return sorted(marker.parent for marker in home.glob("*/__init__.py"))
