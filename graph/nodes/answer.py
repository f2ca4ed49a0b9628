"""A curated answer, said as it was written."""

from typing import Any

from agents.memory import after_look_up
from graph.state import Draft, State


async def answer(state: State) -> dict[str, Any]:
    """Reads: `understanding.curated`. Writes: `draft`, and in `memory` what it was about."""
    curated = state["understanding"]["curated"]
    if curated is None:
        raise ValueError("routed to `answer` without a curated answer")
    draft = Draft(
        text=curated["response"],
        specialist=curated["specialist"],
        answered_by="knowledge",
        match_level=curated["level"],
        confidence=curated["confidence"],
        sources=[
            {
                "source": f"curated/{curated['specialist']}/{curated['name']}",
                "title": curated["name"].replace("_", " ").capitalize(),
                "score": curated["confidence"],
                "content": curated["response"],
            }
        ],
        tool_calls=[],
        done=[],
        evidence=[curated["response"]],
    )
    said = state["understanding"]["text"]
    return {
        "draft": draft,
        "memory": after_look_up(state.get("memory", {}), said, curated["specialist"]),
    }
