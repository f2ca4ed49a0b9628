"""Answering from the knowledge base. Pure functions."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from agents.clarify import which_of
from agents.cues import names_another, refers_back
from agents.extract import grounded_answer
from agents.facts import Clause
from agents.memory import after_look_up, after_sign_in_request
from agents.moves import Ask, Move, Result, answer_to
from agents.phrases import phrase
from agents.playbook import Playbook

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
    move = answer_in_articles(questions(clause.text, memory), results, memory)
    if move.calls:
        return move
    if move.text:
        text = phrase("article", tone, text=move.text)
        return Move(text=text, memory=after_look_up(memory, clause.text, specialist))
    if memory.get("nothing_found"):
        return Move(hand_over="data_gap", memory=dict(memory))
    asked = which_of(clause, memory, playbooks, tone) or Move(
        text=phrase("ask_again", tone), memory=dict(memory)
    )
    return replace(asked, memory={**asked.memory, "nothing_found": True})


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
    question = " ".join(filter(None, (playbook.in_general, text)))
    found = answer_in_articles((question,), results, memory)
    if found.calls:
        return found
    parts = [phrase("unverified", tone)]
    if found.text:
        parts.insert(0, phrase("general_answer", tone, text=found.text))
    return Move(text="\n\n".join(parts), memory=after_sign_in_request(memory))


def questions(text: str, memory: Mapping[str, Any]) -> tuple[str, ...]:
    """What to ask the articles, in turn: "and to Mexico?" says little without what was before it.

    >>> after = {"topic": {"playbook": ""}, "about": {"matter": "Do you ship to Canada?"}}
    >>> questions("and to Mexico?", after)
    ('Do you ship to Canada? and to Mexico?',)
    """
    if memory.get("topic", {}).get("playbook") != "":
        return (text,)
    in_full = f"{memory.get('about', {}).get('matter', '')} {text}".strip()
    if names_another(text):
        return (in_full,)
    return (text, in_full) if refers_back(text) else (text,)


def answer_in_articles(
    questions: Sequence[str], results: tuple[Result, ...], memory: Mapping[str, Any]
) -> Move:
    """The search to make, or what the first question found that is answered; else no text."""
    for question in questions:
        ask = Ask("knowledge_search", {"query": question[:MOST_QUERY_CHARS]})
        found = answer_to(ask, results)
        if found is None:
            return Move(calls=(ask,), memory=dict(memory))
        if text := grounded_answer(found.value, question):
            return Move(text=text, memory=dict(memory))
    return Move(memory=dict(memory))
