"""A question about what was just spoken of: one for the articles, before anything is done.

Pure functions.
"""

from collections.abc import Mapping
from typing import Any

from agents.cues import (
    asks,
    asks_rules,
    asks_ways,
    goes_further,
    is_general,
    names_another,
    points_back,
    wishes,
)
from agents.facts import Clause
from agents.lookup import answer_in_articles, question_in
from agents.memory import after_look_up
from agents.moves import Move, Result
from agents.playbook import Playbook
from agents.topic import CHANGED_SUBJECT, is_open, is_sure


def in_passing(
    playbook: Playbook | None,
    clause: Clause,
    specialist: str,
    results: tuple[Result, ...],
    memory: Mapping[str, Any],
) -> Move | None:
    """What the articles say to a question that goes on; None where it is for the playbook.

    Args:
        playbook: what would be played for it.
        clause: the question.
        specialist: whose it is.
        results: what the tools answered so far in this turn.
        memory: what is remembered.
    """
    if playbook is None or not _goes_on(playbook, clause, memory):
        return None
    move = answer_in_articles(question_in(clause.text, memory, known=True), results, memory)
    if move.text and not memory["topic"]["playbook"]:
        return Move(text=move.text, memory=after_look_up(memory, clause.text, specialist))
    return move if move.calls or move.text else None


def _follows(playbook: Playbook, clause: Clause) -> bool:
    """Whether a question with a playbook of its own may still be about what was said before."""
    text = clause.text
    doubtful = clause.confidence < CHANGED_SUBJECT and asks(text)
    another = names_another(text) and not playbook.verify
    return doubtful or another or points_back(text) or is_general(text) or asks_rules(text)


def _goes_on(playbook: Playbook, clause: Clause, memory: Mapping[str, Any]) -> bool:
    text = clause.text
    if "topic" not in memory or wishes(text) or not goes_further(text):
        return False
    if memory["topic"]["playbook"] != playbook.name:
        return "told" in memory and _follows(playbook, clause)
    if is_sure(clause) and clause.intent in playbook.intents:
        return asks_rules(text) or asks_ways(text)
    return asks(text) and is_open(text, playbook)
