"""Which language models serve, built when they are first needed, and how they are asked.

No key is needed at start-up, and none at all for the offline engine.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from langchain_core.language_models import BaseChatModel
from pydantic import SecretStr

from agents.breaker import Breaker
from agents.faults import Reason, Unusable, fault_of
from agents.offline import OfflineModel

if TYPE_CHECKING:
    import httpx2

logger = logging.getLogger(__name__)

BASE_URLS = {
    "openai": "https://api.openai.com/v1",  # named: the client would look for others by itself
    "qwen3": "https://dashscope-intl.aliyuncs.com/compatible-mode/v1",
    "kimi": "https://api.moonshot.ai/v1",
}
DEFAULT_MODELS = {"openai": "gpt-4.1-mini", "qwen3": "qwen3-max", "kimi": "kimi-k2-0905-preview"}

FAIR_S = 0.5  # a call that had less time than this and ran out of it says nothing of the model

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ModelConfig:
    """`timeout_s` bounds one call; retries are the fallback's business, not the client's.

    `analysis_model` decides what is understood; without one, `model` does.
    """

    provider: str = "offline"
    api_key: str | None = None
    base_url: str | None = None
    model: str | None = None
    analysis_model: str | None = None
    timeout_s: float = 20.0

    @property
    def offline(self) -> bool:
        """Without a key, and without an own server that may need none, the engine serves."""
        return self.provider == "offline" or not (self.api_key or self.base_url)

    @property
    def chat_model(self) -> str:
        """The model's name at its provider; empty where none is known."""
        return self.model or DEFAULT_MODELS.get(self.provider, "")

    @property
    def name(self) -> str:
        """What writes, for people: `openai/gpt-4.1-mini` or `offline`."""
        return "offline" if self.offline else f"{self.provider}/{self.chat_model or '?'}"

    @property
    def analysis_name(self) -> str:
        """What decides, for people."""
        return f"{self.provider}/{self.analysis_model}" if self._two else self.name

    @property
    def _two(self) -> bool:
        return not self.offline and bool(self.analysis_model)


@dataclass(frozen=True, slots=True)
class Fallbacks:
    """How often a model did not answer in this process, by (model, reason)."""

    counts: Counter[tuple[str, Reason]] = field(default_factory=Counter)

    def add(self, model: str, reason: Reason) -> None:
        """Count one more."""
        self.counts[model, reason] += 1


class Models:
    """The configured models and the engine that stands in for them.

    One of these a process: the breakers belong to a provider's model, not to a turn.
    """

    def __init__(self, config: ModelConfig, http: "httpx2.AsyncClient | None" = None) -> None:
        self.config = config
        self.offline = OfflineModel()
        self.fallbacks = Fallbacks()
        self.breakers = {
            name: Breaker(name)
            for name in (config.name, config.analysis_name)
            if not config.offline
        }
        self._http = http

    @cached_property
    def chat(self) -> BaseChatModel:
        """The provider's model, or the offline engine where none is configured.

        Raises:
            ValueError: LLM_PROVIDER is none of ours and no LLM_BASE_URL is given.
        """
        return self.offline if self.config.offline else self._client(self.config.chat_model)

    @cached_property
    def analysis(self) -> BaseChatModel:
        """The model that decides what is meant; the same as `chat` where no other is named."""
        named = self.config.analysis_model
        return self._client(named) if named and not self.config.offline else self.chat

    async def ask(self, name: str, call: Callable[[], Awaitable[T]], deadline: float) -> T:
        """What a call of a provider's model brings, unless its breaker is open.

        Args:
            name: `config.name` or `config.analysis_name`.
            call: asks, and raises Unusable for an answer that is none.
            deadline: in the event loop's time.

        Raises:
            Unusable: nothing usable came. It is counted and logged.
        """
        try:
            with self.breakers[name].trying():
                return await _in_time(call, deadline)
        except Exception as error:  # whatever a provider does, the customer gets an answer
            fault = fault_of(error)
            self.fell_back(name, fault.reason, repr(error)[:300])
            raise Unusable(fault.reason, f"{name}: {fault.reason}") from error

    def fell_back(self, name: str, reason: Reason, error: str = "") -> None:
        """Something else than the model answers; count it and leave a line in the log."""
        self.fallbacks.add(name, reason)
        logger.warning("llm_fallback", extra={"model": name, "reason": reason, "error": error})

    def _client(self, model: str) -> BaseChatModel:
        config = self.config
        if config.provider not in BASE_URLS and not config.base_url:
            known = ", ".join([*BASE_URLS, "offline"])
            raise ValueError(f"LLM_PROVIDER must be one of {known}, or LLM_BASE_URL must be set")
        from agents.openai_chat import CompleteChatOpenAI  # noqa: PLC0415  # 0.4 s, offline never

        return CompleteChatOpenAI(
            model=model,
            base_url=config.base_url or BASE_URLS.get(config.provider),
            api_key=SecretStr(config.api_key or "none"),
            timeout=config.timeout_s,
            max_retries=0,
            temperature=0.2,
            http_async_client=self._http,
        )


async def _in_time(call: Callable[[], Awaitable[T]], deadline: float) -> T:
    left_s = deadline - asyncio.get_running_loop().time()
    try:
        async with asyncio.timeout(max(0.0, left_s)):
            return await call()
    except TimeoutError:
        if left_s < FAIR_S:
            raise Unusable("out_of_time", "the turn had no time left for the model") from None
        raise
