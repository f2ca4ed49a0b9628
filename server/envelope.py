"""What LangServe leaves unchecked in the envelope around our input, where it would answer 500.

`config: null` and inputs of a batch that are no list, or do not fit, fail inside LangServe as
plain Python errors; a misspelt key it would not notice. The routes of `add_routes` take this as a
dependency.
"""

from collections.abc import Awaitable, Callable
from json import JSONDecodeError
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError

from data.errors import Invalid

MAX_INPUTS = 100  # one batch; each is a whole turn
SENT_BY_CLIENTS = frozenset({"config", "kwargs"})  # by RemoteRunnable, always
KEYS = {
    "invoke": SENT_BY_CLIENTS | {"input"},
    "stream": SENT_BY_CLIENTS | {"input"},
    "batch": SENT_BY_CLIENTS | {"inputs"},
}
"""What a body may hold, by the address's last part; the developers' endpoints take more."""


def check_envelope(input_model: type[BaseModel]) -> Callable[[Request], Awaitable[None]]:
    """Make the dependency: `add_routes(..., dependencies=[Depends(check_envelope(Input))])`.

    What it raises: `Invalid` or `RequestValidationError`, naming the path from the body's root.
    """

    async def check(request: Request) -> None:
        if request.method != "POST":
            return
        try:
            body = await request.json()  # kept by the request, so LangServe parses no second time
        except JSONDecodeError:
            raise Invalid("body", "is empty; send a JSON object") from None
        if isinstance(body, dict):
            _check_keys(body, request.url.path.rpartition("/")[2])
            _check(body, input_model)

    return check


def _check_keys(body: dict[str, Any], endpoint: str) -> None:
    unknown = body.keys() - KEYS.get(endpoint, body.keys())
    if unknown:
        error = {"type": "extra_forbidden", "msg": "Extra inputs are not permitted"}
        found = [{**error, "loc": ("body", key)} for key in sorted(unknown)]
        raise RequestValidationError(found, body=body)


def _check(body: dict[str, Any], input_model: type[BaseModel]) -> None:
    if body.get("config", {}) is None:
        raise Invalid("config", "must be an object; leave it out when there is nothing to set")
    if "inputs" not in body:
        return
    inputs = body["inputs"]
    if not isinstance(inputs, list) or len(inputs) > MAX_INPUTS:
        raise Invalid("inputs", f"must be a list of at most {MAX_INPUTS}")
    for index, item in enumerate(inputs):
        try:
            input_model.model_validate(item)
        except ValidationError as error:
            found = [{**e, "loc": ("body", "inputs", index, *e["loc"])} for e in error.errors()]
            raise RequestValidationError(found, body=body) from None
