"""Frames from clients: read, and refused where they are none."""

from typing import Annotated, Any, Literal

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, StrictBool, TypeAdapter, ValidationError

from data.errors import Invalid, TooLarge
from server.doors import Content, SafeId
from server.fields import field_errors
from server.gate import MOST_FRAME_BYTES
from server.payload import check_json

MOST_DEPTH = 4
MOST_VALUES = 20


class _Frame(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Say(_Frame):
    """Words for the other side. With a `message_id` they are stored once, however often sent."""

    type: Literal["message"]
    content: Content
    message_id: SafeId | None = None


class Typing(_Frame):
    type: Literal["typing"]
    on: StrictBool


class Seen(_Frame):
    """Everything up to `seq` was looked at."""

    type: Literal["seen"]
    seq: Annotated[int, Field(strict=True, ge=0, le=2**62)]


class Watch(_Frame):
    """Follow this conversation from now on, or from `after`, and no other; null: none."""

    type: Literal["watch"]
    conversation_id: SafeId | None
    after: Annotated[int, Field(strict=True, ge=0, le=2**62)] | None = None


ClientFrame = Say | Typing | Seen | Watch
_CLIENT_FRAME: TypeAdapter[ClientFrame] = TypeAdapter(
    Annotated[ClientFrame, Field(discriminator="type")]
)


def read_frame(raw: str) -> ClientFrame:
    """What a client sent.

    Raises:
        TooLarge: it is longer than MOST_FRAME_BYTES.
        Invalid: it is no JSON, or not one of the frames that clients send.
    """
    body = raw.encode(errors="surrogatepass")
    if len(body) > MOST_FRAME_BYTES:
        raise TooLarge(f"frame: longer than {MOST_FRAME_BYTES} bytes")
    check_json(body, max_depth=MOST_DEPTH, max_values=MOST_VALUES)
    try:
        return _CLIENT_FRAME.validate_json(body)
    except ValidationError as error:
        first = field_errors(RequestValidationError(_below_type(error)))[0]
        raise Invalid(first.field, first.message) from None


def _below_type(error: ValidationError) -> list[Any]:
    """Errors without the tag of the union, which is no part of the client's path."""
    return [{**each, "loc": ("body", *each["loc"][1:])} for each in error.errors()]
