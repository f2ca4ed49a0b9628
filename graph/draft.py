"""A draft made of what a specialist said and what its tools answered. Pure functions."""

import json
from collections.abc import Sequence
from typing import Any

from langchain_core.messages import AIMessage, AnyMessage, ToolMessage

from agents.control import HAND_OVER, TRANSFER, transfer_in
from agents.extract import stems_of
from agents.offline import NAME as OFFLINE
from agents.phrases import phrase
from agents.sentences import sentences
from agents.toolbox import deeds_in, worked_in
from graph.state import AnsweredBy, Curated, Draft, Source, State
from tools.gaps import KNOWLEDGE_THRESHOLD

KNOWLEDGE = "knowledge_search"
CONTROL = frozenset({TRANSFER, HAND_OVER})
MOST_SOURCES = 3
NOTHING = frozenset({"", "[]", "{}", "null"})  # what a tool answers that found none
A_SENTENCE = 4  # words with a meaning; fewer may stand in any passage
SHARE = 0.6  # of such a sentence's words that stand in a passage it was taken from


def draft_from(said: Sequence[AnyMessage], state: State, specialist: str) -> Draft:
    """The answer with its sources and everything that may support it.

    Args:
        said: the turn's messages by models and tools, of all its specialists.
        state: the turn, for the customer's own words and the classification.
        specialist: who answered last.
    """
    results = {m.tool_call_id: m for m in said if isinstance(m, ToolMessage)}
    calls = [c for m in said if isinstance(m, AIMessage) for c in m.tool_calls]
    used = [c["name"] for c in calls if c["name"] not in CONTROL and c["id"] in results]
    offline = _last(said).response_metadata.get("model_name") == OFFLINE
    text = _text(said)
    ready: list[Source] = [c for m in said for c in m.response_metadata.get("cites", ())]
    sources = [*ready, *_cited(results.values(), text, by_title=offline)]
    by = _answered_by(results.values(), sources, offline=offline)
    clauses = state["understanding"]["clauses"]
    return Draft(
        text=text,
        specialist=specialist,
        answered_by=by,
        match_level={"knowledge": "semantic", "model": "model"}.get(by),
        confidence=sources[0]["score"] if by == "knowledge" else clauses[0]["confidence"],
        sources=sources,
        tool_calls=list(dict.fromkeys(used)),
        done=sorted(deeds_in(results.values()) - CONTROL),
        evidence=[
            *(str(m.content) for m in results.values()),
            *(each["content"] for each in ready),
            *_known_before(state),
        ],
    )


def found_nothing(said: Sequence[AnyMessage]) -> bool:
    """Whether tools were asked in this turn and none of them had anything.

    A refusal is no gap: it says what is missing.
    """
    results = [m for m in said if isinstance(m, ToolMessage) and m.name not in CONTROL]
    return bool(results) and not any(map(_has_something, results))


def _has_something(result: ToolMessage) -> bool:
    if worked_in(result) and result.name == KNOWLEDGE:
        found = _passages(str(result.content))
        return any(passage["score"] >= KNOWLEDGE_THRESHOLD for passage in found)
    return str(result.content).strip() not in NOTHING


def _says(text: str, content: str) -> bool:
    """Whether a text has a sentence of a passage."""
    said = (stems_of(sentence) for sentence in sentences(text))
    there = stems_of(content)
    return any(len(s & there) >= SHARE * len(s) for s in said if len(s) >= A_SENTENCE)


def _text(said: Sequence[AnyMessage]) -> str:
    """The last word, after what earlier specialists said when they passed the turn on."""
    passed_on = [str(m.content) for m in said if isinstance(m, AIMessage) and transfer_in(m)]
    last = _last(said)
    parts = [*passed_on, "" if transfer_in(last) else str(last.content)]
    return "\n\n".join(part.strip() for part in parts if part.strip())


def _last(said: Sequence[AnyMessage]) -> AIMessage:
    return next(m for m in reversed(said) if isinstance(m, AIMessage))


def curated_source(curated: Curated) -> Source:
    """A curated answer as the source that an answer names."""
    return Source(
        source=f"curated/{curated['specialist']}/{curated['name']}",
        title=curated["name"].replace("_", " ").capitalize(),
        score=curated["confidence"],
        content=curated["response"],
    )


def _cited(results: Any, text: str, *, by_title: bool) -> list[Source]:
    """The passages whose titles an answer names, or a sentence of which a model says."""
    found: dict[str, Source] = {}
    for message in results:
        if message.name != KNOWLEDGE:
            continue
        for passage in _passages(str(message.content)):
            named = phrase("sources", titles=passage["title"]) in text
            if named or (not by_title and _says(text, passage["content"])):
                source = Source(
                    source=passage["source"],
                    title=passage["title"],
                    score=passage["score"],
                    content=passage["content"],
                )
                found.setdefault(f"{source['source']}#{source['content'][:80]}", source)
    return sorted(found.values(), key=lambda s: -s["score"])[:MOST_SOURCES]


def _passages(content: str) -> list[dict[str, Any]]:
    try:
        value = json.loads(content)
    except ValueError:
        return []
    return value if isinstance(value, list) else []


def _answered_by(results: Any, sources: list[Source], *, offline: bool) -> AnsweredBy:
    """Tools if the customer's records were read, knowledge if an article was, else the model."""
    if any(m.name != KNOWLEDGE and m.name not in CONTROL and worked_in(m) for m in results):
        return "tools"
    if sources:
        return "knowledge" if offline else "model"
    return "model"


def _known_before(state: State) -> list[str]:
    """What is known of the customer, and what they were told: it was looked at then."""
    told = [str(m.content) for m in state["messages"] if isinstance(m, AIMessage)]
    customer = state.get("context", {}).get("customer")
    return [*told, json.dumps(customer, ensure_ascii=False)] if customer else told
