"""The graph on one page.

START ─▶ enrich ─▶ classify
    classify ─┬─▶ answer ────────────────────────────┐
              ├─▶ tech │ billing │ leads │ general ──┼─▶ review ─▶ reply ─▶ END
              └─▶ handoff ◀──────────────────────────┘
                     └─▶ human (interrupt) ─▶ END

What `enrich` can say by itself, about codes, goes to `reply` or `handoff` at once.
"""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph

from agents.registry import SPECIALISTS
from graph.crew import Crew
from graph.deps import Deps
from graph.nodes.answer import answer
from graph.nodes.classify import classify
from graph.nodes.enrich import enrich
from graph.nodes.handoff import handoff
from graph.nodes.human import human
from graph.nodes.reply import reply
from graph.nodes.review import review
from graph.nodes.specialist import work
from graph.routing import (
    ANSWER,
    CLASSIFY,
    HANDOFF,
    OTHER,
    REPLY,
    REVIEW,
    TARGETS,
    after_classify,
    after_enrich,
    after_review,
    after_specialist,
)
from graph.scope import Run
from graph.state import Incoming, State

ONWARDS = [REVIEW, HANDOFF]

Graph = CompiledStateGraph[State, Run, Incoming, State]


def edge(rule: Callable[[State], str]) -> Callable[[State], Awaitable[str]]:
    """A rule as LangGraph takes it. A plain function would cost a hop through a thread a step."""

    async def ask(state: State) -> str:
        return rule(state)

    return ask


def build_graph(
    deps: Deps,
    checkpointer: BaseCheckpointSaver[Any] | None = None,
    context_schema: type[Any] = Run,
) -> Graph:
    """Compile the graph. Every node gets its dependencies here and nowhere else.

    A `context_schema` other than Run needs a `run_of` in `deps` that makes a Run of it.
    """
    crew = Crew(deps.models, deps.operations, deps.content, deps.budget)
    graph = StateGraph(State, context_schema=context_schema, input_schema=Incoming)
    graph.add_node("enrich", partial(enrich, deps=deps))
    graph.add_node(CLASSIFY, partial(classify, deps=deps))
    graph.add_node(ANSWER, answer)
    graph.add_node(OTHER, partial(work, deps=deps, crew=crew))
    for name in SPECIALISTS:
        graph.add_node(name, partial(work, deps=deps, crew=crew, name=name))
    graph.add_node(REVIEW, partial(review, deps=deps))
    graph.add_node(REPLY, reply)
    graph.add_node(HANDOFF, partial(handoff, deps=deps))
    graph.add_node("human", human)

    graph.add_edge(START, "enrich")
    graph.add_conditional_edges("enrich", edge(after_enrich), [CLASSIFY, REPLY, HANDOFF])
    graph.add_conditional_edges(CLASSIFY, edge(after_classify), TARGETS)
    graph.add_edge(ANSWER, REVIEW)
    graph.add_conditional_edges(OTHER, edge(after_specialist), [OTHER, *SPECIALISTS, *ONWARDS])
    for name in SPECIALISTS:
        others = [OTHER, *(other for other in SPECIALISTS if other != name)]
        graph.add_conditional_edges(name, edge(after_specialist), [*others, *ONWARDS])
    graph.add_conditional_edges(REVIEW, edge(after_review), [REPLY, HANDOFF])
    graph.add_edge(REPLY, END)
    graph.add_edge(HANDOFF, "human")
    graph.add_edge("human", END)
    return graph.compile(checkpointer=checkpointer, name="switchboard")
