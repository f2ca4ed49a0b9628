"""First node of every turn: what do we already know about this customer?"""

import logging
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.runtime import Runtime

from graph.deps import Deps
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
    """Look up a verified customer; of anybody else, nothing is opened.

    Reads: nothing. Writes: `context`, and clears what the turn before left.
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
    return {
        "context": context,
        "transfers": [],
        "carried": [],
        "draft": None,
        "handoff": None,
        "reply": None,
    }
