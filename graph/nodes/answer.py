"""An answer that is there already: a curated one, or what people told the customer."""

from typing import Any

from agents.memory import after_look_up, after_telling
from agents.phrases import phrase
from agents.registry import FALLBACK
from graph.draft import curated_source
from graph.state import Draft, Source, State


async def answer(state: State) -> dict[str, Any]:
    """Say what was written or said before.

    Reads: `understanding`. Writes: `draft`, and in `memory` what it was about. What people told
    the customer goes before what was written for everybody.
    """
    if told := state["understanding"].get("told"):
        return {"draft": quoted(told)}
    curated = state["understanding"]["curated"]
    if curated is None:
        raise ValueError("routed to `answer` without a curated answer")
    draft = Draft(
        text=curated["response"],
        specialist=curated["specialist"],
        answered_by="knowledge",
        match_level=curated["level"],
        confidence=curated["confidence"],
        sources=[curated_source(curated)],
        tool_calls=[],
        done=[],
        evidence=[curated["response"]],
    )
    said = state["understanding"]["text"]
    memory = after_look_up(state.get("memory", {}), said, curated["specialist"])
    return {"draft": draft, "memory": after_telling(memory, curated["response"])}


def quoted(words: str) -> Draft:
    """What people said, in their words, as theirs."""
    source = Source(source="conversation", title="A colleague's words", score=1.0, content=words)
    return Draft(
        text=phrase("told", words=words),
        specialist=FALLBACK,
        answered_by="knowledge",
        match_level=None,
        confidence=1.0,
        sources=[source],
        tool_calls=[],
        done=[],
        evidence=[words],
    )
