"""Tables of what the sentiment eval found."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from rich.table import Table

from evals.measures import Measures, Told


class Named(Protocol):
    """A case as far as a table shows it."""

    id: str
    messages: list[str]


def measures_table(measured: Mapping[str, Measures]) -> Table:
    """A row for each set; confusion as rows of right labels, negative first."""
    table = Table("set", "n", "accuracy", "macro-F1", "calibration error", "confusion")
    for name, found in measured.items():
        confusion = " / ".join(" ".join(map(str, row)) for row in found.confusion)
        figures = map(str, (found.accuracy, found.macro_f1, found.calibration_error))
        table.add_row(name, str(found.count), *figures, confusion)
    return table


def misses_table(cases: Sequence[Named], told: Sequence[Told]) -> Table:
    """Every case whose label was told wrongly."""
    table = Table("case", "right", "told", "confidence", "messages")
    for case, each in zip(cases, told, strict=True):
        if each.right != each.said:
            said = " ▸ ".join(case.messages)
            table.add_row(case.id, each.right, each.said, f"{each.confidence:.2f}", said)
    return table
