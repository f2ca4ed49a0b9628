"""Give the conversation to people.

Two nodes, because LangGraph runs an interrupted node again from its first line when it resumes:
the one that speaks does not interrupt, and the one that interrupts (`human`) does nothing else.
The queue's row is written with the reply, in the turn's final transaction.
"""

from typing import Any

from langchain_core.messages import AIMessage
from langchain_core.runnables import RunnableConfig
from langgraph.runtime import Runtime

from agents.phrases import handoff_text
from data import handoffs
from graph.deps import Deps
from graph.nodes.reply import speak
from graph.reasons import handoff_request
from graph.scope import Run
from graph.state import State
from graph.tone import tone_of


async def handoff(
    state: State, config: RunnableConfig, runtime: Runtime[Run], *, deps: Deps
) -> dict[str, Any]:
    """Say why people take over and how many conversations are ahead.

    Reads: `handoff`, `understanding`, `moods`. Writes: `handoff`, `reply`, `messages`; drops the
    `draft`.
    """
    run = await deps.run_of(runtime, config)
    request = handoff_request(state)
    async with deps.database.transaction(run.scope.tenant) as db:
        waiting = await handoffs.count_waiting(db, run.scope.tenant)
    text = handoff_text(request["reasons"][0], waiting, await tone_of(state, run, deps))
    speak(text)
    return {
        "handoff": request,
        "reply": text,
        "draft": None,
        "messages": [AIMessage(text)],
    }
