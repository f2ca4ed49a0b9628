"""The last look before a customer reads it."""

from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.runtime import Runtime

from agents.review import unsupported
from graph.deps import Deps
from graph.reasons import MOST_SUMMARY_CHARS
from graph.scope import Run
from graph.state import State


async def review(
    state: State, config: RunnableConfig, runtime: Runtime[Run], *, deps: Deps
) -> dict[str, Any]:
    """Hand over what its sources don't support.

    Reads: `draft`. Writes: `handoff` when the draft is empty or claims too much.
    """
    draft = state["draft"]
    if draft is None:
        raise ValueError("routed to `review` without a draft")
    run = await deps.run_of(runtime, config)
    company = (await deps.content.of(run.scope.tenant)).company
    evidence = [*draft["evidence"], *map(str, company.values())]
    if draft["text"].strip() and not unsupported(draft["text"], evidence):
        return {"handoff": None}
    understanding = state["understanding"]
    return {
        "handoff": {
            "reasons": ["ungrounded"],
            "summary": understanding["text"][:MOST_SUMMARY_CHARS],
            "priority": understanding["urgency"],
        }
    }
