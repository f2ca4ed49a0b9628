"""One step of the offline engine: from the facts and what is known so far to the next move.

A pure function. The engine is called again after every round of tools, each time with all the
results of the turn, and finds its place from them; nothing is kept between calls but `memory`,
which outlives the turn.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from agents.extract import KNOWLEDGE_THRESHOLD, grounded_answer
from agents.facts import Clause, Facts
from agents.memory import after_turn, parked, waiting_specialist, without_waiting
from agents.moves import Ask, Move, Result, answer_to
from agents.naming import refers_back
from agents.phrases import phrase
from agents.play import play
from agents.playbook import Playbook
from agents.slots import OPEN_KINDS, find_slot

__all__ = ["KNOWLEDGE_THRESHOLD", "Ask", "Move", "Result", "next_move"]

CHANGED_SUBJECT = 0.75  # an intent as sure as this ends the playbook that waits for a detail
UNSURE = 0.35  # below it an intent is a guess, and nothing is done for a guess
MOST_CLAUSES = 2  # questions answered in one message
PEOPLE = "handoff"  # the "specialist" of a clause that asks for a person
MOST_QUERY_CHARS = 500

GIVEN_UP = re.compile(
    r"\W*(?:(?:ok(?:ay)?|no|oh|sorry|actually|thanks|well)[,. ]+)*(?:never ?mind|forget (?:it|that"
    r"|about it)|leave it|drop it|not any ?more|no thanks?|no thank you|doesn'?t matter|skip it"
    r"|i changed my mind|stop|cancel(?: that| this)?)\W*(?:thanks?|thank you|then|please)?\W*",
    re.IGNORECASE,
)


def next_move(facts: Facts, playbooks: Mapping[str, Playbook], results: Sequence[Result]) -> Move:
    """The engine's next move in this turn.

    Args:
        facts: the turn, as classified.
        playbooks: the tenant's playbooks by intent.
        results: what the tools answered so far in this turn, in order.
    """
    move = _move(facts, playbooks, tuple(results))
    return move if move.transfer else replace(move, memory=after_turn(move.memory))


def _move(facts: Facts, playbooks: Mapping[str, Playbook], results: tuple[Result, ...]) -> Move:
    waiting = _waiting(facts, playbooks)
    if waiting:
        move = _go_on(waiting, facts, results)
        if not (move.unanswered and _moved_on(waiting, facts)):
            return move
    memory = dict(facts.memory)
    if memory.get("playbook") and not memory.get("fresh"):
        memory = parked(memory)
    if any(c.specialist == PEOPLE and c.confidence >= UNSURE for c in facts.clauses):
        return Move(hand_over="human_requested", memory=memory)
    return _answer_all(facts, playbooks, results, memory)


def _answer_all(
    facts: Facts,
    playbooks: Mapping[str, Playbook],
    results: tuple[Result, ...],
    memory: dict[str, Any],
) -> Move:
    """Every question of the message that is this specialist's; then the next one's turn."""
    left = _left(facts)
    mine = _mine(left, facts)
    texts: list[str] = []
    for clause in mine:
        playbook, owner = _chosen(clause, facts, playbooks, memory)
        if owner != facts.specialist:
            passed = [c.intent for c in left]
            why = f"the customer asks about {clause.intent}"
            return Move(transfer=(owner, why), memory={**memory, "passed": passed})
        move = (
            _play(playbook, clause, facts, results, memory)
            if playbook
            else _look_up(clause.text, results, memory)
        )
        if move.calls or move.hand_over:
            return move
        memory = move.memory
        texts.append(move.text)
    transfer = _elsewhere(left, mine)
    memory = {**after_turn(memory), "fresh": "playbook" in memory}
    text = "\n\n".join(dict.fromkeys(filter(None, texts)))
    return Move(text=text, transfer=transfer, memory=memory)


def _left(facts: Facts) -> list[Clause]:
    """The clauses that nobody has answered yet."""
    done = facts.done - set(facts.memory.get("passed", ()))
    return [c for c in facts.clauses[:MOST_CLAUSES] if c.intent not in done]


def _mine(left: Sequence[Clause], facts: Facts) -> list[Clause]:
    """The clauses for this specialist; the first one where none is."""
    mine = [c for c in left if c.specialist == facts.specialist]
    sure = [c for c in mine if c.confidence >= UNSURE]
    return sure or mine[:1] or list(left[:1])


def _elsewhere(left: Sequence[Clause], answered: Sequence[Clause]) -> tuple[str, str] | None:
    """Another specialist whose clause is still open, and why."""
    intents = {c.intent for c in answered}
    for clause in left:
        if clause.intent not in intents and clause.confidence >= UNSURE:
            return clause.specialist, f"the customer also asks about {clause.intent}"
    return None


def _chosen(
    clause: Clause, facts: Facts, playbooks: Mapping[str, Playbook], memory: Mapping[str, Any]
) -> tuple[Playbook | None, str]:
    """The playbook for a clause and whose it is.

    What is too short to be understood by itself continues the last topic; nothing else is played
    for a guess.
    """
    if clause.confidence >= UNSURE:
        return playbooks.get(clause.intent), clause.specialist
    topic = memory.get("topic", {})
    last = next((p for p in playbooks.values() if p.name == topic.get("playbook")), None)
    if last and refers_back(clause.text):
        return last, topic["specialist"]
    return None, facts.specialist


def _waiting(facts: Facts, playbooks: Mapping[str, Playbook]) -> Playbook | None:
    """The playbook that asked for a detail, unless the customer has changed the subject."""
    memory = facts.memory
    waiting = next((p for p in playbooks.values() if p.name == memory.get("playbook")), None)
    if waiting is None or memory.get("fresh"):
        return None
    slot = next((s for s in waiting.slots if s.name == memory.get("asked")), None)
    if slot is None:
        return None
    answered = find_slot(slot.kind, facts.text, asked=True, of=slot.of) is not None
    if slot.kind in OPEN_KINDS:
        answered = "?" not in facts.text
    to_try = slot.reads_the_message
    return waiting if answered or to_try or not _moved_on(waiting, facts) else None


def _moved_on(waiting: Playbook, facts: Facts) -> bool:
    surest = max(facts.clauses, key=lambda c: c.confidence, default=None)
    return (
        surest is not None
        and surest.intent not in waiting.intents
        and surest.confidence >= CHANGED_SUBJECT
    )


def _go_on(waiting: Playbook, facts: Facts, results: tuple[Result, ...]) -> Move:
    """The message is taken as the answer to what the playbook asked."""
    memory = dict(facts.memory)
    if GIVEN_UP.fullmatch(facts.text):
        return Move(text=phrase("left"), memory=without_waiting(memory))
    owner = waiting_specialist(memory) or facts.specialist
    if owner != facts.specialist:
        passed = [c.intent for c in facts.clauses]
        why = f"it is the answer to {waiting.name}"
        return Move(transfer=(owner, why), memory={**memory, "passed": passed})
    answer = Clause(facts.text, "", owner, account=True, confidence=1.0)
    return _play(waiting, answer, facts, results, memory)


def _play(
    playbook: Playbook,
    clause: Clause,
    facts: Facts,
    results: tuple[Result, ...],
    memory: dict[str, Any],
) -> Move:
    if not playbook.verify or facts.identity == "verified":
        return play(playbook, facts, clause.text, results, memory, clause.intent)
    ask = _search(clause.text)
    found = answer_to(ask, results)
    if found is None:
        return Move(calls=(ask,), memory=memory)
    parts = [phrase("unverified")]
    if general := grounded_answer(found.value, clause.text):
        parts += [f"{phrase('general_answer')} {general}"]
    return Move(text="\n\n".join(parts), memory=memory)


def _look_up(text: str, results: tuple[Result, ...], memory: dict[str, Any]) -> Move:
    """No playbook: the knowledge base answers, or asks once for more, or a person does."""
    ask = _search(text)
    found = answer_to(ask, results)
    if found is None:
        return Move(calls=(ask,), memory=memory)
    if answer := grounded_answer(found.value, text):
        kept = {key: value for key, value in memory.items() if key != "nothing_found"}
        return Move(text=answer, memory=kept)
    if memory.get("nothing_found"):
        return Move(hand_over="data_gap", memory=memory)
    return Move(text=phrase("ask_again"), memory={**memory, "nothing_found": True})


def _search(text: str) -> Ask:
    return Ask("knowledge_search", {"query": text[:MOST_QUERY_CHARS]})
