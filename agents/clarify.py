"""Asking what a message means where several subjects are likely, and reading the answer.

Pure functions. What was offered is remembered for one turn.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from agents.facts import Clause
from agents.memory import after_offering
from agents.moves import Move
from agents.naming import named
from agents.phrases import phrase
from agents.playbook import Playbook
from agents.slots import NO, YES

MOST_OPTIONS = 3
ALONE = 0.2  # the confidence from which a single subject is worth asking about
ORDINALS = (
    re.compile(r"\b(?:first|1st|former|one|1)\b(?! more)", re.IGNORECASE),
    re.compile(r"\b(?:second|2nd|two|2)\b", re.IGNORECASE),
    re.compile(r"\b(?:third|3rd|three|3|last|latter)\b", re.IGNORECASE),
)
MOST_WORDS = 6  # of an answer that only picks one


def which_of(
    clause: Clause, memory: Mapping[str, Any], playbooks: Mapping[str, Playbook], tone: str
) -> Move | None:
    """Ask which of the likely subjects a message is about; None where none can be named.

    Named is what a playbook has in `about`.
    """
    named_ones = [i for i in clause.likely if i in playbooks and playbooks[i].about]
    options = {str(playbooks[intent].about): intent for intent in reversed(named_ones)}
    if not options or (len(options) == 1 and clause.confidence < ALONE):
        return None
    abouts = list(reversed(options))[:MOST_OPTIONS]
    text = phrase("which", tone, options=listed(abouts))
    intents = {options[about]: clause.likely[options[about]] for about in abouts}
    offered = {"intents": intents, "text": clause.text}
    return Move(text=f"{text} {phrase('which_end')}", memory=after_offering(memory, offered))


def picked(
    text: str, offered: Mapping[str, Any], playbooks: Mapping[str, Playbook]
) -> Playbook | None:
    """The playbook of the subject that an answer picks, by place, by name or by a bare yes."""
    there = [playbooks[i] for i in offered["intents"] if i in playbooks]
    if not there or len(text.split()) > MOST_WORDS or NO.match(text):
        return None
    rows = [{"about": playbook.about} for playbook in there]
    if row := named(rows, text, "about"):
        return there[rows.index(dict(row))]
    for playbook, ordinal in zip(there, ORDINALS, strict=False):
        if ordinal.search(text):
            return playbook
    return there[0] if len(there) == 1 and YES.match(text) else None


def listed(words: Sequence[str]) -> str:
    """Words as alternatives.

    >>> listed(["a", "b", "c"]), listed(["a"])
    ('a, b or c', 'a')
    """
    *before, last = words
    return phrase("or").join(filter(None, (", ".join(before), last)))
