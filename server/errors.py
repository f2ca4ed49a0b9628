"""Every error that leaves the server, as an RFC 9457 problem document.

No stack trace, no value the caller sent, no text of an exception that was not raised on purpose.
Each carries the request's id, which is also in the response header and in our logs.
"""

import logging
import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from http.client import responses
from typing import Any
from uuid import uuid4

from fastapi import FastAPI, Request, Response, WebSocket
from fastapi.exceptions import RequestValidationError, WebSocketRequestValidationError
from psycopg import OperationalError
from pydantic import BaseModel, ConfigDict, Field
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.routing import Match
from starlette.types import Scope

from data.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    RateLimited,
    SwitchboardError,
    TooLarge,
    TooSlow,
    Unauthenticated,
    Unavailable,
    UnsupportedType,
)
from server.fields import FieldError, field_errors

logger = logging.getLogger(__name__)

PROBLEM_JSON = "application/problem+json"
SAFE_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
RETRY_AFTER_S = 5  # where whoever refuses does not know better
REASON_BYTES = 123  # what a socket's close frame holds
MESSAGE_TOO_BIG = 1009  # WebSockets' own code
METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")

ON_PURPOSE = (
    Unauthenticated,
    Forbidden,
    NotFound,
    TooSlow,
    Conflict,
    TooLarge,
    UnsupportedType,
    Invalid,
    RateLimited,
    SwitchboardError,
    Unavailable,
)

# status -> (code, title)
KINDS: dict[int, tuple[str, str]] = {
    **{kind.status: (kind.code, kind.title) for kind in ON_PURPOSE},
    405: ("method_not_allowed", "Method not allowed"),
}

# For refusals that come from the framework with no more than the status' own name.
SENTENCES = {
    401: "Send a valid credential in the Authorization header.",
    403: "Your credential does not allow this.",
    404: "There is nothing at this address.",
    405: "This address does not take this method; the Allow header lists those it takes.",
    413: "The request is larger than this address takes.",
    429: "Too many requests; try again after the time in Retry-After.",
    503: "A service this needs is not there right now; try again after the time in Retry-After.",
}


class Problem(BaseModel):
    """An error, in the words of RFC 9457. `code` is the last part of `type`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "/problems/invalid",
                    "title": "Invalid input",
                    "status": 422,
                    "detail": "message: Field required",
                    "request_id": "3f0c2b9e5d4a4b6f8a7c1e2d3b4a5f60",
                    "errors": [{"field": "message", "message": "Field required"}],
                }
            ]
        }
    )

    type: str = Field(description="What kind of problem: `/problems/` and a stable code")
    title: str = Field(description="The kind in words, the same each time")
    status: int = Field(description="The HTTP status")
    detail: str = Field(description="What went wrong this time and what to do")
    request_id: str = Field(description="Quote it when you ask us about this request")
    errors: list[FieldError] = Field(default=[], description="With 422: what to correct")


PROBLEM_RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {"model": Problem, "description": title}
    for status, (_, title) in sorted(KINDS.items())
    if status not in {405, 500}  # no documented operation answers these
}


def request_id_of(scope: Scope) -> str:
    """The id of a request: the caller's `X-Request-ID` where it is fit for a log, else a new one.

    It is kept in the scope's state, so the gate, routes and handlers all see the same.
    """
    state: dict[str, Any] = scope.setdefault("state", {})
    if "request_id" not in state:
        given = Headers(scope=scope).get("x-request-id", "")
        state["request_id"] = given if SAFE_REQUEST_ID.fullmatch(given) else uuid4().hex
    return str(state["request_id"])


def response_headers(scope: Scope) -> dict[str, str]:
    """Headers that the answer to a request gets, whoever gives it; the gate adds them."""
    state: dict[str, Any] = scope.setdefault("state", {})
    headers: dict[str, str] = state.setdefault("response_headers", {})
    return headers


def problem_response(
    scope: Scope,
    status: int,
    detail: str,
    *,
    kind: tuple[str, str] | None = None,
    errors: Sequence[FieldError] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Write a problem document. `kind` is code and title where the status does not say them."""
    code, title = kind or KINDS.get(status) or (f"http_{status}", "Request failed")
    problem = Problem(
        type=f"/problems/{code}",
        title=title,
        status=status,
        detail=detail,
        request_id=request_id_of(scope),
        errors=list(errors),
    )
    return Response(
        problem.model_dump_json(exclude_defaults=True),
        status,
        {**_headers_for(status), **(headers or {}), "X-Request-ID": problem.request_id},
        PROBLEM_JSON,
    )


def _headers_for(status: int) -> dict[str, str]:
    if status == HTTPStatus.UNAUTHORIZED:
        return {"WWW-Authenticate": "Bearer"}
    if status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}:
        return {"Retry-After": str(RETRY_AFTER_S)}
    if status == HTTPStatus.REQUEST_TIMEOUT:
        return {"Connection": "close"}  # the rest of the body is still to come
    return {}


def render(scope: Scope, error: SwitchboardError) -> Response:
    """The problem document of an error that was raised on purpose."""
    errors = []
    if isinstance(error, Invalid):
        reason = str(error).removeprefix(f"{error.field}: ")
        errors = [FieldError(field=error.field, message=reason)]
    retry_after_s = getattr(error, "retry_after_s", None)
    return problem_response(
        scope,
        error.status,
        str(error),
        kind=(error.code, error.title),
        errors=errors,
        headers={} if retry_after_s is None else {"Retry-After": str(retry_after_s)},
    )


def close_code(error: SwitchboardError) -> int:
    """What a socket is closed with: 4000 and the HTTP status of the same refusal, or 1009."""
    return MESSAGE_TOO_BIG if isinstance(error, TooLarge) else 4000 + error.status


def close_reason(error: SwitchboardError) -> str:
    """As much of an error's text as a close frame holds."""
    return str(error).encode()[:REASON_BYTES].decode(errors="ignore")


def install_error_handlers(app: FastAPI) -> None:
    """Answer every error of `app` with a problem document, and say so in its OpenAPI document."""
    app.exception_handler(SwitchboardError)(_on_purpose)
    app.exception_handler(RequestValidationError)(_wrong_shape)
    app.exception_handler(WebSocketRequestValidationError)(_wrong_handshake)
    app.exception_handler(HTTPException)(_refused_by_framework)
    app.exception_handler(OperationalError)(_database_gone)
    app.exception_handler(Exception)(_bug)
    describe = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _with_problem_media_type(describe())
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way


async def _on_purpose(request: Request | WebSocket, error: SwitchboardError) -> Response | None:
    if isinstance(request, WebSocket):
        await request.close(close_code(error), close_reason(error))
        return None
    return render(request.scope, error)


async def _wrong_shape(request: Request, error: RequestValidationError) -> Response:
    errors = field_errors(error)
    detail = f"{errors[0].field}: {errors[0].message}"
    if len(errors) > 1:
        detail += f" (and {len(errors) - 1} more under `errors`)"
    return problem_response(request.scope, 422, detail, errors=errors)


async def _wrong_handshake(socket: WebSocket, error: WebSocketRequestValidationError) -> None:
    fields = ", ".join(item.field for item in field_errors(error))
    await socket.close(close_code(Invalid("", "")), f"{fields}: not valid"[:REASON_BYTES])


async def _refused_by_framework(request: Request, error: HTTPException) -> Response:
    status, headers = error.status_code, dict(error.headers or {})
    if status < HTTPStatus.BAD_REQUEST:  # a redirect raised as an exception
        return Response(status_code=status, headers=headers)
    if status == HTTPStatus.BAD_REQUEST:  # how FastAPI and LangServe say they could not read it
        return render(request.scope, Invalid("body", "could not be read; check its format"))
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = _allowed_methods(request) or headers.get("Allow", "")
    is_only_the_phrase = error.detail == responses.get(status)
    detail = SENTENCES.get(status, error.detail) if is_only_the_phrase else str(error.detail)
    errors = [FieldError(field="body", message=detail)] if status == 422 else []
    return problem_response(request.scope, status, detail, errors=errors, headers=headers)


def _allowed_methods(request: Request) -> str:
    """All methods of an address; the framework names those of the first of its routes only."""

    def takes(method: str) -> bool:
        scope = {**request.scope, "method": method, "path_params": {}}
        return any(route.matches(scope)[0] is Match.FULL for route in request.app.router.routes)

    return ", ".join(filter(takes, METHODS))


async def _database_gone(request: Request | WebSocket, error: OperationalError) -> Response | None:
    """No connection, a lost one, or a restart in the middle of a statement."""
    extra = {"request_id": request_id_of(request.scope)}
    logger.warning("database_gone", exc_info=error, extra=extra)
    gone = Unavailable("the database does not answer; try again later")
    return await _on_purpose(request, gone)


async def _bug(request: Request, error: Exception) -> Response:
    extra = {"request_id": request_id_of(request.scope)}
    logger.error("request failed", exc_info=error, extra=extra)
    return problem_response(request.scope, 500, "Something went wrong on our side.")


def _with_problem_media_type(document: dict[str, Any]) -> dict[str, Any]:
    """FastAPI files every model under the route's own media type; problems have theirs."""
    operations = (op for path in document.get("paths", {}).values() for op in path.values())
    for operation in operations:
        for response in operation.get("responses", {}).values():
            content = response.get("content", {})
            for media_type in list(content):
                reference = content[media_type].get("schema", {}).get("$ref", "")
                if reference.endswith(f"/{Problem.__name__}"):
                    content[PROBLEM_JSON] = content.pop(media_type)
    return document
