"""What a message is that follows a question of ours: its answer, another subject, or an aside.

Pure functions.
"""

from collections.abc import Mapping

from agents.cues import asks
from agents.facts import Clause, Facts
from agents.playbook import Playbook, Slot
from agents.slots import OPEN_KINDS, find_slot
from agents.topic import CHANGED_SUBJECT


def is_usable(slot: Slot, waiting: Playbook, facts: Facts, *, moved_on: bool) -> bool:
    """Whether a message may be the answer to a slot, or has another detail that is needed."""
    if slot.kind == "time" and asks(facts.text):
        return find_slot("time", facts.text, asked=False) is not None
    if slot.kind in OPEN_KINDS:
        return not (moved_on and asks(facts.text))
    if find_slot(slot.kind, facts.text, asked=True, of=slot.of) or slot.reads_the_message:
        return True
    open_ones = (s for s in waiting.slots if s.name not in facts.memory.get("slots", {}))
    return any(
        find_slot(s.kind, facts.text, asked=False, of=s.of)
        for s in open_ones
        if s.kind not in OPEN_KINDS
    )


def surest(facts: Facts) -> Clause | None:
    """The clause that is understood best."""
    return max(facts.clauses, key=lambda c: c.confidence, default=None)


def moved_on(waiting: Playbook, facts: Facts, playbooks: Mapping[str, Playbook]) -> bool:
    """Whether it is surely about something else: to be done, or to be answered."""
    best = surest(facts)
    return (
        best is not None
        and best.intent not in waiting.intents
        and best.confidence >= CHANGED_SUBJECT
        and (best.intent in playbooks or asks(facts.text))
    )


def is_aside(facts: Facts, playbooks: Mapping[str, Playbook]) -> bool:
    """Whether it is a question for the articles: no playbook answers it without asking back."""
    best = surest(facts)
    own = playbooks.get(best.intent) if best else None
    if not asks(facts.text):
        return False
    if own is None or (own.verify and facts.identity != "verified"):
        return True
    return not own.verify and any(not s.optional for s in own.slots)
