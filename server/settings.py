"""Every knob, read once at start-up. Only `server/` and `evals/` import this module.

A missing or unsafe value stops the process before it takes traffic, with a sentence that says
what to set.
"""

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from data.db import TENANT_ID, clean_url
from server import setting_values
from server.auth.web_address import is_private_on_the_way

DEMO_TENANT = "demo"
LOCAL_MODEL = "all-MiniLM-L6-v2"
LLM_PROVIDERS = ("openai", "qwen3", "kimi", "offline")  # any other needs LLM_BASE_URL

Tone = Literal["professional", "friendly", "playful"]


class Settings(BaseSettings):
    """Names are the environment's, in lower case. `.env` is read; the environment wins."""

    model_config = SettingsConfigDict(env_file=".env", env_ignore_empty=True, extra="ignore")

    env: Literal["dev", "staging", "prod"] = "dev"
    app_name: str = "Switchboard"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    debug: bool = False
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    data_dir: Path = Path("var")
    """Where the embedded database, the exported model and the demo key live."""

    database_url: str | None = Field(default=None, repr=False)
    db_pool_min: int = Field(default=2, ge=1)
    db_pool_max: int = Field(default=20, ge=2)

    llm_provider: str = "openai"
    llm_api_key: SecretStr | None = None
    llm_base_url: str | None = None
    llm_model: str | None = None
    llm_analysis_model: str | None = None
    """Decides what is meant where the tenant's examples don't; LLM_MODEL where it is empty."""
    openai_api_key: SecretStr | None = None
    """Used where LLM_API_KEY is not set and the provider is openai; so are the two below."""
    openai_model: str | None = None
    openai_base_url: str | None = None
    embedding_provider: Literal["local", "openai"] = "local"
    """`openai` is any endpoint that speaks OpenAI's embeddings API."""
    embedding_model: str = LOCAL_MODEL
    embedding_base_url: str | None = None
    """LLM_BASE_URL and LLM_API_KEY where these two are not set."""
    embedding_api_key: SecretStr | None = None
    embedding_dimensions: int | None = Field(default=None, ge=1, le=16_000)
    """As many as the endpoint is asked for; None: as many as the model has."""

    default_tone: Tone = "friendly"
    turn_deadline_s: float = Field(default=60, gt=0, le=600)

    require_api_key: bool | None = None
    api_keys: str = Field(default="", repr=False)
    jwt_secret_key: SecretStr | None = None
    encryption_keys: str = Field(default="", repr=False)
    """The first encrypts, all decrypt."""
    cors_origins: str = ""
    """The demo tenant's; every other tenant's are in its own row."""
    trusted_proxies: str = ""
    """Whose X-Forwarded-For is believed."""

    redis_url: str | None = Field(default=None, repr=False)
    rate_limit_default: str = "60/minute"
    rate_limit_fallback: str | None = None
    """Used where RATE_LIMIT_DEFAULT is not set."""
    rate_limit_chat: str = "30/minute"
    rate_limit_faq: str = "10/minute"
    model_tokens_per_day: int | None = Field(default=None, ge=0)
    """A tenant's budget; above it the offline engine answers. None: no budget."""
    password_hash_cost: int = Field(default=3, ge=1, le=20)
    """How many times argon2 goes over its 64 MiB."""
    oidc_issuer: str | None = None
    oidc_client_id: str | None = None
    oidc_client_secret: SecretStr | None = None
    oidc_redirect_url: str | None = None
    """Where the identity provider sends people back to: /v1/auth/oidc/callback of this server."""

    @field_validator("database_url")
    @classmethod
    def _only_postgres(cls, url: str | None) -> str | None:
        return clean_url(url) if url else None

    @field_validator("llm_provider")
    @classmethod
    def _in_lower_case(cls, name: str) -> str:
        return name.strip().lower()

    @field_validator("llm_base_url", "openai_base_url", "embedding_base_url")
    @classmethod
    def _only_web(cls, url: str | None) -> str | None:
        return setting_values.web_address(url) if url else None

    @field_validator("llm_api_key", "openai_api_key", "embedding_api_key")
    @classmethod
    def _fit_for_a_header(cls, key: SecretStr | None) -> SecretStr | None:
        return SecretStr(setting_values.secret(key.get_secret_value())) if key else None

    @field_validator("api_keys")
    @classmethod
    def _key_and_tenant(cls, listed: str) -> str:
        for entry in filter(None, map(str.strip, listed.split(","))):
            key, _, tenant = entry.partition(":")
            if len(key) < 16 or (tenant and not TENANT_ID.fullmatch(tenant)):
                raise ValueError(
                    "API_KEYS must be KEY or KEY:tenant, separated by commas, "
                    "each KEY at least 16 characters long"
                )
        return listed

    @field_validator("redis_url")
    @classmethod
    def _only_redis(cls, url: str | None) -> str | None:
        if url and not url.startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("REDIS_URL must start with redis://, rediss:// or unix://")
        return url

    @field_validator(
        "rate_limit_default", "rate_limit_fallback", "rate_limit_chat", "rate_limit_faq"
    )
    @classmethod
    def _a_rate(cls, given: str | None) -> str | None:
        if given is not None:
            setting_values.rate(given)
        return given

    @field_validator("cors_origins")
    @classmethod
    def _only_origins(cls, given: str) -> str:
        setting_values.origins(given)
        return given

    @field_validator("trusted_proxies")
    @classmethod
    def _only_networks(cls, given: str) -> str:
        setting_values.networks(given)
        return given

    @field_validator("encryption_keys")
    @classmethod
    def _only_keys(cls, given: str) -> str:
        setting_values.encryption_keys(given)
        return given

    @model_validator(mode="after")
    def _default_before_fallback(self) -> Self:
        if self.rate_limit_fallback and "rate_limit_default" not in self.model_fields_set:
            self.rate_limit_default = self.rate_limit_fallback
        return self

    @model_validator(mode="after")
    def _model_of_the_provider(self) -> Self:
        if self.embedding_provider == "openai" and self.embedding_model == LOCAL_MODEL:
            self.embedding_model = "text-embedding-3-small"
        return self

    @model_validator(mode="after")
    def _single_sign_on_complete(self) -> Self:
        if self.oidc_issuer is None:
            return self
        if self.oidc_client_id is None:
            raise ValueError("set OIDC_CLIENT_ID: the identity provider must know who asks")
        for name in ("oidc_issuer", "oidc_redirect_url"):
            if not is_private_on_the_way(getattr(self, name) or "https://"):
                raise ValueError(f"{name.upper()} must start with https://")
        if self.env != "dev" and self.oidc_redirect_url is None:
            raise ValueError("set OIDC_REDIRECT_URL to /v1/auth/oidc/callback at your own address")
        return self

    @model_validator(mode="after")
    def _ours_before_openais(self) -> Self:
        # not an alias of the field: a key exported in the shell would then beat ours in `.env`
        if self.llm_provider == "openai":
            self.llm_api_key = self.llm_api_key or self.openai_api_key
            self.llm_model = self.llm_model or self.openai_model
            self.llm_base_url = self.llm_base_url or self.openai_base_url
        return self

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        if self.llm_provider not in LLM_PROVIDERS and not self.llm_base_url:
            known = ", ".join(LLM_PROVIDERS)
            raise ValueError(f"LLM_PROVIDER must be one of {known}, or LLM_BASE_URL must be set")
        if self.db_pool_min > self.db_pool_max:
            raise ValueError("DB_POOL_MIN must not be above DB_POOL_MAX")
        return self

    @model_validator(mode="after")
    def _safe_outside_dev(self) -> Self:
        if self.env == "dev":
            return self
        if not self.database_url:
            raise ValueError("set DATABASE_URL: the embedded database is for development")
        if self.jwt_secret_key is None or len(self.jwt_secret_key.get_secret_value()) < 32:
            raise ValueError("set JWT_SECRET_KEY to a random text of at least 32 characters")
        if self.require_api_key is False:
            raise ValueError("remove REQUIRE_API_KEY=false: without a key anybody gets in")
        if self.env == "prod":
            self._safe_in_prod()
        return self

    def _safe_in_prod(self) -> None:
        if self.debug:
            raise ValueError("remove DEBUG=true: it shows internals to callers")
        if self.log_level == "DEBUG":
            raise ValueError("set LOG_LEVEL to INFO: at DEBUG, what customers write is logged")
        if setting_values.unencrypted(setting_values.origins(self.cors_origins)):
            raise ValueError(
                "CORS_ORIGINS: begin origins with https://; plain http can be rewritten"
            )

    @property
    def needs_api_key(self) -> bool:
        """Whether a request without credentials is refused rather than a visitor's."""
        return self.env != "dev" if self.require_api_key is None else self.require_api_key

    @property
    def llm_key_name(self) -> str | None:
        """The name under which the language model's key was given."""
        if self.llm_api_key is None:
            return None
        return "OPENAI_API_KEY" if self.llm_api_key is self.openai_api_key else "LLM_API_KEY"

    @property
    def given_keys(self) -> list[tuple[str, str]]:
        """The (key, tenant) pairs of API_KEYS; a bare key is the demo tenant's."""
        pairs = (entry.strip().partition(":") for entry in self.api_keys.split(","))
        return [(key, tenant or DEMO_TENANT) for key, _, tenant in pairs if key]


def read_settings() -> Settings:
    """The settings; where they cannot be used, the process ends with sentences that say why.

    Raises:
        SystemExit: a value is missing, unsafe or of the wrong kind.
    """
    try:
        return Settings()
    except ValidationError as error:
        problems = (_sentence(one["loc"], one["msg"]) for one in error.errors())
        raise SystemExit("\n".join(problems)) from None
    except UnicodeDecodeError:
        raise SystemExit(".env is not UTF-8; save it as UTF-8.") from None
    except OSError as error:
        raise SystemExit(f".env cannot be read: {error.strerror}.") from None


def _sentence(place: tuple[int | str, ...], message: str) -> str:
    text = message.removeprefix("Value error, ").rstrip(".")
    name = ".".join(map(str, place)).upper()
    if not name or name in text:
        return f"{text[:1].upper()}{text[1:]}."
    return f"{name}: {text[:1].lower()}{text[1:]}."
