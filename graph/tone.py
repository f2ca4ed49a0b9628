"""How the assistant speaks in a run."""

from graph.deps import Deps
from graph.scope import Run
from graph.state import State


async def tone_of(state: State, run: Run, deps: Deps) -> str:
    """The request's tone, else what the customer prefers, else the tenant's, else the default."""
    customer = state["context"].get("customer") or {}
    company = (await deps.content.of(run.scope.tenant)).company
    return str(
        run.tone
        or customer.get("preferred_tone")
        or company.get("default_tone")
        or deps.default_tone
    )
