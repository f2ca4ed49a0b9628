"""Operations as the tools of a model."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from langchain.tools import ToolRuntime
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolMessage
from langchain_core.tools import BaseTool, StructuredTool

from agents.context import TurnContext
from agents.evidence import is_refusal
from agents.facts import told_by
from agents.review import Grounds, ungrounded
from tools.held_back import NEEDS_APPROVAL
from tools.operation import Call, Operation, Outcome
from tools.perform import perform

UNGROUNDED = "ungrounded"
FAULTS = frozenset({UNGROUNDED, "invalid", "forbidden", "unavailable", "internal"})
"""Refusals that are nobody's answer. `not_found` and the like would tell a stranger who exists."""


def as_tool(operation: Operation) -> BaseTool:
    """A LangChain tool that reads identity and database from the runtime of each call."""

    async def call(runtime: ToolRuntime[TurnContext], **arguments: Any) -> str:
        messages = runtime.state["messages"]
        number = str(runtime.tool_call_id)
        return await answer_of(operation, runtime.context, messages, number, arguments)

    return StructuredTool.from_function(
        coroutine=call,
        name=operation.name,
        description=operation.description,
        # as JSON: a pydantic model would be asked about the runtime, too; `perform` validates
        args_schema=operation.arguments.model_json_schema(),
    )


async def answer_of(
    operation: Operation,
    context: TurnContext,
    messages: list[AnyMessage],
    call_id: str,
    arguments: dict[str, Any],
) -> str:
    """Run an operation that the last of the messages asks for; its result as JSON."""
    context.emit({"event": "tool", "name": operation.name})
    outcome = unfounded(operation, arguments, context, messages)
    if outcome:
        context.refusals.add(operation.name, context.scope.role, UNGROUNDED)
    else:
        outcome = await perform(
            context.database,
            context.scope,
            operation,
            place_of(context, messages, call_id),
            arguments,
            refusals=context.refusals,
        )
    if outcome.refused in FAULTS:
        context.emit({"event": "tool", "name": operation.name, "failed": outcome.refused})
    if outcome.refused:
        why = {"refused": outcome.refused, "reason": outcome.result}
        return json.dumps(why | outcome.details, ensure_ascii=False)
    return json.dumps(outcome.result, ensure_ascii=False)


def unfounded(
    operation: Operation,
    arguments: Mapping[str, Any],
    context: TurnContext,
    messages: Sequence[AnyMessage],
) -> Outcome | None:
    """The refusal of words for the customer that nothing supports; None where all is well.

    What a tool sends does not pass `review`, so the same look is taken here.
    """
    if operation.spoken is None:
        return None
    now = rounds_in(messages)  # what the model says in this turn proves nothing
    told = [m for m in messages if isinstance(m, ToolMessage | AIMessage) and m not in now]
    grounds = Grounds(
        known=(
            *(str(m.content) for m in told),
            *told_by(context.facts.company),
        ),
        said=tuple(str(m.content) for m in messages if isinstance(m, HumanMessage)),
        done=frozenset({*deeds_in(messages), operation.name}),
    )
    claims = ungrounded(str(arguments.get(operation.spoken, "")), grounds)
    if not claims:
        return None
    problem = "it says what no tool or passage told you; leave that out, or look it up first"
    return Outcome(operation.name, f"{operation.spoken}: {problem}", refused=UNGROUNDED)


def place_of(context: TurnContext, messages: list[AnyMessage], call_id: str) -> Call:
    """Turn, round and position of a call: the same for a repeated turn, whatever its call ids."""
    shown = context.facts.shown
    # what a code was shown for stood in their words when it was asked for, however long ago
    before = [str(value) for value in shown["arguments"].values()] if shown else []
    said = "\n".join([*(str(m.content) for m in messages if isinstance(m, HumanMessage)), *before])
    asked = messages[-1]
    calls = asked.tool_calls if isinstance(asked, AIMessage) else []
    position = next((i for i, call in enumerate(calls) if call["id"] == call_id), 0)
    number = len(rounds_in(messages)) - 1
    key = f"{context.turn_id}:{number}:{position}"
    return Call(key, context.turn_id, context.lease_token, said, context.codes)


def worked_in(message: ToolMessage) -> bool:
    """Whether a tool did what it was asked for."""
    return message.status != "error" and not is_refusal(str(message.content))


def deeds_in(messages: Iterable[AnyMessage]) -> set[str]:
    """The tools that worked, and NEEDS_APPROVAL where one put its change before people."""
    results = [m for m in messages if isinstance(m, ToolMessage)]
    asked = {NEEDS_APPROVAL for m in results if is_refusal(str(m.content), NEEDS_APPROVAL)}
    return {str(m.name) for m in results if worked_in(m)} | asked


def rounds_in(messages: Sequence[AnyMessage]) -> list[AIMessage]:
    """What the models of all the turn's specialists have said since the customer spoke."""
    said: list[AIMessage] = []
    for message in reversed(messages):
        if isinstance(message, HumanMessage):
            break
        if isinstance(message, AIMessage):
            said.append(message)
    return said[::-1]
