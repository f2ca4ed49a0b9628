"""Tables of what the sentiment eval found."""

from collections.abc import Mapping

from rich.table import Table

from evals.measures import Measures


def measures_table(measured: Mapping[str, Measures]) -> Table:
    """A row for each set; confusion as rows of right labels, negative first."""
    table = Table("set", "n", "accuracy", "macro-F1", "calibration error", "confusion")
    for name, found in measured.items():
        confusion = " / ".join(" ".join(map(str, row)) for row in found.confusion)
        figures = map(str, (found.accuracy, found.macro_f1, found.calibration_error))
        table.add_row(name, str(found.count), *figures, confusion)
    return table
