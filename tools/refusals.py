"""How often operations were refused: an alarm's best source, and something to export."""

from collections import Counter
from dataclasses import dataclass, field

from data.scope import Role


@dataclass(frozen=True, slots=True)
class Refusals:
    """Counts of one process, by (operation, role, error code)."""

    counts: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    def add(self, operation: str, role: Role, code: str) -> None:
        """Count one more."""
        self.counts[operation, role.value, code] += 1
