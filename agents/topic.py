"""Which playbook a question belongs to: its own intent's, or the one that it goes on with.

Pure functions.
"""

import re
from collections.abc import Mapping
from typing import Any

from agents.cues import asks_on, names_another, points_back, refers_back, was_in_vain
from agents.details import is_details, is_number
from agents.facts import UNSURE, Clause
from agents.naming import mentions
from agents.playbook import ALWAYS, DETAILS, Playbook
from agents.registry import FALLBACK
from agents.template import holds

CHANGED_SUBJECT = 0.75  # an intent as sure as this is another subject than the one before it
PEOPLE = "handoff"  # the "specialist" of a clause that asks for a person

Playbooks = Mapping[str, Playbook]
Chosen = tuple[Playbook | None, str]


def is_sure(clause: Clause) -> bool:
    """People are not asked for by a guess, however good."""
    return clause.confidence >= UNSURE and clause.specialist != PEOPLE


def is_weak(playbook: Playbook | None) -> bool:
    """Whether a message that seems to continue the subject does: nothing else claims it."""
    return playbook is None or playbook.is_courtesy


def rules_that_hold(text: str, playbooks: Playbooks) -> list[str]:
    """Why people are needed whatever a message is about, by the tenant's rules on its words.

    A rule on anything but the words is for the specialist, who knows more.
    """
    rules = playbooks.get(ALWAYS)
    return [
        line.hand_over
        for line in (rules.first if rules else ())
        if line.hand_over
        and line.when
        and line.names <= {"text"}
        and holds(line.when, {"text": text})
    ]


def played_last(memory: Mapping[str, Any], playbooks: Playbooks) -> Playbook | None:
    """What the conversation was about before this message."""
    name = memory.get("topic", {}).get("playbook")
    return next((p for p in playbooks.values() if p.name == name), None)


def goes_on(text: str, memory: Mapping[str, Any], playbooks: Playbooks) -> Playbook | None:
    """The last playbook, where the message has one of its `follow_ups`."""
    last = played_last(memory, playbooks)
    return last if last and mentions(text, *last.follow_ups) else None


def without_follow_up(text: str, memory: Mapping[str, Any], playbooks: Playbooks) -> str:
    """What a message says besides: "escalate it, I want a manager" after a ticket."""
    last = played_last(memory, playbooks)
    for phrase in sorted(last.follow_ups if last else (), key=len, reverse=True):
        text = re.sub(rf"\b{re.escape(phrase)}\b", " ", text, flags=re.IGNORECASE)
    return text


def chosen(
    clause: Clause, specialist: str, playbooks: Playbooks, memory: Mapping[str, Any]
) -> Chosen:
    """The playbook for a clause and whose it is.

    What cannot be understood by itself continues the last topic: a guess that refers back, and
    "and the other one?" or "that did not help" where no look-up or change of its own belongs to
    it. Nothing else is played for a guess.

    Args:
        clause: one question.
        specialist: who is at work.
        playbooks: the tenant's, by intent.
        memory: what is remembered.
    """
    sure = is_sure(clause)
    own = playbooks.get(clause.intent) if sure else None
    owner = clause.specialist if sure else specialist
    last = played_last(memory, playbooks)
    if last and (after := _led_to(clause.text, last, playbooks)):
        return after, memory["topic"]["specialist"]
    if last and last is not own and _continues(clause, own, last):
        return last, memory["topic"]["specialist"]
    if last is None and "topic" in memory and own and points_back(clause.text):
        own = own if clause.confidence >= CHANGED_SUBJECT and not own.is_courtesy else None
    details = playbooks.get(DETAILS)
    if details and _is_detail(clause, sure=sure):
        return details, FALLBACK
    return own, owner


def _led_to(text: str, last: Playbook, playbooks: Playbooks) -> Playbook | None:
    """The playbook that the last one leads to by such words."""
    for intent, phrases in last.leads_to.items():
        if intent in playbooks and mentions(text, *phrases):
            return playbooks[intent]
    return None


def _continues(clause: Clause, own: Playbook | None, last: Playbook) -> bool:
    open_to_doubt = is_weak(own) or clause.confidence < CHANGED_SUBJECT
    if mentions(clause.text, *last.follow_ups):
        return open_to_doubt
    if points_back(clause.text):
        return open_to_doubt
    if not is_weak(own):
        return False
    if names_another(clause.text) or was_in_vain(clause.text):
        return True
    return not is_sure(clause) and (refers_back(clause.text) or asks_on(clause.text))


def is_open(text: str, last: Playbook) -> bool:
    """Whether a message that goes on with a subject says in no known way how."""
    return not (names_another(text) or was_in_vain(text) or mentions(text, *last.follow_ups))


def _is_detail(clause: Clause, *, sure: bool) -> bool:
    """Digits say nothing of an intent, whatever the classifier makes of them."""
    return is_number(clause.text) or (not sure and is_details(clause.text))
