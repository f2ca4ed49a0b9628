"""How the assistant speaks in a run."""

from agents.tones import tone_for
from graph.deps import Deps
from graph.scope import Run
from graph.state import State


async def tone_of(state: State, run: Run, deps: Deps) -> str:
    """The request's tone, else what the message and the customer call for, else the default."""
    content = await deps.content.of(run.scope.tenant)
    return tone_for(
        requested=run.tone,
        text=state["understanding"]["text"],
        customer=state["context"].get("customer"),
        default=str(content.company.get("default_tone") or deps.default_tone),
        tones=content.tones,
    )
