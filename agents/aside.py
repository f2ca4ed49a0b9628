"""A question in place of an answer to ours: answered in between, and then ours comes again.

Pure functions.
"""

from dataclasses import replace

from agents.cues import goes_further, points_back
from agents.facts import Facts
from agents.lookup import answer_in_articles, ready_answer
from agents.moves import Move, Result
from agents.phrases import phrase
from agents.replies import surest
from agents.sections import Question
from agents.topic import is_sure


def answer_aside(move: Move, facts: Facts, results: tuple[Result, ...]) -> Move:
    """What is known of the question, then ours again; no text where nothing is.

    Args:
        move: what the message would come to as an answer, with what stays `unanswered`.
        facts: the turn.
        results: what the tools answered so far in it.
    """
    best = surest(facts)
    if best and best.ready:
        found = replace(ready_answer(best.ready), memory=dict(facts.memory))
    else:
        found = answer_in_articles(_question(facts), results, facts.memory)
    return replace(found, text=f"{found.text}\n\n{move.unanswered}") if found.text else found


def not_known(move: Move, facts: Facts) -> Move:
    """What nothing answers is said so once; the second time it is for people."""
    if facts.memory.get("nothing_found"):
        return Move(hand_over="data_gap", memory=move.memory)
    text = f"{phrase('not_found', facts.tone)}\n\n{move.unanswered}"
    return Move(text=text, memory={**facts.memory, "nothing_found": True})


def _question(facts: Facts) -> Question:
    """It may be about what the playbook began with."""
    best = surest(facts)
    known = points_back(facts.text) or (best is not None and is_sure(best))
    if not goes_further(facts.text):
        return Question(facts.text, known=known)
    said, told = (str(facts.memory.get(name, "")) for name in ("said", "told"))
    return Question(facts.text, said, told, known)
