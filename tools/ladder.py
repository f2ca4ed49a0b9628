"""How long people may take, and what happens when they take longer. Pure rules.

A claim runs out without a sign of life; the conversation is back in the queue, and while nobody
takes it, it climbs: whoever had it is reminded, it is offered to somebody else, whoever is in
charge is told and it becomes urgent, and at last the customer is told the truth. The same ladder
begins when nobody took a new one in time. Where people stay away altogether it expires.
"""

from collections.abc import Mapping
from datetime import timedelta
from enum import IntEnum
from typing import Any

CLAIM_LIFE = timedelta(minutes=2)  # a console gives a sign of life every 30 seconds
LONGEST_SNOOZE = timedelta(days=30)

ANSWER_WITHIN_S = {"high": 5 * 60, "medium": 30 * 60, "low": 2 * 60 * 60}
"""How long a new handoff may wait, by its priority, where the tenant says nothing else."""

SETTING = "handoff_minutes"  # of a tenant: a mapping such as {high: 5, medium: 30, low: 120}
LONGEST_MINUTES = 7 * 24 * 60

EXPIRES = "expires"  # among a tenant's `handoff_minutes`: how long nobody may take one at all
EXPIRES_AFTER = timedelta(days=3)  # a weekend and a day: a company that is closed is not away
LONGEST_LIFE = timedelta(days=30)
TOLD_BEFORE = timedelta(minutes=30)  # that nobody comes is never news within minutes of "it takes"


class Rung(IntEnum):
    """Where a handoff that nobody has stands."""

    WAITS = 0
    REMINDED = 1
    REASSIGNED = 2
    SUPERVISOR = 3
    CUSTOMER_TOLD = 4


PATIENCE = {
    Rung.REMINDED: timedelta(minutes=2),
    Rung.REASSIGNED: timedelta(minutes=3),
    Rung.SUPERVISOR: timedelta(minutes=5),
}
"""How long a handoff stays on a rung before it climbs to the next."""


def rung_after(rung: int) -> Rung | None:
    """The next step up; None at the top.

    >>> rung_after(0).name, rung_after(Rung.CUSTOMER_TOLD)
    ('REMINDED', None)
    """
    return Rung(rung + 1) if rung < Rung.CUSTOMER_TOLD else None


def priority_on(rung: Rung, priority: str) -> str:
    """What those in charge have to be told of does not wait behind others.

    >>> priority_on(Rung.REMINDED, "low"), priority_on(Rung.SUPERVISOR, "low")
    ('low', 'high')
    """
    return "high" if rung >= Rung.SUPERVISOR else priority


def least_busy(loads: Mapping[str, int], *, without: str | None) -> str | None:
    """Who at work has the fewest conversations, whoever let it lie left out.

    >>> least_busy({"a": 2, "b": 1, "c": 0}, without="c")
    'b'
    >>> least_busy({"a": 2}, without="a") is None
    True
    """
    others = [(load, who) for who, load in loads.items() if who != without]
    return min(others)[1] if others else None


def answer_within_s(priority: str, said: Mapping[str, Any]) -> int:
    """How long a handoff may wait in this company; what cannot be read counts as not said.

    >>> answer_within_s("high", {"handoff_minutes": {"high": 2}})
    120
    >>> answer_within_s("low", {"handoff_minutes": {"low": "soon"}})
    7200
    """
    minutes = _minutes(said, priority, LONGEST_MINUTES)
    return ANSWER_WITHIN_S[priority] if minutes is None else round(minutes * 60)


def expires_after(said: Mapping[str, Any]) -> timedelta:
    """How long a handoff waits in this company for somebody to take it before it expires.

    >>> expires_after({"handoff_minutes": {"expires": 90}})
    datetime.timedelta(seconds=5400)
    >>> expires_after({"handoff_minutes": {"expires": 0}}).days
    3
    """
    minutes = _minutes(said, EXPIRES, LONGEST_LIFE / timedelta(minutes=1))
    return EXPIRES_AFTER if minutes is None else timedelta(minutes=minutes)


def _minutes(said: Mapping[str, Any], name: str, most: float) -> float | None:
    given = said.get(SETTING)
    minutes = given.get(name) if isinstance(given, Mapping) else None
    if not isinstance(minutes, int | float) or isinstance(minutes, bool):
        return None
    return minutes if 0 < minutes <= most else None
