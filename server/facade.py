"""The graph over LangServe: a small Runnable in front of it, never the compiled graph itself.

The graph would hand out its state and prompts, take any state from a client, lose messages in a
batch and die with a client that hangs up. This takes a customer's words or an operator's decision,
and gives the same answer as `POST /v1/chat`.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal, Self

from langchain_core.runnables import ConfigurableFieldSpec, Runnable, RunnableConfig
from langserve import CustomUserType
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from data.errors import Invalid, SwitchboardError
from graph.handback import HandBack
from server.answers import Accepted, ChatResponse, HandedBack
from server.auth.permissions import Permission
from server.auth.principal import Principal
from server.chat_messages import last_words
from server.doors import SAFE_ID, Asked, Taken, answer, take
from server.wiring import Services

MOST_MESSAGES = 100


class Resume(BaseModel):
    """An operator's answer to an interrupt."""

    model_config = ConfigDict(extra="forbid")

    action: Literal["return", "resolve"]
    note: Annotated[str, Field(max_length=4000)] | None = None


class SupportInput(CustomUserType):
    """A customer's turn (`messages`; the last one counts) or an operator's decision (`resume`)."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"messages": [{"role": "user", "content": "Where is my order?"}]}]
        },
    )

    messages: Annotated[list[Any], Field(min_length=1, max_length=MOST_MESSAGES)] | None = None
    resume: Resume | None = None

    @field_validator("messages")
    @classmethod
    def _a_customers(cls, given: list[Any] | None) -> list[Any] | None:
        return None if given is None else [{"role": "user", "content": last_words(given)}]

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.messages is None) == (self.resume is None):
            raise ValueError("send either `messages` or `resume`")
        return self


class SupportFacade(Runnable[Any, dict[str, Any]]):
    """What `/support` serves. Opened services come with each call's config."""

    name = "support"

    @property
    def InputType(self) -> type[Any]:  # noqa: N802  # LangChain's name
        return SupportInput

    @property
    def OutputType(self) -> Any:  # noqa: N802  # LangChain's name
        return ChatResponse | Accepted | HandedBack

    @property
    def config_specs(self) -> list[ConfigurableFieldSpec]:
        return [
            ConfigurableFieldSpec(
                id="thread_id",
                annotation=str | None,
                name="Conversation",
                description="The conversation's id; left out, a new one is opened",
                default=None,
            )
        ]

    def invoke(
        self, input: Any, config: RunnableConfig | None = None, **kwargs: Any
    ) -> dict[str, Any]:
        raise NotImplementedError("the server only calls asynchronously")

    async def ainvoke(
        self, input: Any, config: RunnableConfig | None = None, **kwargs: Any
    ) -> dict[str, Any]:
        """The whole answer."""
        call = _Call.of(config)
        if input.resume:
            return await call.hand_back(input.resume)
        taken = await call.take(input)
        return await answer(call.services, taken) or taken.accepted()

    async def abatch(
        self,
        inputs: list[Any],
        config: RunnableConfig | list[RunnableConfig] | None = None,
        *,
        return_exceptions: bool = False,
        **kwargs: Any,
    ) -> list[dict[str, Any]]:
        """Answers in order. Messages of one thread are accepted in their order, too."""
        configs = config if isinstance(config, list) else [config] * len(inputs)
        calls = [_Call.of(each) for each in configs]
        if any(item.resume for item in inputs):
            raise Invalid("inputs", "an operator's decision goes through invoke, not batch")
        taken: list[Taken] = []
        try:
            for call, item in zip(calls, inputs, strict=True):
                taken.append(await call.take(item))
        except BaseException:
            for each in taken:
                each.ticket.close()
            raise
        answers = await asyncio.gather(
            *(answer(call.services, each) for call, each in zip(calls, taken, strict=True))
        )
        return [found or each.accepted() for found, each in zip(answers, taken, strict=True)]

    async def astream(
        self, input: Any, config: RunnableConfig | None = None, **kwargs: Any
    ) -> AsyncIterator[dict[str, Any]]:
        """Our own events, the last one a `result`, or an `error` where the call is refused."""
        call = _Call.of(config)
        try:
            if input.resume:
                yield {"event": "result", "result": await call.hand_back(input.resume)}
                return
            taken = await call.take(input)
        except SwitchboardError as error:
            yield {
                "event": "error",
                "status": error.status,
                "code": error.code,
                "detail": str(error),
            }
            return
        async for event in answering(call.services, taken):
            yield event


async def answering(services: Services, taken: Taken) -> AsyncIterator[dict[str, Any]]:
    """A message's events within the deadline, the last one always a `result`."""
    try:
        async with asyncio.timeout(services.settings.turn_deadline_s):
            async for event in taken.ticket.events():
                if event["event"] == "result":
                    yield {"event": "result", "result": taken.body(event["result"])}
                    return
                yield event
    except TimeoutError:
        yield {"event": "result", "result": taken.accepted()}
    finally:
        taken.ticket.close()


class _Call:
    """One call's place: the services, the caller, and the thread it names."""

    def __init__(self, services: Services, caller: Principal, thread_id: str | None) -> None:
        self.services = services
        self._caller = caller
        self._thread_id = thread_id

    @classmethod
    def of(cls, config: RunnableConfig | None) -> Self:
        place = (config or {}).get("configurable", {})
        return cls(place["services"], place["principal"], place.get("thread_id"))

    async def take(self, given: SupportInput) -> Taken:
        if not given.messages:
            raise Invalid("input.messages", "must hold a message")
        words = given.messages[-1]["content"]
        asked = Asked(words, conversation_id=self._thread_id, channel="api")
        return await take(self.services, self._caller, asked)

    async def hand_back(self, decision: Resume) -> dict[str, Any]:
        self._caller.require(Permission.WORK_HANDOFFS)
        if self._thread_id is None:
            raise Invalid("config.configurable.thread_id", "name the conversation to hand back")
        ended = await self.services.handbacks.hand_back(
            self._caller.scope(self._thread_id), HandBack(decision.action, decision.note)
        )
        return {
            "conversation_id": ended.conversation_id,
            "handoff": False,
            "handoff_reason": ended.reason,
            "status": "returned" if decision.action == "return" else "resolved",
        }


def safe_thread_id(given: Any) -> str | None:
    """The thread a client names.

    Raises:
        Invalid: it is no safe id.
    """
    if given is None:
        return None
    if not isinstance(given, str) or not re.fullmatch(SAFE_ID, given):
        raise Invalid("config.configurable.thread_id", "must be up to 128 safe characters")
    return given
