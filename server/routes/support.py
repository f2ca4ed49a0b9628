"""`/support`: LangServe's routes around the facade."""

from typing import Any, Literal

from fastapi import Depends, FastAPI, HTTPException, Request
from langserve import add_routes

from data import conversations
from data.errors import NotFound
from server.access import allow, limit, services
from server.auth.permissions import Permission
from server.auth.principal import Principal
from server.envelope import check_envelope
from server.facade import SupportFacade, SupportInput, safe_thread_id

Endpoint = Literal[
    "invoke",
    "batch",
    "stream",
    "input_schema",
    "output_schema",
    "config_schema",
    "stream_events",
    "stream_log",
    "playground",
]

PUBLIC: tuple[Endpoint, ...] = (
    "invoke",
    "batch",
    "stream",
    "input_schema",
    "output_schema",
    "config_schema",
)
TAKEN_AT_ONCE = frozenset({"/support/invoke"})  # its one message is refused with a status anyway
FOR_DEVELOPERS: tuple[Endpoint, ...] = ("stream_events", "stream_log", "playground")


async def place_call(config: dict[str, Any], request: Request) -> dict[str, Any]:
    """Replace whatever a client put into `configurable`: it may name a thread and nothing else.

    Raises:
        Invalid: the thread's name is no safe id.
        NotFound: the thread is another party's.
    """
    given = config.get("configurable") or {}
    thread_id = safe_thread_id(given.get("thread_id"))
    if thread_id and request.url.path not in TAKEN_AT_ONCE:
        await refuse_foreign(request, thread_id)
    return {
        "configurable": {
            "thread_id": thread_id,
            "principal": request.state.principal,
            "services": services(request),
        }
    }


async def refuse_foreign(request: Request, thread_id: str) -> None:
    """Say 404 while there still is a status to say it with: streams have sent theirs by then.

    In a batch, no message is taken before all threads were looked at.

    Raises:
        NotFound: the thread is another party's.
    """
    who: Principal = request.state.principal
    async with services(request).database.transaction(who.tenant) as db:
        try:
            found = await conversations.get_conversation(db, who.scope(thread_id))
        except NotFound:
            return  # it will be opened
    if not who.may_see(found.party):
        raise NotFound("conversation", thread_id)


async def count_batch(request: Request) -> None:
    """A batch counts as many times as it has messages, not once.

    Raises:
        RateLimited: they are too many.
    """
    if request.url.path == "/support/batch":
        body = await request.json()
        inputs = body.get("inputs") if isinstance(body, dict) else None
        if isinstance(inputs, list) and len(inputs) > 1:  # anything else is refused further on
            await limit(request, request.state.principal, cost=len(inputs) - 1)


async def refuse_folders(request: Request) -> None:
    """The playground's files have endings; LangServe fails on a folder.

    Raises:
        HTTPException: 404.
    """
    name = str(request.path_params.get("file_path", "")).rpartition("/")[2]
    if name and "." not in name:
        raise HTTPException(404)


def add_support(app: FastAPI, *, for_developers: bool) -> None:
    """Add the routes; those that show a run's inside only for developers."""
    add_routes(
        app,
        SupportFacade(),
        path="/support",
        config_keys=("configurable",),
        enabled_endpoints=[*PUBLIC, *(FOR_DEVELOPERS if for_developers else ())],
        per_req_config_modifier=place_call,
        dependencies=[
            Depends(refuse_folders),
            allow(Permission.CHAT, Permission.WORK_HANDOFFS),
            Depends(check_envelope(SupportInput)),
            Depends(count_batch),
        ],
    )
