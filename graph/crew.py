"""The specialists' agents, each compiled once, when the graph is built."""

from collections.abc import Mapping, Sequence
from typing import Any

from langchain.agents import create_agent
from langchain_core.messages import AIMessage, AnyMessage
from langgraph.graph.state import CompiledStateGraph

from agents.budget import Budget
from agents.content import Contents
from agents.context import TurnContext
from agents.control import control_tools
from agents.known_first import SEARCH, known_first
from agents.model_call import ModelCall
from agents.models import Models
from agents.registry import SPECIALISTS, specialist_named
from agents.toolbox import as_tool
from graph.routing import OTHER
from tools.operation import Operation

Agent = CompiledStateGraph[Any, TurnContext, Any, Any]


class Crew:
    """Agents by specialist name.

    Raises:
        ValueError: the configured language model cannot be used; better at start-up than later.
    """

    def __init__(
        self,
        models: Models,
        operations: Mapping[str, Operation],
        content: Contents,
        budget: Budget | None,
    ) -> None:
        self._models = models
        self._operations = operations
        self._content = content
        self._budget = budget
        self._agents = {name: self._compile(name) for name in [*SPECIALISTS, OTHER]}

    async def answer(
        self, name: str, messages: Sequence[AnyMessage], context: TurnContext
    ) -> list[AnyMessage]:
        """What a specialist and its tools say to a turn's messages.

        One that only a tenant's content names works with what the default one has.
        """
        found = await self._known(name, messages, context)
        if found and isinstance(found[-1], AIMessage):
            return found
        started = [*messages, *found]
        agent = self._agents.get(name) or self._agents[OTHER]
        result = await agent.ainvoke({"messages": started}, context=context)
        return [*found, *result["messages"][len(started) :]]

    async def _known(
        self, name: str, messages: Sequence[AnyMessage], context: TurnContext
    ) -> list[AnyMessage]:
        if SEARCH not in self._operations or SEARCH not in specialist_named(name).operations:
            return []
        playbooks = await self._content.playbooks_of(context.scope.tenant)
        search = self._operations[SEARCH]
        with_model = self._models.chat is not self._models.offline
        return await known_first(context, search, playbooks, messages, with_model=with_model)

    def _compile(self, name: str) -> Agent:
        specialist = specialist_named(name)
        mine = {n: self._operations[n] for n in specialist.operations if n in self._operations}
        agent: Agent = create_agent(
            self._models.chat,
            [*map(as_tool, mine.values()), *control_tools()],
            middleware=[
                ModelCall(
                    specialist,
                    mine,
                    self._models,
                    self._content.playbooks_of,
                    self._budget,
                )
            ],
            context_schema=TurnContext,
            checkpointer=False,  # else it would inherit the conversation's and read it once more
            name=name,
        )
        return agent
