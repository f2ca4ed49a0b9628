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
from data import claims, waits
from graph.deps import Deps
from graph.nodes.reply import speak
from graph.reasons import handoff_request
from graph.scope import Run
from graph.state import State
from graph.tone import tone_of
from tools.ladder import answer_within_s
from tools.waits import in_words, likely_wait_s


async def handoff(
    state: State, config: RunnableConfig, runtime: Runtime[Run], *, deps: Deps
) -> dict[str, Any]:
    """Say why people take over, how many conversations are ahead, and what is known of the wait.

    Reads: `handoff`, `understanding`, `moods`. Writes: `handoff`, `reply`, `messages`; drops the
    `draft` and what people had `returned` before.
    """
    run = await deps.run_of(runtime, config)
    request = handoff_request(state)
    company = (await deps.content.of(run.scope.tenant)).company
    request["answer_within_s"] = answer_within_s(request["priority"], company)
    async with deps.database.transaction(run.scope.tenant) as db:
        standing = await waits.standing(
            db, run.scope.tenant, request["priority"], await claims.moment(db)
        )
    wait_s = likely_wait_s(standing)
    wait = in_words(wait_s) if wait_s is not None else None
    tone = await tone_of(state, run, deps)
    text = handoff_text(request["reasons"][0], standing.ahead, wait, tone)
    speak(text)
    return {
        "handoff": request,
        "reply": text,
        "draft": None,
        "returned": None,
        "messages": [AIMessage(text)],
    }
