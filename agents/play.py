"""Playing one playbook: which tools next, what to ask for, what to say. Pure functions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from agents.cues import means_another, means_the_same
from agents.facts import Facts
from agents.held_back import held_back
from agents.memory import (
    MOST_SAID_CHARS,
    after_asking,
    after_confirming,
    after_playing,
    after_sign_in_request,
    without_waiting,
)
from agents.moves import Ask, Move, Result, answer_to
from agents.phrases import phrase
from agents.playbook import Line, Playbook, Slot, Step, is_text
from agents.slots import find_slot
from agents.template import fill, fill_arguments, holds, value_of

VERIFY = "needs_verification"


@dataclass(slots=True)
class Stage:
    """One playbook in one turn, as far as it has come."""

    playbook: Playbook
    facts: Facts
    text: str
    results: tuple[Result, ...]
    memory: dict[str, Any]
    values: dict[str, Any] = field(default_factory=lambda: {"refused": {}, "reason": {}})
    slots: dict[str, Any] = field(default_factory=dict)
    settled: set[str] = field(default_factory=set)
    """Tools and slots that nothing more will become known of."""

    @property
    def resumed(self) -> bool:
        """Whether the customer answers this playbook's question."""
        return self.memory.get("playbook") == self.playbook.name

    @property
    def said(self) -> str:
        """The message that the playbook began with."""
        left = self.memory.get("parked", {}).get(self.playbook.name, {})
        kept = self.memory if self.resumed else left
        return str(kept.get("said", self.text))

    @property
    def again(self) -> bool:
        """Whether this playbook has just been played before."""
        return bool(self.memory.get("topic", {}).get("playbook") == self.playbook.name)

    @property
    def earlier(self) -> str:
        """What was the matter when it was played before."""
        return str(self.memory.get("about", {}).get("matter", "")) if self.again else ""

    def awaits(self, names: frozenset[str], *, own: str = "") -> bool:
        """Whether one of these, or what it is made of, is still to become known."""
        return bool(self.playbook.behind(names) - self.settled - {own})

    def work_out(self, names: frozenset[str]) -> None:
        """Put in what `let` makes of what is known by now, for those who speak of these names."""
        spoken_of = self.playbook.spoken_of(names)
        for name, text in self.playbook.let.items():
            if name in spoken_of and not self.awaits(frozenset({name})):
                use = fill if is_text(text) else value_of
                self.values[name] = use(text, self.values)


def play(
    playbook: Playbook,
    facts: Facts,
    text: str,
    results: Sequence[Result],
    memory: Mapping[str, Any],
    intent: str = "",
) -> Move:
    """The next move within a playbook whose customer is known well enough.

    Args:
        playbook: the one to play.
        facts: the turn.
        text: the part of the message that is about it.
        results: what the tools answered so far in this turn.
        memory: what is remembered; `facts.memory` as other parts of the turn left it.
        intent: the one it is played for, where the message has one.
    """
    stage = Stage(playbook, facts, text, tuple(results), dict(memory))
    _begin(stage, intent)
    if (early := _said(playbook.first, stage)) is not None:
        return early
    while True:
        before = len(stage.settled)
        if (question := _fill_slots(stage)) is not None:
            return question
        calls, refusal = _take_steps(stage)
        if refusal is not None:
            return refusal
        if len(stage.settled) == before:
            break
    if calls:
        return Move(calls=tuple(calls), memory=stage.memory)
    return _said(playbook.reply, stage) or Move(hand_over="data_gap", memory=stage.memory)


def first_line(
    playbook: Playbook, facts: Facts, text: str, memory: Mapping[str, Any]
) -> Move | None:
    """What a playbook's `first` lines make of a message, if one of them holds."""
    stage = Stage(playbook, facts, text, (), dict(memory))
    _begin(stage, "")
    return _said(playbook.first, stage)


def _begin(stage: Stage, intent: str) -> None:
    """Put in what is known before any tool was asked."""
    memory, facts, playbook = stage.memory, stage.facts, stage.playbook
    kept = memory if stage.resumed else memory.get("parked", {}).get(playbook.name, {})
    stage.slots.update(kept.get("slots", {}))
    stage.values |= {
        "customer": facts.customer or {},
        "company": facts.company,
        "verified": facts.identity == "verified",
        "text": stage.text,
        "said": stage.said,
        "earlier": stage.earlier,
        "intent": intent,
        "today": facts.today,
        "tone": facts.tone,
        "asked_to_sign_in": facts.identity != "verified" and "sign_in" in memory,
        "resumed": stage.resumed,
        "again": stage.again,
        "not_this": memory.get("about", {}) if means_another(stage.text) else {},
        "talking": "topic" in memory or bool(facts.people_said),
    }


def _fill_slots(stage: Stage) -> Move | None:
    """Fill every slot that can be by now; a question for the first that has to be asked for.

    Details are asked for in the order in which they are written: none before another that may
    still become known.
    """
    in_turn = True
    missing: Slot | None = None
    for slot in stage.playbook.slots:
        if slot.name in stage.settled:
            continue
        if stage.awaits(slot.names, own=slot.name):
            in_turn = in_turn and slot.optional
            continue
        stage.work_out(slot.names)
        found = _found(slot, stage)
        if found is None and not slot.optional and _wanted(slot, stage):
            missing = missing or (slot if in_turn else None)
            continue
        if found is not None:
            stage.slots[slot.name] = stage.values[slot.name] = found
        stage.settled.add(slot.name)
    return _question(missing, stage) if missing else None


def _found(slot: Slot, stage: Stage) -> Any:
    asked = stage.resumed and stage.memory.get("asked") == slot.name
    own = None if asked else stage.slots.get(slot.name)
    if own is not None:
        return own
    an_answer_to_another = stage.resumed and not asked and slot.kind == "matter"
    if not an_answer_to_another:
        said = find_slot(slot.kind, stage.text, asked=asked, of=slot.of)
        if said is not None:
            return said
    if slot.known and (known := value_of(slot.known, stage.values)):
        return known
    if slot.keep == "person":
        return stage.memory.get("person", {}).get(slot.name)
    if slot.keep == "topic" and means_the_same(stage.text):
        return stage.memory.get("about", {}).get(slot.name)
    return None


def _wanted(slot: Slot, stage: Stage) -> bool:
    return slot.when is None or holds(slot.when, stage.values)


def _question(slot: Slot, stage: Stage) -> Move:
    """Ask, once more if need be; whoever does not answer that either needs a person.

    Another detail than the one asked for is no failure to answer.
    """
    memory = stage.memory
    if memory.get("playbook") and not stage.resumed:
        return Move(text=phrase("one_at_a_time", stage.facts.tone), memory=memory)
    text = fill(slot.ask or "", stage.values)
    got_another = not stage.slots.keys() <= memory.get("slots", {}).keys()
    asked = stage.resumed and memory.get("asked") == slot.name and not got_another
    if asked and memory.get("again"):
        return Move(hand_over="data_gap", memory=memory, unanswered=text)
    kept = after_asking(
        memory if asked else without_waiting(memory),
        playbook=stage.playbook.name,
        slot=slot.name,
        slots=dict(stage.slots),
        said=stage.said,
        specialist=stage.facts.specialist,
    )
    if asked:
        return Move(
            text=f"{phrase('not_understood', stage.facts.tone)} {text}",
            memory=kept,
            unanswered=text,
        )
    return Move(text=text, memory=kept)


def _take_steps(stage: Stage) -> tuple[list[Ask], Move | None]:
    """Settle every step that can be; the calls still to make, or why it ends here."""
    calls, looked_up = list[Ask](), True
    for step in stage.playbook.steps:
        if step.tool in stage.settled:
            continue
        if stage.awaits(step.names, own=step.tool) or (step.writes and not looked_up):
            looked_up = looked_up and step.writes
            continue
        stage.work_out(step.names)
        if step.when and not holds(step.when, stage.values):
            stage.settled.add(step.tool)
            continue
        ask = Ask(step.tool, fill_arguments(step.given, stage.values))
        result = answer_to(ask, stage.results)
        if result is None:
            calls.append(ask)
            looked_up = looked_up and step.writes
            continue
        stage.settled.add(step.tool)
        if result.refused and (held := _held_back(result, step, stage)) is not None:
            return [], held
        if result.refused and not step.may_fail:
            return [], _refusal(result, stage)
        stage.values[step.tool] = result.value
        if result.refused:
            stage.values["refused"][step.tool] = result.refused
            stage.values["reason"][step.tool] = result.reason
    return calls, None


def _held_back(result: Result, step: Step, stage: Stage) -> Move | None:
    asking = after_confirming(
        stage.memory,
        playbook=stage.playbook.name,
        text=stage.text,
        intent=str(stage.values["intent"]),
        specialist=stage.facts.specialist,
    )
    over = _through(stage)
    return held_back(result, stage.facts.tone, may_fail=step.may_fail, asking=asking, over=over)


def _refusal(result: Result, stage: Stage) -> Move:
    """What cannot be looked up must not be read as if there were none."""
    if result.refused == VERIFY:
        text = phrase("unverified", stage.facts.tone)
        return Move(text=text, memory=after_sign_in_request(stage.memory))
    return Move(hand_over="data_gap", memory=stage.memory)


def _said(lines: Sequence[Line], stage: Stage) -> Move | None:
    """The first line that holds; one without a word is no line."""
    for line in lines:
        stage.work_out(line.names)
        if line.when and not holds(line.when, stage.values):
            continue
        if line.hand_over:
            return Move(hand_over=line.hand_over, memory=_through(stage))
        if text := fill(line.say or "", stage.values):
            return Move(text=text, memory=_through(stage))
    return None


def _through(stage: Stage) -> dict[str, Any]:
    """What is remembered afterwards. A courtesy leaves the subject as it was."""
    if stage.playbook.is_courtesy:
        return stage.memory
    slots = [slot for slot in stage.playbook.slots if slot.name in stage.slots]
    about = {slot.name: stage.slots[slot.name] for slot in slots if slot.keep == "topic"}
    about["matter"] = (stage.earlier or stage.said)[:MOST_SAID_CHARS]
    return after_playing(
        stage.memory,
        playbook=stage.playbook.name,
        specialist=stage.facts.specialist,
        person={s.name: stage.slots[s.name] for s in slots if s.keep == "person"},
        about=about,
    )
