"""The facts of one turn, as data: what an engine may rely on besides the messages.

The offline engine works from these alone. A provider's model is never given them; it gets the
parts it may see in its prompt.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

UNSURE = 0.35  # below it an intent is a guess, and nothing is done for a guess

SETTINGS = frozenset({"limits", "cors_origins", "default_tone", "tones", "handoff_minutes"})
"""What a tenant's settings say of the service, not of the company."""


def told_by(company: Mapping[str, Any]) -> list[str]:
    """What a company says of itself, for everybody to be told, each with its name.

    >>> told_by({"refund_days": 30, "limits": {"chat": "30/minute"}})
    ['refund_days: 30']
    """
    return [f"{name}: {said}" for name, said in company.items() if name not in SETTINGS]


@dataclass(frozen=True, slots=True)
class Clause:
    """One question of the customer's message. `confidence` is 0..1 and the intent's.

    `likely` are the intents it may have, best first, and whose they are. `outside`, 0..1, is how
    likely it is nobody's matter. `ready`: the curated answer that fits it, with its `content`,
    `title`, `source` and `score`.
    """

    text: str
    intent: str
    specialist: str
    account: bool
    confidence: float
    likely: Mapping[str, str] = field(default_factory=dict)
    outside: float = 0.0
    ready: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """`specialist` is the one at work; `memory` what the engine kept from earlier turns."""

    specialist: str
    text: str
    clauses: tuple[Clause, ...]
    identity: str
    customer: dict[str, Any] | None
    memory: dict[str, Any]
    tone: str
    company: dict[str, Any]
    done: frozenset[str] = field(default_factory=frozenset)
    """Intents that another specialist has answered in this turn."""
    people_said: tuple[str, ...] = ()
    """What people told the customer before they handed the conversation back, oldest first."""
    hand_back: str | None = None
    """What they noted for the assistant then; never for the customer."""
    shown: Mapping[str, Any] | None = None
    """The call that the customer has just shown a one-time code for, and what it is in words."""
    today: date = field(default_factory=lambda: datetime.now(UTC).date())
