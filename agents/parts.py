"""Which questions of a message are whose. Pure functions."""

from collections.abc import Sequence

from agents.facts import Clause, Facts
from agents.topic import is_sure

MOST_CLAUSES = 2  # questions answered in one message


def unanswered_in(facts: Facts) -> list[Clause]:
    """The clauses that nobody has answered yet."""
    done = facts.done - set(facts.memory.get("passed", ()))
    return [c for c in facts.clauses[:MOST_CLAUSES] if c.intent not in done]


def own_of(left: Sequence[Clause], facts: Facts) -> list[Clause]:
    """The clauses for this specialist; the first one where none is."""
    mine = [c for c in left if c.specialist == facts.specialist]
    sure = [c for c in mine if is_sure(c)]
    return sure or mine[:1] or list(left[:1])


def others_of(left: Sequence[Clause], answered: Sequence[Clause]) -> tuple[str, str] | None:
    """Another specialist whose clause is still open, and why."""
    intents = {c.intent for c in answered}
    for clause in left:
        if clause.intent not in intents and is_sure(clause):
            return clause.specialist, f"the customer also asks about {clause.intent}"
    return None
