"""What a customer can truly be told of how long it takes. Pure rules."""

import math

from data.waits import Standing

FEWEST_KNOWN = 5  # of fewer waits nothing follows
MOST_PEOPLE = 0.8  # the share of customers that "most" stands for


def likely_wait_s(standing: Standing) -> int | None:
    """How long most people have waited lately; None where nothing can honestly be said.

    Whoever is ahead and has waited longer than that shows that today it takes longer. With
    nobody at work what was says nothing of what will be.

    >>> likely_wait_s(Standing(0, 0.0, [60.0, 60.0, 90.0, 120.0, 600.0], at_work=1))
    120
    >>> likely_wait_s(Standing(1, 900.0, [60.0] * 5, at_work=1))
    900
    >>> likely_wait_s(Standing(0, 0.0, [60.0] * 4, at_work=1)) is None
    True
    >>> likely_wait_s(Standing(0, 0.0, [60.0] * 5, at_work=0)) is None
    True
    """
    known = sorted(standing.recent_s)
    if len(known) < FEWEST_KNOWN or not standing.at_work:
        return None
    usual = known[math.ceil(MOST_PEOPLE * len(known)) - 1]
    return math.ceil(max(usual, standing.oldest_s))


def in_words(seconds: int) -> str:
    """A length of time, never rounded down.

    >>> [in_words(s) for s in (20, 61, 11 * 60, 3700, 90_000)]
    ['a minute', '2 minutes', '15 minutes', '2 hours', '2 days']
    """
    minutes = max(1, math.ceil(seconds / 60))
    if minutes > 10:
        minutes = math.ceil(minutes / 5) * 5
    if minutes > 24 * 60:
        return f"{math.ceil(minutes / (24 * 60))} days"
    if minutes > 60:
        return f"{math.ceil(minutes / 60)} hours"
    return "a minute" if minutes == 1 else f"{minutes} minutes"
