"""Opaque cursors of lists."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Annotated, Any, TypeVar
from uuid import UUID

from fastapi import Query

from data.errors import Invalid
from server.payload import HIGHEST, check_text

T = TypeVar("T")

WRITTEN_OUT: dict[type, Callable[[str], Any]] = {
    datetime: datetime.fromisoformat,
    date: date.fromisoformat,
    UUID: UUID,
}

Limit = Annotated[int, Query(ge=1, le=100)]
Cursor = Annotated[str | None, Query(max_length=400, description="`next` of the page before")]


def cursor_of(*place: Any) -> str:
    """Where a page ended; times and days are written out."""
    text = json.dumps(place, default=str)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def page_of(
    found: Sequence[T], limit: int, place: Callable[[T], tuple[Any, ...]]
) -> tuple[Sequence[T], str | None]:
    """The page, and the cursor of the next one if there is one.

    Args:
        found: `limit` + 1 rows, or fewer where the list ends.
        limit: how many the caller wants.
        place: where a row stands in the list.
    """
    page = found[:limit]
    return page, cursor_of(*place(page[-1])) if len(found) > limit else None


def place_in(cursor: str | None, *kinds: type) -> tuple[Any, ...] | None:
    """What `cursor_of` was given, each of the expected type; None without a cursor.

    Raises:
        Invalid: it is not one of ours.
    """
    if cursor is None:
        return None
    try:
        place = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError) as error:
        raise bad_cursor() from error
    fits = isinstance(place, list) and len(place) == len(kinds)
    if not fits or not all(map(_usable, place, kinds)):
        raise bad_cursor()
    return tuple(map(_read, place, kinds))


def moment_and_id(cursor: str | None) -> tuple[datetime, UUID] | None:
    """The place in a list that is ordered by time, and by id where times are the same.

    Raises:
        Invalid: it is not one of ours.
    """
    place = place_in(cursor, str, str)
    if place is None:
        return None
    try:
        return datetime.fromisoformat(place[0]), UUID(place[1])
    except ValueError as error:
        raise bad_cursor() from error


def bad_cursor() -> Invalid:
    """What is said of every cursor that no list made."""
    return Invalid("cursor", "is not one that a list returned")


def _usable(part: Any, kind: type) -> bool:
    """Whether a part may go into a query: a made-up cursor came past the gate's own checks."""
    if type(part) is not (str if kind in WRITTEN_OUT else kind):
        return False
    if isinstance(part, str):
        try:
            check_text(part, "cursor")
        except Invalid:
            return False
    return not isinstance(part, int) or abs(part) <= HIGHEST


def _read(part: Any, kind: type) -> Any:
    if kind not in WRITTEN_OUT:
        return part
    try:
        return WRITTEN_OUT[kind](part)
    except ValueError as error:
        raise bad_cursor() from error
