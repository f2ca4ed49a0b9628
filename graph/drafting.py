"""What the assistant would answer, without saying it: the graph as far as `review`, read-only.

    START ─▶ enrich ─▶ classify ─┬─▶ answer ────────────────────────────┬─▶ review ─▶ END
                                 └─▶ tech │ billing │ leads │ general ──┘

An operator sees more than the customer. A draft is meant for the customer, so it is made with the
customer's own rights: what they may not see cannot reach them by an operator's click.
"""

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from uuid import uuid4

from langchain_core.messages import AnyMessage, HumanMessage
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph

from agents.extract import words_of
from agents.human_request import wants_to_talk
from agents.registry import SPECIALISTS
from agents.sentiment import Sentiment, sentiment_of
from data.scope import Role, Scope
from graph.build import edge
from graph.crew import Crew
from graph.deps import Deps
from graph.moods import shares_of
from graph.nodes.answer import answer
from graph.nodes.classify import classify
from graph.nodes.enrich import enrich
from graph.nodes.review import review
from graph.nodes.specialist import work
from graph.routing import ANSWER, OTHER, REVIEW, after_specialist, first_specialist, node_of
from graph.scope import Run
from graph.state import Draft, Incoming, MessageMood, State
from tools.operation import Effect

DEADLINE_S = 15.0  # an operator waits for it
MOST_STEPS = 40
STOPS = re.compile(r"[.!?,;:\n]+")


class Asked(Incoming, total=False):
    """What a draft starts from: the conversation, and what the thread remembers of it."""

    memory: dict[str, Any]
    moods: list[MessageMood]


Graph = CompiledStateGraph[State, Run, Asked, State]


@dataclass(frozen=True, slots=True)
class Drafted:
    """`draft` is None where nothing grounded can be said; `asked` is what it would answer."""

    draft: Draft | None
    asked: str
    sentiment: Sentiment | None


def only_calls(text: str) -> bool:
    """Whether a message asks for a person, and nothing else.

    >>> [only_calls(t) for t in ("A human, please!", "A human, my phone is broken!")]
    [True, False]
    """
    rest = [part for part in STOPS.split(text) if not wants_to_talk(part)]
    return wants_to_talk(text) and not any(len(words_of(part)) > 1 for part in rest)


class Drafting:
    """Answers a conversation in private. One graph, compiled once."""

    def __init__(self, deps: Deps) -> None:
        reading = {n: o for n, o in deps.operations.items() if o.effect is Effect.READ}
        self._graph = _build(replace(deps, operations=reading))

    async def draft(
        self, scope: Scope, window: Sequence[AnyMessage], remembered: Mapping[str, Any]
    ) -> Drafted:
        """What could be answered to what the customer asked last.

        Args:
            scope: the conversation's own, with its customer and how sure we are of them.
            window: what was said, oldest first.
            remembered: the thread's `memory` and `moods`.

        Raises:
            TimeoutError: it took longer than DEADLINE_S.
        """
        messages = up_to_question(window)
        if not messages:
            return Drafted(None, "", None)
        run = Run(
            scope=scope.acting_as(Role.CUSTOMER_AI),
            turn_id=uuid4(),
            lease_token=0,
            deadline=asyncio.get_running_loop().time() + DEADLINE_S / 2,
        )
        given: Any = {"messages": messages, **remembered}
        async with asyncio.timeout(DEADLINE_S):
            state = await self._graph.ainvoke(given, {"recursion_limit": MOST_STEPS}, context=run)
        moods = shares_of(state.get("moods", []))
        return Drafted(
            draft=None if state.get("handoff") else state.get("draft"),
            asked=state["understanding"]["text"],
            sentiment=sentiment_of(moods) if moods else None,
        )


def up_to_question(window: Sequence[AnyMessage]) -> list[AnyMessage]:
    """The conversation up to the last thing that a customer wants to know.

    What was answered or said since is left out, and so is a plain call for a person, unless the
    customer never said anything else.

    >>> talk = [HumanMessage("Where is order 2?"), HumanMessage("I want to talk to a human")]
    >>> [message.content for message in up_to_question(talk)]
    ['Where is order 2?']
    """
    asked = [at for at, message in enumerate(window) if isinstance(message, HumanMessage)]
    wishes = [at for at in asked if not only_calls(str(window[at].content))]
    if not asked:
        return []
    return list(window[: (wishes or asked)[-1] + 1])


def _build(deps: Deps) -> Graph:
    crew = Crew(deps.models, deps.operations, deps.content, deps.budget)
    graph = StateGraph(State, context_schema=Run, input_schema=Asked)
    graph.add_node("enrich", partial(enrich, deps=deps))
    graph.add_node("classify", partial(classify, deps=deps))
    graph.add_node(ANSWER, answer)
    graph.add_node(OTHER, partial(work, deps=deps, crew=crew))
    for name in SPECIALISTS:
        graph.add_node(name, partial(work, deps=deps, crew=crew, name=name))
    graph.add_node(REVIEW, partial(review, deps=deps))

    everybody = [OTHER, *SPECIALISTS]
    graph.add_edge(START, "enrich")
    graph.add_edge("enrich", "classify")
    graph.add_conditional_edges("classify", edge(who_answers), [ANSWER, *everybody])
    graph.add_edge(ANSWER, REVIEW)
    for name in everybody:
        graph.add_conditional_edges(name, edge(what_then), [*everybody, REVIEW, END])
    graph.add_edge(REVIEW, END)
    return graph.compile(name="drafting")


def who_answers(state: State) -> str:
    """As in a turn, but people have it already: no reason for a handoff counts."""
    if state["understanding"]["curated"] is not None:
        return ANSWER
    return node_of(first_specialist(state))


def what_then(state: State) -> str:
    """As in a turn; what would be given to people ends here."""
    return END if state.get("handoff") else after_specialist(state)
