"""Around every model call of a turn: replay, deadline, fallback, journal, and the limit of rounds.

One middleware, because the order matters: what was journaled is not asked again, what fails is
asked of the offline engine, and a request for WRITE tools is journaled before a tool runs.
"""

import json
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Any

from langchain.agents.middleware import AgentMiddleware, AgentState, ModelRequest, ModelResponse
from langchain_core.messages import AIMessage, SystemMessage, ToolCall, messages_from_dict
from langchain_core.messages.base import message_to_dict

from agents.budget import Budget, tokens_of
from agents.context import TurnContext
from agents.control import left_to_do
from agents.faults import Unusable
from agents.models import Models
from agents.playbook import Playbook
from agents.prompts import in_confidence, system_prompt
from agents.review import discloses
from agents.specialist import Specialist
from agents.spoken import spoken
from agents.toolbox import rounds_in
from data import journal, turns
from tools.operation import Effect, Operation

MOST_ROUNDS = 5  # rounds of tool calls in a turn, over all its specialists
MOST_CALLS = 40  # of one round: a hundred tickets at once are a fault of the model, not a wish
FELL_BACK = {"event": "step", "name": "llm_fallback"}
STOP = "stop"  # in response_metadata: why the turn ends here

Handler = Callable[[ModelRequest[TurnContext]], Awaitable[ModelResponse[Any]]]
PlaybooksOf = Callable[[str], Awaitable[Mapping[str, Playbook]]]


class ModelCall(AgentMiddleware[AgentState[Any], TurnContext, Any]):
    """Bound to one specialist; the turn comes with the runtime."""

    def __init__(
        self,
        specialist: Specialist,
        operations: Mapping[str, Operation],
        models: Models,
        playbooks_of: PlaybooksOf,
        budget: Budget | None = None,
    ) -> None:
        super().__init__()
        self._specialist = specialist
        self._writes = {n for n, o in operations.items() if o.effect is Effect.WRITE}
        self._models = models
        self._playbooks_of = playbooks_of
        self._budget = budget

    async def awrap_model_call(
        self, request: ModelRequest[TurnContext], handler: Handler
    ) -> ModelResponse[Any]:
        """The model's next message in this turn.

        Raises:
            LeaseLost: the turn was taken over; nothing more may be written.
        """
        context = request.runtime.context
        before = rounds_in(request.messages)
        number = len(before)
        if kept := context.replay.get(number):
            return ModelResponse(result=messages_from_dict([kept.message]))
        if before and (call := left_to_do(before[-1])):
            return ModelResponse(result=[_alone(call, before[-1])])
        message = numbered(await self._ask(request, handler), number)
        if message.tool_calls and number >= MOST_ROUNDS:
            if request.model is not self._models.offline:
                self._models.fell_back(self._models.config.name, "tool_limit")
            return _stopped("tool_limit", message)
        if any(call["name"] in self._writes for call in message.tool_calls):
            await self._journal(context, [*before, message])
        return ModelResponse(result=[message])

    async def _ask(self, request: ModelRequest[TurnContext], handler: Handler) -> AIMessage:
        """The configured model's answer, or the offline engine's if it fails or may not."""
        context = request.runtime.context
        playbooks = await self._playbooks_of(context.scope.tenant)
        offered = {name for tool in request.tools if (name := getattr(tool, "name", None))}
        if request.model is not self._models.offline and not await self._spent(context):
            try:
                return await self._provider(request, handler, offered)
            except Unusable:
                context.emit(FELL_BACK)
        settings = {"facts": context.facts, "playbooks": playbooks}
        offline = request.override(model=self._models.offline, model_settings=settings)
        return _only(await handler(offline))

    async def _provider(
        self, request: ModelRequest[TurnContext], handler: Handler, offered: Collection[str]
    ) -> AIMessage:
        """What the configured model says, if it can be used.

        Raises:
            Unusable: it cannot.
        """
        context = request.runtime.context
        prompt = system_prompt(self._specialist, context.facts, context.tones)
        asked = request.override(system_message=SystemMessage(prompt))

        async def call() -> AIMessage:
            said = spoken(_only(await handler(asked)))
            return _usable(said, in_confidence(prompt), offered)

        answer = await self._models.ask(self._models.config.name, call, context.deadline)
        if self._budget:
            used = tokens_of([SystemMessage(prompt), *request.messages], answer)
            await self._budget.count(context.scope.tenant, used)
        return answer

    async def _spent(self, context: TurnContext) -> bool:
        if self._budget is None or not await self._budget.spent(context.scope.tenant):
            return False
        self._models.fell_back(self._models.config.name, "budget")
        context.emit(FELL_BACK)
        return True

    async def _journal(self, context: TurnContext, said: Sequence[AIMessage]) -> None:
        """Keep the rounds up to this one, so that a repeated turn takes the same way to it."""
        rounds = [
            journal.Round(number, message.name or self._specialist.name, message_to_dict(message))
            for number, message in enumerate(said)
        ]
        async with context.database.transaction(context.scope.tenant) as db:
            await turns.hold_lease(db, context.scope, context.lease_token)
            for entry in rounds:
                await journal.record_round(db, context.scope, context.turn_id, entry)


def numbered(message: AIMessage, number: int) -> AIMessage:
    """The message with call ids of our own, as a model may use one id twice, and not too many."""
    calls = [
        {**call, "args": _nameable(call["args"]), "id": f"call_{number}_{position}"}
        for position, call in enumerate(message.tool_calls[:MOST_CALLS])
    ]
    return message.model_copy(update={"tool_calls": calls}) if calls else message


def _nameable(arguments: dict[str, Any]) -> dict[str, Any]:
    """LangChain would take an argument `self` for the tool itself; renamed, it is refused."""
    return {f"{name}_" if name == "self" else name: given for name, given in arguments.items()}


def _alone(call: ToolCall, asked: AIMessage) -> AIMessage:
    """A control call once more, after the tools that were asked for with it."""
    return AIMessage(
        content="",
        tool_calls=[{**call, "id": f"{call['id']}_alone"}],
        response_metadata=asked.response_metadata,
    )


def _only(response: ModelResponse[Any]) -> AIMessage:
    message = response.result[-1]
    if not isinstance(message, AIMessage):
        raise TypeError(f"a model answered with {type(message).__name__}")
    return message


def _usable(message: AIMessage, prompt: str, offered: Collection[str]) -> AIMessage:
    """The message, if it says something, or asks for a tool there is, and keeps its prompt secret.

    Raises:
        Unusable: it does not.
    """
    words = str(message.text)
    if not words and not message.tool_calls:
        broken = message.invalid_tool_calls
        raise Unusable("garbage" if broken else "empty", "an answer without words or calls")
    if message.tool_calls and not any(call["name"] in offered for call in message.tool_calls):
        raise Unusable("unknown_tool", "it asks for tools that nobody offered")
    given = [json.dumps(call["args"], ensure_ascii=False) for call in message.tool_calls]
    if discloses("\n".join([words, *given]).replace("\\n", " "), prompt):
        raise Unusable("leak", "an answer that repeats its prompt")
    return message


def _stopped(why: str, message: AIMessage) -> ModelResponse[Any]:
    """The turn ends without running what was asked for."""
    metadata = {**message.response_metadata, STOP: why}
    return ModelResponse(result=[AIMessage(content="", response_metadata=metadata)])
