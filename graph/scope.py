"""Who a run is for and which turn it is: LangGraph's runtime context."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from langchain_core.runnables import RunnableConfig

from data.journal import Round
from data.scope import Scope


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the graph. `deadline` is in the event loop's time."""

    scope: Scope
    turn_id: UUID
    lease_token: int
    deadline: float
    tone: str | None = None
    replay: Mapping[int, Round] = field(default_factory=dict)


def config_for(scope: Scope) -> RunnableConfig:
    """The run's place in the checkpointer; `thread_id` is all that a config carries."""
    return {"configurable": {"thread_id": scope.thread_id}, "recursion_limit": 60}
