"""What is different between two moments of the database, and whether it is what was expected."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from data.business import Row
from evals.scripts import RowChange

Snapshot = Mapping[str, Mapping[str, Sequence[Row]]]
"""The rows by tenant and table."""

STAMPS = frozenset({"created_at", "updated_at"})  # a touched row that says the same is the same


@dataclass(frozen=True, slots=True)
class Difference:
    """`before` is None of a created row, `after` of one that is gone."""

    tenant: str
    table: str
    id: Any
    before: Row | None
    after: Row | None

    @property
    def kind(self) -> Literal["created", "changed", "removed"]:
        if self.before is None:
            return "created"
        return "removed" if self.after is None else "changed"

    def __str__(self) -> str:
        row = self.after or self.before or {}
        names = [n for n in row if n not in STAMPS | {"tenant", "id"} and row[n] is not None]
        if self.before and self.after:
            names = [n for n in names if self.before.get(n) != self.after.get(n)]
        values = ", ".join(f"{n}: {str(row[n])[:60]}" for n in names)
        return f"{self.kind} {self.table} {self.id} of {self.tenant} ({values})"


def differences(before: Snapshot, after: Snapshot) -> list[Difference]:
    """Every row that was created, changed or removed; rows that merely were touched are not."""
    return [
        Difference(tenant, table, number, old.get(number), new.get(number))
        for tenant, tables in before.items()
        for table in tables
        for old, new in [(_by_id(before[tenant][table]), _by_id(after[tenant][table]))]
        for number in [*old, *(n for n in new if n not in old)]
        if _said(old.get(number)) != _said(new.get(number))
    ]


def unmet(
    expected: Sequence[RowChange], found: Sequence[Difference], tenant: str
) -> Iterator[tuple[Literal["missing_row", "foreign_row"], str]]:
    """Expected differences that are not there, then those that nobody expected.

    Every difference meets one expectation: a row that is created twice has to be expected twice.
    """
    left = list(found)
    for change in sorted(expected, key=lambda each: each.optional):
        met = next((each for each in left if _meets(each, change, tenant)), None)
        if met:
            left.remove(met)
        elif not change.optional:
            yield "missing_row", f"nothing {_shown(change)}"
    for each in left:
        yield "foreign_row", str(each)


def _meets(found: Difference, change: RowChange, tenant: str) -> bool:
    row = found.after
    return (
        row is not None
        and found.tenant == tenant
        and found.table == change.table
        and found.kind == ("created" if change.created else "changed")
        and change.id in {None, found.id}
        and all(name in row and _like(row[name], want) for name, want in change.columns.items())
    )


def _like(value: Any, wanted: Any) -> bool:
    if isinstance(wanted, list):
        return any(_like(value, each) for each in wanted)
    if isinstance(wanted, str) and len(wanted) > 2 and wanted[0] == wanted[-1] == "/":
        return value is not None and bool(re.search(wanted[1:-1], str(value), re.IGNORECASE))
    if isinstance(wanted, str) and isinstance(value, str):
        return value.casefold() == wanted.casefold()
    return bool(value == wanted)


def _shown(change: RowChange) -> str:
    what = "created in" if change.created else "changed in"
    which = f" {change.id}" if change.id is not None else ""
    return f"{what} {change.table}{which} with {change.columns or 'anything'}"


def _by_id(rows: Sequence[Row]) -> dict[Any, Row]:
    return {row["id"]: row for row in rows}


def _said(row: Row | None) -> Row | None:
    return row and {name: value for name, value in row.items() if name not in STAMPS}
