"""One step of the offline engine: from the facts and what is known so far to the next move.

A pure function. The engine is called again after every round of tools, each time with all the
results of the turn, and finds its place from them; nothing is kept between calls but `memory`,
which outlives the turn.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from agents.aside import answer_aside, not_known
from agents.claims import claim_in
from agents.clarify import picked
from agents.cues import gives_up, goes_back, only_asks_on, was_in_vain
from agents.facts import Clause, Facts
from agents.lookup import (
    answer_without_account,
    look_up,
)
from agents.memory import (
    FEW_WORDS,
    after_telling,
    after_turn,
    parked,
    waiting_specialist,
    without_waiting,
)
from agents.moves import Ask, Move, Result, answer_to
from agents.parts import others_of, own_of, unanswered_in
from agents.passing import in_passing
from agents.phrases import phrase
from agents.play import first_line, play
from agents.playbook import ALWAYS, IN_VAIN, Playbook
from agents.replies import is_aside, is_usable, moved_on
from agents.slots import OPEN_KINDS, each_of
from agents.topic import CHANGED_SUBJECT, PEOPLE, chosen, goes_on, is_sure, is_weak
from tools.confirmation import says_no, says_yes

__all__ = ["Ask", "Move", "Result", "next_move"]

MOST_THINGS = 3  # of one kind that a question names


def next_move(facts: Facts, playbooks: Mapping[str, Playbook], results: Sequence[Result]) -> Move:
    """The engine's next move in this turn.

    Args:
        facts: the turn, as classified.
        playbooks: the tenant's playbooks by intent.
        results: what the tools answered so far in this turn, in order.
    """
    move = _move(facts, playbooks, tuple(results))
    claim = claim_in(facts)
    if claim and answer_to(claim, tuple(results)) is None:
        return Move(calls=(*move.calls, claim), memory=move.memory if move.calls else facts.memory)
    if move.transfer or move.calls:
        return move
    memory = after_turn(move.memory, facts.memory)
    if claim:
        memory["named"] = claim.arguments["email"]
    said_something = memory != facts.memory or phrase("sources", titles="") in move.text
    return replace(move, memory=after_telling(memory, move.text) if said_something else memory)


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
    left = unanswered_in(facts)
    mine = own_of(left, facts)
    texts: list[str] = []
    cites: tuple[Mapping[str, Any], ...] = ()
    for clause in mine:
        playbook, owner = chosen(clause, facts.specialist, playbooks, memory)
        if is_weak(playbook) and _article_in_vain(clause, memory):
            return _after_no_help(clause, facts, playbooks, results, memory)
        if owner != facts.specialist:
            passed = [c.intent for c in left]
            why = f"the customer asks about {clause.intent}"
            return Move(transfer=(owner, why), memory={**memory, "passed": passed})
        move = in_passing(playbook, clause, owner, results, memory)
        if move is None and playbook and (is_sure(clause) or not only_asks_on(clause.text)):
            move = _play_each(playbook, clause, facts, results, memory)
        if move is None:
            move = look_up(clause, owner, results, memory, playbooks, facts.tone)
        if move.calls or move.hand_over:
            return move
        memory = move.memory
        texts.append(move.text)
        cites += move.cites
    transfer = others_of(left, mine)
    memory = {**after_turn(memory, {}), "fresh": "playbook" in memory}
    text = "\n\n".join(dict.fromkeys(filter(None, texts)))
    return Move(text=text, transfer=transfer, memory=memory, cites=cites)


def _after_no_help(
    clause: Clause,
    facts: Facts,
    playbooks: Mapping[str, Playbook],
    results: tuple[Result, ...],
    memory: dict[str, Any],
) -> Move:
    """What the tenant offers then, once; afterwards people."""
    offer = playbooks.get(IN_VAIN)
    if offer is None or memory.get("in_vain"):
        return Move(hand_over="data_gap", memory=memory)
    move = _play(offer, clause, facts, results, memory)
    return move if move.calls else replace(move, memory={**move.memory, "in_vain": True})


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
        between = answer_aside(move, facts, results)
        if between.calls or between.text:
            return between
        if not left:
            return not_known(move, facts)
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


def _play_each(
    playbook: Playbook,
    clause: Clause,
    facts: Facts,
    results: tuple[Result, ...],
    memory: dict[str, Any],
) -> Move:
    """Once for each of several orders, invoices or tickets that the question names."""
    slot = next((s for s in playbook.slots if s.kind in ("code", "number")), None)
    named = each_of(slot.kind, clause.text, slot.of)[:MOST_THINGS] if slot else []
    topic = {"topic": memory["topic"]} if "topic" in memory else {}
    texts: list[str] = []
    for text in named or [clause.text]:
        if texts and ("playbook" in memory or "confirming" in memory):  # it has asked something
            texts.append(phrase("one_at_a_time", facts.tone))
            break
        before = {k: v for k, v in memory.items() if k != "topic"} | topic
        move = _play(playbook, replace(clause, text=text), facts, results, before)
        if move.calls or move.hand_over:
            return move
        memory = move.memory
        texts.append(move.text)
    return replace(move, text="\n\n".join(dict.fromkeys(filter(None, texts))))


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
