"""One step of the offline engine: from the facts and what is known so far to the next move.

A pure function. The engine is called again after every round of tools, each time with all the
results of the turn, and finds its place from them; nothing is kept between calls but `memory`,
which outlives the turn.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from agents.clarify import picked
from agents.cues import asks, gives_up, goes_back, only_asks_on, was_in_vain
from agents.facts import Clause, Facts
from agents.lookup import (
    answer_in_articles,
    answer_in_passing,
    answer_without_account,
    look_up,
)
from agents.memory import FEW_WORDS, after_turn, parked, waiting_specialist, without_waiting
from agents.moves import Ask, Move, Result
from agents.phrases import phrase
from agents.play import first_line, play
from agents.playbook import ALWAYS, Playbook
from agents.replies import is_aside, is_usable, moved_on
from agents.slots import OPEN_KINDS
from agents.topic import CHANGED_SUBJECT, PEOPLE, chosen, goes_on, is_open, is_sure, is_weak
from tools.confirmation import says_no, says_yes
from tools.gaps import KNOWLEDGE_THRESHOLD

__all__ = ["KNOWLEDGE_THRESHOLD", "Ask", "Move", "Result", "next_move"]

MOST_CLAUSES = 2  # questions answered in one message


def next_move(facts: Facts, playbooks: Mapping[str, Playbook], results: Sequence[Result]) -> Move:
    """The engine's next move in this turn.

    Args:
        facts: the turn, as classified.
        playbooks: the tenant's playbooks by intent.
        results: what the tools answered so far in this turn, in order.
    """
    move = _move(facts, playbooks, tuple(results))
    if move.transfer or move.calls:
        return move
    return replace(move, memory=after_turn(move.memory, facts.memory))


def _move(facts: Facts, playbooks: Mapping[str, Playbook], results: tuple[Result, ...]) -> Move:
    memory = dict(facts.memory)
    if (early := _rule(facts, playbooks, memory)) is not None:
        return early
    if pending := memory.pop("confirming", None):
        if (answered := _confirmed(pending, facts, playbooks, results, memory)) is not None:
            return answered
        memory |= pending["waiting"]
        facts = replace(facts, memory=memory)
    if waiting := _waiting(facts, playbooks):
        move = _reply(waiting, facts, playbooks, results)
        if move is not None:
            return move
        memory = parked(memory)
    if _wants_people(facts, playbooks):
        return Move(hand_over="human_requested", memory=memory)
    return (
        _taken_up(facts, playbooks, results)
        or _taken_back(facts, playbooks, results)
        or _answer_all(facts, playbooks, results, memory)
    )


def _confirmed(
    pending: Mapping[str, Any],
    facts: Facts,
    playbooks: Mapping[str, Playbook],
    results: tuple[Result, ...],
    memory: dict[str, Any],
) -> Move | None:
    """After a plain yes the playbook is played as before, to the same call; a plain no ends it."""
    playbook = next((p for p in playbooks.values() if p.name == pending["playbook"]), None)
    if playbook is None or pending["specialist"] != facts.specialist:
        return None
    if says_yes(facts.text):
        before = {**memory, **pending["waiting"]}
        return play(playbook, facts, pending["text"], results, before, pending["intent"])
    only_no = says_no(facts.text) and len(facts.text.split()) <= FEW_WORDS
    if gives_up(facts.text) or (only_no and not any(c in "@0123456789" for c in facts.text)):
        return Move(text=phrase("left", facts.tone), memory=memory)
    return None


def _wants_people(facts: Facts, playbooks: Mapping[str, Playbook]) -> bool:
    return any(
        c.specialist == PEOPLE
        and c.confidence >= CHANGED_SUBJECT
        and not goes_on(c.text, facts.memory, playbooks)
        for c in facts.clauses
    )


def _taken_up(
    facts: Facts, playbooks: Mapping[str, Playbook], results: tuple[Result, ...]
) -> Move | None:
    """The question that we had asked back about, if the message picks one of the subjects."""
    offered = facts.memory.get("offered")
    playbook = picked(facts.text, offered, playbooks) if offered else None
    if offered is None or playbook is None:
        return None
    owner = next(who for name, who in offered["intents"].items() if name in playbook.intents)
    if owner != facts.specialist:
        why = f"the customer meant {playbook.name}"
        return Move(transfer=(owner, why), memory=dict(facts.memory))
    said = f"{offered['text']} {facts.text}"
    meant = Clause(said, playbook.intents[0], owner, account=playbook.verify, confidence=1.0)
    return _play(playbook, meant, facts, results, dict(facts.memory))


def _taken_back(
    facts: Facts, playbooks: Mapping[str, Playbook], results: tuple[Result, ...]
) -> Move | None:
    """The playbook that was left last, where the customer wants to go back to something."""
    left = facts.memory.get("parked", {})
    if not left or not goes_back(facts.text):
        return None
    name, kept = list(left.items())[-1]
    playbook = next((p for p in playbooks.values() if p.name == name), None)
    if playbook is None:
        return None
    memory = {**facts.memory, **kept, "playbook": name}
    if kept["specialist"] != facts.specialist:
        why = f"the customer goes back to {name}"
        return Move(transfer=(kept["specialist"], why), memory=dict(facts.memory))
    clause = Clause(facts.text, "", kept["specialist"], account=playbook.verify, confidence=1.0)
    return _play(playbook, clause, facts, results, memory)


def _rule(facts: Facts, playbooks: Mapping[str, Playbook], memory: dict[str, Any]) -> Move | None:
    """What the tenant wants done whatever a message is about."""
    rules = playbooks.get(ALWAYS)
    return first_line(rules, facts, facts.text, memory) if rules else None


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
        playbook, owner = chosen(clause, facts.specialist, playbooks, memory)
        if is_weak(playbook) and _article_in_vain(clause, memory):
            return Move(hand_over="data_gap", memory=memory)
        if owner != facts.specialist:
            passed = [c.intent for c in left]
            why = f"the customer asks about {clause.intent}"
            return Move(transfer=(owner, why), memory={**memory, "passed": passed})
        move = _in_passing(playbook, clause, results, memory)
        if move is None and playbook and (is_sure(clause) or not only_asks_on(clause.text)):
            move = _play(playbook, clause, facts, results, memory)
        if move is None:
            move = look_up(clause, owner, results, memory, playbooks, facts.tone)
        if move.calls or move.hand_over:
            return move
        memory = move.memory
        texts.append(move.text)
    transfer = _elsewhere(left, mine)
    memory = {**after_turn(memory, {}), "fresh": "playbook" in memory}
    text = "\n\n".join(dict.fromkeys(filter(None, texts)))
    return Move(text=text, transfer=transfer, memory=memory)


def _in_passing(
    playbook: Playbook | None, clause: Clause, results: tuple[Result, ...], memory: dict[str, Any]
) -> Move | None:
    """A question that only belongs to the last subject is one for the articles first."""
    if playbook is None or memory.get("topic", {}).get("playbook") != playbook.name:
        return None
    own = is_sure(clause) and clause.intent in playbook.intents
    if own or not asks(clause.text) or not is_open(clause.text, playbook):
        return None
    return answer_in_passing(clause.text, results, memory)


def _left(facts: Facts) -> list[Clause]:
    """The clauses that nobody has answered yet."""
    done = facts.done - set(facts.memory.get("passed", ()))
    return [c for c in facts.clauses[:MOST_CLAUSES] if c.intent not in done]


def _mine(left: Sequence[Clause], facts: Facts) -> list[Clause]:
    """The clauses for this specialist; the first one where none is."""
    mine = [c for c in left if c.specialist == facts.specialist]
    sure = [c for c in mine if is_sure(c)]
    return sure or mine[:1] or list(left[:1])


def _elsewhere(left: Sequence[Clause], answered: Sequence[Clause]) -> tuple[str, str] | None:
    """Another specialist whose clause is still open, and why."""
    intents = {c.intent for c in answered}
    for clause in left:
        if clause.intent not in intents and is_sure(clause):
            return clause.specialist, f"the customer also asks about {clause.intent}"
    return None


def _article_in_vain(clause: Clause, memory: Mapping[str, Any]) -> bool:
    """Whether an article was the last answer, and no help."""
    return memory.get("topic", {}).get("playbook") == "" and was_in_vain(clause.text)


def _waiting(facts: Facts, playbooks: Mapping[str, Playbook]) -> Playbook | None:
    """The playbook that asked for a detail in an earlier turn."""
    name = facts.memory.get("playbook")
    if facts.memory.get("fresh"):
        return None
    return next((p for p in playbooks.values() if p.name == name), None)


def _reply(
    waiting: Playbook, facts: Facts, playbooks: Mapping[str, Playbook], results: tuple[Result, ...]
) -> Move | None:
    """What to make of the message that followed a question; None where it is about another thing.

    A question that an article can answer is answered in between, and then we ask again.
    """
    slot = next((s for s in waiting.slots if s.name == facts.memory.get("asked")), None)
    if slot is None:
        return None
    left, aside = moved_on(waiting, facts, playbooks), is_aside(facts, playbooks)
    usable = is_usable(slot, waiting, facts, moved_on=left)
    if left and not usable and not aside:
        return None
    text = facts.text if usable or slot.kind not in OPEN_KINDS else ""
    move = _go_on(waiting, text, facts, results)
    if not move.unanswered:
        return move
    if aside:
        between = _aside(move, facts, results)
        if between.calls or between.text:
            return between
        if not left:
            return _unknown(move, facts)
    return None if left else move


def _go_on(waiting: Playbook, text: str, facts: Facts, results: tuple[Result, ...]) -> Move:
    """The message is taken as the answer to what the playbook asked."""
    memory = dict(facts.memory)
    if gives_up(facts.text):
        return Move(text=phrase("left", facts.tone), memory=without_waiting(memory))
    owner = waiting_specialist(memory) or facts.specialist
    if owner != facts.specialist:
        passed = [c.intent for c in facts.clauses]
        why = f"it is the answer to {waiting.name}"
        return Move(transfer=(owner, why), memory={**memory, "passed": passed})
    answer = Clause(text, "", owner, account=True, confidence=1.0)
    return _play(waiting, answer, facts, results, memory)


def _aside(move: Move, facts: Facts, results: tuple[Result, ...]) -> Move:
    """What the articles say to the question, then ours again; no text where they say nothing."""
    found = answer_in_articles((facts.text,), facts.text, results, facts.memory)
    return replace(found, text=f"{found.text}\n\n{move.unanswered}") if found.text else found


def _unknown(move: Move, facts: Facts) -> Move:
    """A question in between that nothing answers: the second one is for people."""
    if facts.memory.get("nothing_found"):
        return Move(hand_over="data_gap", memory=move.memory)
    text = f"{phrase('not_found', facts.tone)}\n\n{move.unanswered}"
    return Move(text=text, memory={**facts.memory, "nothing_found": True})


def _play(
    playbook: Playbook,
    clause: Clause,
    facts: Facts,
    results: tuple[Result, ...],
    memory: dict[str, Any],
) -> Move:
    if playbook.verify and facts.identity != "verified":
        return answer_without_account(playbook, clause.text, results, memory, facts.tone)
    return play(playbook, facts, clause.text, results, memory, clause.intent)
