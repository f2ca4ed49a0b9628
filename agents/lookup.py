"""Answering from the knowledge base. Pure functions."""

from collections.abc import Mapping
from typing import Any

from agents.extract import grounded_answer
from agents.memory import after_look_up
from agents.moves import Ask, Move, Result, answer_to
from agents.phrases import phrase

MOST_QUERY_CHARS = 500


def look_up(
    text: str, specialist: str, results: tuple[Result, ...], memory: Mapping[str, Any]
) -> Move:
    """The knowledge base answers, or asks once for more, or a person does."""
    move = answer_in_articles(text, results, memory)
    if move.calls:
        return move
    if move.text:
        return Move(text=move.text, memory=after_look_up(memory, text, specialist))
    if memory.get("nothing_found"):
        return Move(hand_over="data_gap", memory=dict(memory))
    return Move(text=phrase("ask_again"), memory={**memory, "nothing_found": True})


def answer_without_account(
    text: str, results: tuple[Result, ...], memory: Mapping[str, Any]
) -> Move:
    """What to do to be known, and what can be told without that."""
    move = answer_in_articles(text, results, memory)
    if move.calls:
        return move
    parts = [phrase("unverified")]
    if move.text:
        parts.append(f"{phrase('general_answer')} {move.text}")
    return Move(text="\n\n".join(parts), memory=move.memory)


def answer_in_articles(text: str, results: tuple[Result, ...], memory: Mapping[str, Any]) -> Move:
    """The search to make, or what was found; no text where nothing is good enough."""
    ask = Ask("knowledge_search", {"query": text[:MOST_QUERY_CHARS]})
    found = answer_to(ask, results)
    if found is None:
        return Move(calls=(ask,), memory=dict(memory))
    return Move(text=grounded_answer(found.value, text), memory=dict(memory))
