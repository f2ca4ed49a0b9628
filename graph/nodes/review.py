"""The last look before a customer reads it."""

import logging
from typing import Any

from langchain_core.messages import HumanMessage
from langchain_core.runnables import RunnableConfig
from langgraph.runtime import Runtime

from agents.facts import told_by
from agents.review import Grounds, ungrounded
from graph.deps import Deps
from graph.reasons import MOST_SUMMARY_CHARS
from graph.scope import Run
from graph.state import State

logger = logging.getLogger(__name__)


async def review(
    state: State, config: RunnableConfig, runtime: Runtime[Run], *, deps: Deps
) -> dict[str, Any]:
    """Hand over what its sources don't support.

    Reads: `draft`, `messages`. Writes: `handoff` when the draft is empty or claims too much.
    """
    draft = state["draft"]
    if draft is None:
        raise ValueError("routed to `review` without a draft")
    if state["understanding"].get("told"):  # people's own words, quoted: they answer for them
        return {"handoff": None}
    run = await deps.run_of(runtime, config)
    company = (await deps.content.of(run.scope.tenant)).company
    said = [str(m.content) for m in state["messages"] if isinstance(m, HumanMessage)]
    grounds = Grounds(
        known=(*draft["evidence"], *told_by(company)),
        said=tuple(said),
        done=frozenset(draft["done"]),
    )
    claims = ungrounded(draft["text"], grounds)
    if draft["text"].strip() and not claims:
        return {"handoff": None}
    logger.warning("ungrounded", extra={"claims": len(claims), "specialist": draft["specialist"]})
    understanding = state["understanding"]
    return {
        "handoff": {
            "reasons": ["ungrounded"],
            "summary": understanding["text"][:MOST_SUMMARY_CHARS],
            "priority": understanding["urgency"],
        }
    }
