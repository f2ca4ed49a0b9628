"""Answering from the knowledge base. Pure functions."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from agents.clarify import which_of
from agents.cues import REFERRING, goes_further, names_another, points_back
from agents.facts import UNSURE, Clause
from agents.memory import after_look_up, after_sign_in_request
from agents.moves import Ask, Move, Result, answer_to
from agents.phrases import phrase
from agents.playbook import Playbook
from agents.sections import Question, grounded_answer
from agents.topic import CHANGED_SUBJECT

MOST_QUERY_CHARS = 500


def look_up(
    clause: Clause,
    specialist: str,
    results: tuple[Result, ...],
    memory: Mapping[str, Any],
    playbooks: Mapping[str, Playbook],
    tone: str,
) -> Move:
    """The knowledge base answers, or asks once for more, or a person does."""
    if clause.ready:
        told = ready_answer(clause.ready)
        return replace(told, memory=after_look_up(memory, clause.text, specialist, _sure(clause)))
    known = clause.confidence >= UNSURE
    question = (
        Question(clause.text, known=known)
        if is_new_subject(clause, memory)
        else question_in(clause.text, memory, known=known)
    )
    move = answer_in_articles(question, results, memory)
    if move.calls:
        return move
    if move.text:
        text = phrase("article", tone, text=move.text)
        return Move(text=text, memory=after_look_up(memory, clause.text, specialist, _sure(clause)))
    if memory.get("nothing_found"):
        return Move(hand_over="data_gap", memory=dict(memory))
    asked = which_of(clause, memory, playbooks, tone) or Move(
        text=phrase("ask_again", tone), memory=dict(memory)
    )
    return replace(asked, memory={**asked.memory, "nothing_found": True})


def is_new_subject(clause: Clause, memory: Mapping[str, Any]) -> bool:
    """Whether a question stands by itself, although an article has just answered another one.

    Both intents are sure and differ, and no word points back.
    """
    before = memory.get("topic", {}).get("intent")
    return (
        bool(before and _sure(clause))
        and before != clause.intent
        and not (
            names_another(clause.text) or points_back(clause.text) or REFERRING.search(clause.text)
        )
    )


def _sure(clause: Clause) -> str:
    """Its intent, where that is no guess."""
    return clause.intent if clause.confidence >= CHANGED_SUBJECT else ""


def answer_without_account(
    playbook: Playbook,
    text: str,
    results: tuple[Result, ...],
    memory: Mapping[str, Any],
    tone: str,
) -> Move:
    """What holds for everybody, and what to do to be known.

    The articles are asked what the customer asks together with the playbook's `in_general`: by
    itself the first says little about what anybody could be told.
    """
    going_on = question_in(text, memory, known=True)
    question = going_on if going_on.told else Question(text, before=playbook.in_general or "")
    found = answer_in_articles(question, results, memory)
    if found.calls:
        return found
    parts = [phrase("unverified", tone)]
    if found.text:
        parts.insert(0, phrase("general_answer", tone, text=found.text))
    return Move(text="\n\n".join(parts), memory=after_sign_in_request(memory))


def ready_answer(ready: Mapping[str, Any]) -> Move:
    """A curated answer to a part of a message, and where it stands."""
    text = f"{ready['content']}\n\n{phrase('sources', titles=ready['title'])}"
    return Move(text=text, cites=(dict(ready),))


def question_in(text: str, memory: Mapping[str, Any], *, known: bool) -> Question:
    """A question with what it goes on with: "and to Mexico?" says little without it.

    >>> after = {"told": "Not to Canada.", "about": {"matter": "Do you ship to Canada?"}}
    >>> question_in("and to Mexico?", after, known=True).in_full
    'Do you ship to Canada? and to Mexico?'
    """
    told = str(memory.get("told", ""))
    if not told or not goes_further(text):
        return Question(text, known=known)
    return Question(text, str(memory.get("about", {}).get("matter", "")), told, known)


def answer_in_articles(
    question: Question, results: tuple[Result, ...], memory: Mapping[str, Any]
) -> Move:
    """The searches to make, or what they found to the question; else no text."""
    queries = [question.text, *filter(None, [question.before and question.in_full])]
    asks = [Ask("knowledge_search", {"query": query[-MOST_QUERY_CHARS:]}) for query in queries]
    found = [answer_to(ask, results) for ask in asks]
    missing = tuple(ask for ask, result in zip(asks, found, strict=True) if result is None)
    if missing:
        return Move(calls=missing, memory=dict(memory))
    passages = [result.value or () for result in found if result]
    return Move(text=grounded_answer(passages[0], question, passages[-1]), memory=dict(memory))
