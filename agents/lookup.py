"""Answering from the knowledge base. Pure functions."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from agents.clarify import which_of
from agents.cues import asks_on, names_another, refers_back
from agents.extract import grounded_answer, words_of
from agents.facts import Clause
from agents.memory import after_look_up, after_sign_in_request
from agents.moves import Ask, Move, Result, answer_to
from agents.phrases import phrase
from agents.playbook import Playbook

MOST_QUERY_CHARS = 500
FEW_WORDS = 1  # with a meaning of their own: "Canada?", "how soon"


def look_up(
    clause: Clause,
    specialist: str,
    results: tuple[Result, ...],
    memory: Mapping[str, Any],
    playbooks: Mapping[str, Playbook],
    tone: str,
) -> Move:
    """The knowledge base answers, or asks once for more, or a person does."""
    move = answer_in_articles(queries(clause.text, memory), clause.text, results, memory)
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
    found = answer_in_articles((question,), question, results, memory)
    if found.calls:
        return found
    parts = [phrase("unverified", tone)]
    if found.text:
        parts.insert(0, phrase("general_answer", tone, text=found.text))
    return Move(text="\n\n".join(parts), memory=after_sign_in_request(memory))


def answer_in_passing(
    text: str, results: tuple[Result, ...], memory: Mapping[str, Any]
) -> Move | None:
    """What the articles say to a question about what was just spoken of; None: nothing."""
    move = answer_in_articles((_in_full(text, memory), text), text, results, memory)
    return move if move.calls or move.text else None


def queries(text: str, memory: Mapping[str, Any]) -> tuple[str, ...]:
    """What to ask the articles, in turn: "and to Mexico?" says little without what was before it.

    >>> after = {"topic": {"playbook": ""}, "about": {"matter": "Do you ship to Canada?"}}
    >>> queries("and to Mexico?", after)
    ('Do you ship to Canada? and to Mexico?', 'and to Mexico?')
    """
    if memory.get("topic", {}).get("playbook") != "":
        return (text,)
    if names_another(text) or len(words_of(text)) <= FEW_WORDS:
        return (_in_full(text, memory), text)
    return (text, _in_full(text, memory)) if refers_back(text) or asks_on(text) else (text,)


def _in_full(text: str, memory: Mapping[str, Any]) -> str:
    """With what it was about before."""
    return f"{memory.get('about', {}).get('matter', '')} {text}".strip()


def answer_in_articles(
    queries: Sequence[str], question: str, results: tuple[Result, ...], memory: Mapping[str, Any]
) -> Move:
    """The search to make, or what the first of them found to the question; else no text."""
    for query in queries:
        ask = Ask("knowledge_search", {"query": query[-MOST_QUERY_CHARS:]})
        found = answer_to(ask, results)
        if found is None:
            return Move(calls=(ask,), memory=dict(memory))
        if text := grounded_answer(found.value, question):
            return Move(text=text, memory=dict(memory))
    return Move(memory=dict(memory))
