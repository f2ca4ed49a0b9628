"""Canned responses: what stands in double braces is filled in from the conversation.

Nothing is guessed: what is not known stays as it is written, is shown to the operator, and is
never sent.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from data import canned
from data.canned import NewCannedResponse
from data.db import Connection
from data.scope import Scope
from tools.operation import Change, Effect, operation

VARIABLE = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
HALF = re.compile(r"\{\{\s*([^\s{}]*)|([^\s{}]*)\s*\}\}")  # one that was not closed, or not opened


@dataclass(frozen=True, slots=True)
class Filled:
    """A text with what is known filled in; `missing` are the variables that are not."""

    text: str
    missing: tuple[str, ...]


def fill(text: str, values: Mapping[str, str]) -> Filled:
    """Put the values in. What a value says is never looked at again.

    >>> fill("Hi {{customer.name}}, order {{ order.id }}", {"customer.name": "Ann"})
    Filled(text='Hi Ann, order {{ order.id }}', missing=('order.id',))
    >>> fill("Hi {{customer.name", {"customer.name": "Ann"}).missing
    ('customer.name',)
    """
    missing: dict[str, None] = {}

    def put(found: re.Match[str]) -> str:
        if value := values.get(found[1]):
            return value
        missing[found[1]] = None
        return found[0]

    filled = VARIABLE.sub(put, text)
    halves = HALF.finditer(VARIABLE.sub(" ", text))
    return Filled(filled, tuple({**missing, **{half[1] or half[2] or "": None for half in halves}}))


def variables_of(known: Mapping[str, Any]) -> dict[str, str]:
    """The values by their names, `order.id` for the `id` of `order`; what is empty is left out.

    >>> variables_of({"customer": {"name": "Ann", "phone": None}, "order": None})
    {'customer.name': 'Ann'}
    """
    return {
        f"{noun}.{field}": str(value)
        for noun, fields in known.items()
        for field, value in (fields or {}).items()
        if value not in (None, "")
    }


@operation(Effect.WRITE, writes=("canned_responses",))
async def add_canned_response(db: Connection, scope: Scope, new: NewCannedResponse) -> Change:
    """Add one.

    Raises:
        Conflict: the tenant has one of that shortcut.
    """
    return Change(None, await canned.add_canned(db, scope.tenant, new))


@operation(Effect.WRITE, writes=("canned_responses",))
async def delete_canned_response(db: Connection, scope: Scope, canned_id: int) -> Change:
    """Take one away.

    Raises:
        NotFound: the tenant has none of that id.
    """
    await canned.delete_canned(db, scope.tenant, canned_id)
    return Change({"id": canned_id}, {"id": canned_id, "deleted": True})
