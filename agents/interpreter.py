"""One step of the offline engine: from the facts and what is known so far to the next move.

A pure function. The engine is called again after every round of tools, each time with all the
results of the turn, and finds its place from them; nothing is kept between calls but `memory`,
which outlives the turn.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from agents.extract import answer_from
from agents.facts import Clause, Facts
from agents.phrases import phrase
from agents.playbook import Line, Playbook, Slot, Step, fill, holds
from agents.slots import find_slot

KNOWLEDGE_THRESHOLD = 0.6  # of a passage's calibrated score, see spec G7
CHANGED_SUBJECT = 0.75  # an intent as sure as this ends the playbook that waits for a detail
MOST_CLAUSES = 2  # questions answered in one message


@dataclass(frozen=True, slots=True)
class Result:
    """What a tool answered in this turn; `value` is None where it refused."""

    tool: str
    arguments: dict[str, Any]
    value: Any
    refused: str | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """A tool to call."""

    tool: str
    arguments: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Move:
    """What to do next: call tools, or end with a text, a handoff or another specialist."""

    calls: tuple[Ask, ...] = ()
    text: str = ""
    hand_over: str | None = None
    transfer: tuple[str, str] | None = None
    memory: dict[str, Any] = field(default_factory=dict)


def next_move(facts: Facts, playbooks: Mapping[str, Playbook], results: Sequence[Result]) -> Move:
    """The engine's next move in this turn.

    Args:
        facts: the turn, as classified.
        playbooks: the tenant's playbooks by intent.
        results: what the tools answered so far in this turn, in order.
    """
    memory = dict(facts.memory)
    waiting = _waiting_playbook(facts, playbooks)
    if waiting:
        clauses: list[tuple[Clause | None, Playbook | None]] = [(None, waiting)]
    else:
        memory.pop("playbook", None)
        memory.pop("slots", None)
        memory.pop("asked", None)
        clauses = [(c, playbooks.get(c.intent)) for c in _mine(facts)]
    texts: list[str] = []
    for clause, playbook in clauses:
        move = (
            _play(playbook, clause, facts, results, memory)
            if playbook
            else _look_up(clause, facts, results, memory)
        )
        if move.calls or move.hand_over:
            return move
        memory = move.memory
        texts.append(move.text)
    return Move(
        text="\n\n".join(texts), transfer=None if waiting else _elsewhere(facts), memory=memory
    )


def _mine(facts: Facts) -> list[Clause]:
    """The clauses for this specialist; all of them where none is named for it."""
    open_ones = [c for c in facts.clauses if c.intent not in facts.done][:MOST_CLAUSES]
    mine = [c for c in open_ones if c.specialist == facts.specialist]
    return mine or open_ones[:1]


def _elsewhere(facts: Facts) -> tuple[str, str] | None:
    """Another specialist whose clause is still open, and why."""
    answered = {c.intent for c in _mine(facts)} | facts.done
    for clause in facts.clauses[:MOST_CLAUSES]:
        if clause.intent not in answered and clause.specialist != facts.specialist:
            return clause.specialist, f"the customer also asks about {clause.intent}"
    return None


def _waiting_playbook(facts: Facts, playbooks: Mapping[str, Playbook]) -> Playbook | None:
    """The playbook that asked for a detail, unless the customer has changed the subject."""
    name = facts.memory.get("playbook")
    waiting = next((p for p in playbooks.values() if p.name == name), None)
    if waiting is None:
        return None
    surest = max(facts.clauses, key=lambda c: c.confidence, default=None)
    slot = next((s for s in waiting.slots if s.name == facts.memory.get("asked")), None)
    answered = slot is not None and find_slot(slot.kind, facts.text, asked=True) is not None
    strict = slot is not None and slot.kind not in {"text", "name"}
    if answered and strict:
        return waiting
    moved_on = (
        surest is not None
        and surest.intent not in waiting.intents
        and surest.confidence >= CHANGED_SUBJECT
    )
    return None if moved_on else waiting


def _play(
    playbook: Playbook,
    clause: Clause | None,
    facts: Facts,
    results: Sequence[Result],
    memory: dict[str, Any],
) -> Move:
    if playbook.verify and facts.identity != "verified":
        return Move(text=phrase("unverified"), memory=memory)
    text = clause.text if clause else facts.text
    slots = _fill_slots(playbook, text, memory)
    if missing := _missing(playbook, slots):
        return _ask_for(missing, playbook, slots, memory)
    values = _values(facts, slots, results, text)
    for step in playbook.steps:
        if step.when and not holds(step.when, values):
            continue
        ask = Ask(step.tool, _arguments(step, values))
        if not any(r.tool == ask.tool and r.arguments == ask.arguments for r in results):
            return Move(calls=(ask,), memory=memory)
    kept = {k: v for k, v in memory.items() if k not in {"playbook", "slots", "asked"}}
    return _say(playbook.reply, values, {**kept, "topic": playbook.name})


def _fill_slots(playbook: Playbook, text: str, memory: dict[str, Any]) -> dict[str, str]:
    """The details known from earlier turns and from this message."""
    mine = memory.get("playbook") == playbook.name
    slots: dict[str, str] = dict(memory.get("slots", {})) if mine else {}
    for slot in playbook.slots:
        asked = mine and memory.get("asked") == slot.name
        found = find_slot(slot.kind, text, asked=asked)
        if found and slot.name not in slots:
            slots[slot.name] = found
    return slots


def _missing(playbook: Playbook, slots: Mapping[str, str]) -> Slot | None:
    return next((s for s in playbook.slots if not s.optional and s.name not in slots), None)


def _ask_for(slot: Slot, playbook: Playbook, slots: dict[str, str], memory: dict[str, Any]) -> Move:
    """Ask once; whoever does not answer that needs a person."""
    if memory.get("playbook") == playbook.name and memory.get("asked") == slot.name:
        return Move(hand_over="data_gap", memory=memory)
    kept = {**memory, "playbook": playbook.name, "slots": slots, "asked": slot.name}
    return Move(text=fill(slot.ask, slots), memory=kept)


def _values(
    facts: Facts, slots: Mapping[str, str], results: Sequence[Result], text: str
) -> dict[str, Any]:
    found: dict[str, Any] = {r.tool: r.value for r in results}
    refused = {r.tool: r.refused for r in results if r.refused}
    return {
        "customer": facts.customer or {},
        "company": facts.company,
        "text": text,
        "refused": refused,
        **slots,
        **found,
    }


def _arguments(step: Step, values: Mapping[str, Any]) -> dict[str, Any]:
    """The step's arguments with their templates filled; an empty one is left out."""
    filled = {
        name: fill(value, values) if isinstance(value, str) else value
        for name, value in step.given.items()
    }
    return {name: value for name, value in filled.items() if value != ""}


def _say(lines: Sequence[Line], values: Mapping[str, Any], memory: dict[str, Any]) -> Move:
    for line in lines:
        if line.when and not holds(line.when, values):
            continue
        if line.hand_over:
            return Move(hand_over=line.hand_over, memory=memory)
        return Move(text=fill(line.say or "", values), memory=memory)
    return Move(hand_over="data_gap", memory=memory)


def _look_up(
    clause: Clause | None, facts: Facts, results: Sequence[Result], memory: dict[str, Any]
) -> Move:
    """No playbook: the knowledge base answers, or asks once for more, or a person does."""
    question = clause.text if clause else facts.text
    ask = Ask("knowledge_search", {"query": question[:500]})
    found = next((r for r in results if r.tool == ask.tool and r.arguments == ask.arguments), None)
    if found is None:
        return Move(calls=(ask,), memory=memory)
    passages = found.value or []
    if passages and passages[0]["score"] >= KNOWLEDGE_THRESHOLD:
        answer = answer_from(question, passages[0]["content"])
        source = phrase("sources", titles=passages[0]["title"])
        memory.pop("nothing_found", None)
        return Move(text=f"{answer}\n\n{source}", memory=memory)
    if memory.get("nothing_found"):
        memory.pop("nothing_found")
        return Move(hand_over="data_gap", memory=memory)
    return Move(text=phrase("ask_again"), memory={**memory, "nothing_found": True})
