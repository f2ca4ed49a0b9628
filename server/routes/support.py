"""`/support`: LangServe's routes around the facade."""

from typing import Any, Literal

from fastapi import Depends, FastAPI, Request
from langserve import add_routes

from server.access import allow
from server.auth.permissions import Permission
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
FOR_DEVELOPERS: tuple[Endpoint, ...] = ("stream_events", "stream_log", "playground")


def place_call(config: dict[str, Any], request: Request) -> dict[str, Any]:
    """Replace whatever a client put into `configurable`: it may name a thread and nothing else."""
    given = config.get("configurable") or {}
    return {
        "configurable": {
            "thread_id": safe_thread_id(given.get("thread_id")),
            "principal": request.state.principal,
            "services": request.app.state.services,
        }
    }


def add_support(app: FastAPI, *, for_developers: bool) -> None:
    """Add the routes; those that show a run's inside only for developers."""
    add_routes(
        app,
        SupportFacade(),
        path="/support",
        config_keys=("configurable",),
        enabled_endpoints=[*PUBLIC, *(FOR_DEVELOPERS if for_developers else ())],
        per_req_config_modifier=place_call,
        dependencies=[allow(Permission.CHAT), Depends(check_envelope(SupportInput))],
    )
