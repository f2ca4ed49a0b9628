"""The offline engine: a chat model without a network.

It gets the classified intents, the identity level and the customer as data (`facts`), picks tools
by the tenant's playbooks, and composes its answer from tool results and passages only. What it
has no ground for, it gives to people.
"""

import json
import logging
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from typing import Any
from uuid import uuid4

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    HumanMessage,
    ToolMessage,
)
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool

from agents.control import HAND_OVER, TRANSFER
from agents.facts import Facts
from agents.interpreter import next_move
from agents.moves import Move, Result
from agents.playbook import Playbook

logger = logging.getLogger(__name__)

NAME = "offline"


class OfflineModel(BaseChatModel):
    """Call it with `facts` and `playbooks` as keyword arguments; see `agents.model_call`."""

    @property
    def _llm_type(self) -> str:
        return NAME

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: str | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Playbooks name the tools; the graph offers every tool a playbook may name."""
        return self.bind(**kwargs)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        facts: Facts = kwargs["facts"]
        move = decided(facts, kwargs["playbooks"], results_in(messages))
        return ChatResult(generations=[ChatGeneration(message=as_message(move, facts))])

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return self._generate(messages, stop, None, **kwargs)  # too short for a thread of its own

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        yield from _chunks(self._generate(messages, stop, None, **kwargs))

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        for chunk in _chunks(self._generate(messages, stop, None, **kwargs)):
            if run_manager and chunk.text:
                await run_manager.on_llm_new_token(chunk.text, chunk=chunk)
            yield chunk


def decided(facts: Facts, playbooks: Mapping[str, Playbook], results: Sequence[Result]) -> Move:
    """The next move; where a tenant's playbook cannot be played, people take over."""
    try:
        return next_move(facts, playbooks, results)
    except Exception:  # a slip in a template must not cost the customer an answer
        logger.exception("playbook_failed")
        return Move(hand_over="data_gap", memory=facts.memory)


def results_in(messages: Sequence[BaseMessage]) -> list[Result]:
    """What the tools answered since the customer spoke, in order."""
    asked: dict[str, dict[str, Any]] = {}
    found: list[Result] = []
    for message in messages:
        if isinstance(message, HumanMessage):
            asked.clear()
            found.clear()
        elif isinstance(message, AIMessage):
            asked |= {str(call["id"]): call["args"] for call in message.tool_calls}
        elif isinstance(message, ToolMessage):
            found.append(_result(message, asked.get(message.tool_call_id, {})))
    return found


def _result(message: ToolMessage, arguments: dict[str, Any]) -> Result:
    name = str(message.name)
    try:
        value = json.loads(str(message.content))
    except ValueError:  # LangChain's own error text, for a tool that does not exist or fit
        return Result(name, arguments, None, refused="invalid", reason=str(message.content))
    if isinstance(value, dict) and "refused" in value:
        details = {k: str(v) for k, v in value.items() if k not in {"refused", "reason"}}
        # what a policy says stands in the middle of a playbook's sentence
        reason = details.get("because", "").rstrip(".") or str(value.get("reason", ""))
        return Result(name, arguments, None, str(value["refused"]), reason, details)
    return Result(name, arguments, value)


def as_message(move: Move, facts: Facts) -> AIMessage:
    """A move as what a chat model says."""
    calls = [(ask.tool, ask.arguments) for ask in move.calls]
    if move.hand_over:
        calls = [(HAND_OVER, {"reason": move.hand_over, "summary": facts.text[:600]})]
    elif move.transfer:
        target, reason = move.transfer
        calls = [(TRANSFER, {"specialist": target, "reason": reason})]
    return AIMessage(
        content=move.text,
        tool_calls=[
            {"name": name, "args": arguments, "id": uuid4().hex} for name, arguments in calls
        ],
        response_metadata={"model_name": NAME, "memory": move.memory, "cites": move.cites},
    )


def _chunks(result: ChatResult) -> Iterator[ChatGenerationChunk]:
    """The message word by word, its tool calls with the last piece."""
    message = result.generations[0].message
    assert isinstance(message, AIMessage)
    words = str(message.content).split(" ")
    for index, word in enumerate(words):
        last = index == len(words) - 1
        chunk = AIMessageChunk(
            content=word if last else f"{word} ",
            tool_calls=message.tool_calls if last else [],
            response_metadata=message.response_metadata if last else {},
        )
        yield ChatGenerationChunk(message=chunk)
