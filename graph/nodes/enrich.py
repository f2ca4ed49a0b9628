"""First node of every turn: who is this customer, and what do we already know about them?"""

import logging
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.runtime import Runtime

from graph.deps import Deps
from graph.nodes.identify import identified
from graph.scope import Run
from graph.state import State
from retrievers.customer import known_customer

logger = logging.getLogger(__name__)


async def enrich(
    state: State,
    config: RunnableConfig,
    runtime: Runtime[Run],
    *,
    deps: Deps,
) -> dict[str, Any]:
    """Look up a verified customer, take codes of who is none yet, or have one sent.

    Reads: `messages`, `proof`. Writes: `context`, and clears what the turn before left; what
    `identified` says.
    A database that does not answer in time costs the context, never the reply.
    """
    run = await deps.run_of(runtime, config)
    context: dict[str, Any] = {"customer": None, "missing": []}
    if run.scope.verified_customer is not None:
        try:
            context["customer"] = await known_customer(deps.database, run.scope)
        except Exception:
            logger.exception("enrich_failed")
            context["missing"] = ["customer"]
    fresh: dict[str, Any] = {
        "context": context,
        "transfers": [],
        "carried": [],
        "draft": None,
        "handoff": None,
        "reply": None,
        "proved": False,
        "shown": None,
        "mailed": False,
    }
    begun: Any = {**state, **fresh}
    return fresh | await identified(begun, run, deps)
