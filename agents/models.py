"""Which language model serves, built when it is first needed.

No key is needed at start-up, and none at all for the offline engine.
"""

from dataclasses import dataclass
from functools import cached_property

from langchain_core.language_models import BaseChatModel
from pydantic import SecretStr

from agents.offline import OfflineModel

BASE_URLS = {
    "openai": None,
    "qwen3": "https://dashscope-intl.aliyuncs.com/compatible-mode/v1",
    "kimi": "https://api.moonshot.ai/v1",
}
DEFAULT_MODELS = {"openai": "gpt-4.1-mini", "qwen3": "qwen3-max", "kimi": "kimi-k2-0905-preview"}


@dataclass(frozen=True, slots=True)
class ModelConfig:
    """`timeout_s` bounds one call; retries are the fallback's business, not the client's."""

    provider: str = "offline"
    api_key: str | None = None
    base_url: str | None = None
    model: str | None = None
    timeout_s: float = 20.0

    @property
    def offline(self) -> bool:
        """Without a key, and without an own server that may need none, the engine serves."""
        return self.provider == "offline" or not (self.api_key or self.base_url)

    @property
    def name(self) -> str:
        """What serves, for people: `openai/gpt-4.1-mini` or `offline`."""
        if self.offline:
            return "offline"
        return f"{self.provider}/{self.model or DEFAULT_MODELS.get(self.provider, '?')}"


class Models:
    """The configured model and the engine that stands in for it."""

    def __init__(self, config: ModelConfig) -> None:
        self.config = config
        self.offline = OfflineModel()

    @cached_property
    def chat(self) -> BaseChatModel:
        """The provider's model, or the offline engine where none is configured.

        Raises:
            ValueError: LLM_PROVIDER is none of ours and no LLM_BASE_URL is given.
        """
        config = self.config
        if config.offline:
            return self.offline
        if config.provider not in BASE_URLS and not config.base_url:
            known = ", ".join([*BASE_URLS, "offline"])
            raise ValueError(f"LLM_PROVIDER must be one of {known}, or LLM_BASE_URL must be set")
        from langchain_openai import ChatOpenAI  # noqa: PLC0415  # 0.4 s that offline never needs

        return ChatOpenAI(
            model=config.model or DEFAULT_MODELS.get(config.provider, ""),
            base_url=config.base_url or BASE_URLS.get(config.provider),
            api_key=SecretStr(config.api_key or "none"),
            timeout=config.timeout_s,
            max_retries=0,
            temperature=0.2,
        )
