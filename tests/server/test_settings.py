import base64
from pathlib import Path

import pytest
from dotenv import dotenv_values
from pydantic import ValidationError

from agents.models import BASE_URLS
from retrievers.embed import Endpoint
from server.embedding import embedder_of, endpoint_of
from server.settings import LLM_PROVIDERS, Settings, read_settings
from server.wiring import model_config

EXAMPLE = Path(__file__).parents[2] / ".env.example"
SAFE = {"DATABASE_URL": "postgresql://db/x", "JWT_SECRET_KEY": "k" * 32}


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No `.env` and none of our variables."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def given(monkeypatch: pytest.MonkeyPatch, **variables: str) -> Settings:
    """The settings with these variables set."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return Settings()


def test_the_example_lists_every_setting_and_no_other() -> None:
    listed = [name.lower() for name in dotenv_values(EXAMPLE)]
    assert sorted(listed) == sorted(Settings.model_fields)


def test_the_example_copied_to_dotenv_changes_nothing(tmp_path: Path) -> None:
    defaults = Settings()
    (tmp_path / ".env").write_text(EXAMPLE.read_text())
    assert Settings() == defaults


def test_every_default_that_is_not_empty_stands_in_the_example() -> None:
    listed = dotenv_values(EXAMPLE)
    for name, field in Settings.model_fields.items():
        expected = "" if field.default is None else str(field.default)
        expected = expected.lower() if isinstance(field.default, bool) else expected
        assert listed[name.upper()] == expected, name


def test_the_environment_wins_over_dotenv_and_an_empty_value_is_none(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("APP_NAME=File\nPORT=9000\nLLM_MODEL=\n")
    settings = given(monkeypatch, APP_NAME="Shell", DATABASE_URL="")
    assert (settings.app_name, settings.port) == ("Shell", 9000)
    assert settings.llm_model is None
    assert settings.database_url is None


@pytest.mark.parametrize(
    ("shell", "file", "key", "origin"),
    [
        ({"LLM_API_KEY": "ours", "OPENAI_API_KEY": "theirs"}, "", "ours", "LLM_API_KEY"),
        ({"OPENAI_API_KEY": "theirs"}, "", "theirs", "OPENAI_API_KEY"),
        ({"OPENAI_API_KEY": "theirs"}, "LLM_API_KEY=ours", "ours", "LLM_API_KEY"),
        ({"LLM_API_KEY": "ours"}, "OPENAI_API_KEY=theirs", "ours", "LLM_API_KEY"),
        ({"LLM_API_KEY": "", "OPENAI_API_KEY": "theirs"}, "", "theirs", "OPENAI_API_KEY"),
        ({"OPENAI_API_KEY": "theirs", "LLM_PROVIDER": "kimi"}, "", None, None),
        ({}, "", None, None),
    ],
)
def test_our_name_of_the_key_wins_wherever_it_stands_and_openais_stays_with_openai(
    shell: dict[str, str],
    file: str,
    key: str | None,
    origin: str | None,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    (tmp_path / ".env").write_text(file)
    settings = given(monkeypatch, **shell)
    assert model_config(settings).api_key == key
    assert settings.llm_key_name == origin


def test_our_name_of_the_model_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    assert given(monkeypatch, OPENAI_MODEL="theirs").llm_model == "theirs"
    assert given(monkeypatch, LLM_MODEL="ours").llm_model == "ours"


def test_openais_address_goes_with_openais_key_and_the_provider_is_read_in_any_case(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = given(monkeypatch, LLM_PROVIDER="OpenAI", OPENAI_BASE_URL=" http://gate.example/v1/")
    assert (settings.llm_provider, settings.llm_base_url) == ("openai", "http://gate.example/v1")
    assert given(monkeypatch, LLM_BASE_URL="http://ours/v1").llm_base_url == "http://ours/v1"
    assert given(monkeypatch, LLM_PROVIDER="kimi", LLM_BASE_URL="").llm_base_url is None


def test_a_key_is_taken_without_the_line_break_of_its_file(monkeypatch: pytest.MonkeyPatch) -> None:
    assert model_config(given(monkeypatch, LLM_API_KEY="sk-1\n")).api_key == "sk-1"
    assert model_config(given(monkeypatch, LLM_API_KEY=" ")).offline


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("LLM_API_KEY", "clé", "LLM_API_KEY: a key has letters without accents"),
        ("LLM_BASE_URL", "localhost:11434", "LLM_BASE_URL: write an address such as https://"),
        ("EMBEDDING_BASE_URL", "https://me:secret@host/v1", "EMBEDDING_BASE_URL: write an address"),
    ],
)
def test_what_no_request_can_be_made_with_is_refused(
    name: str, value: str, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit, match=sentence):
        read_settings()


def test_the_providers_are_those_that_the_models_know() -> None:
    assert {*BASE_URLS, "offline"} == set(LLM_PROVIDERS)


def test_any_provider_is_taken_with_a_base_url(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = given(monkeypatch, LLM_PROVIDER="mine", LLM_BASE_URL="http://127.0.0.1:9/v1")
    assert not model_config(settings).offline


@pytest.mark.parametrize("env", ["staging", "prod"])
@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"JWT_SECRET_KEY": "k" * 32}, "Set DATABASE_URL: the embedded database is for"),
        ({"DATABASE_URL": "postgresql://db/x"}, "Set JWT_SECRET_KEY to a random text of at least"),
        (SAFE | {"JWT_SECRET_KEY": "short"}, "Set JWT_SECRET_KEY to a random text of at least"),
        (SAFE | {"REQUIRE_API_KEY": "false"}, "Remove REQUIRE_API_KEY=false"),
    ],
)
def test_outside_dev_unsafe_settings_are_refused(
    env: str, variables: dict[str, str], sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENV", env)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit, match=sentence):
        read_settings()


def test_debugging_is_refused_in_prod_only(monkeypatch: pytest.MonkeyPatch) -> None:
    assert given(monkeypatch, ENV="staging", DEBUG="true", **SAFE).debug
    monkeypatch.setenv("ENV", "prod")
    with pytest.raises(SystemExit, match="Remove DEBUG=true"):
        read_settings()


def test_outside_dev_a_key_is_needed_unless_something_else_was_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert not Settings().needs_api_key
    assert given(monkeypatch, REQUIRE_API_KEY="true").needs_api_key
    monkeypatch.delenv("REQUIRE_API_KEY")
    assert given(monkeypatch, ENV="prod", **SAFE).needs_api_key


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"PORT": "70000"}, "PORT: input should be less than or equal to 65535."),
        ({"LOG_LEVEL": "loud"}, "LOG_LEVEL: input should be 'DEBUG', 'INFO', 'WARNING' or 'ERROR'"),
        ({"TURN_DEADLINE_S": "0"}, "TURN_DEADLINE_S: input should be greater than 0."),
        ({"API_KEYS": "abc"}, "API_KEYS must be KEY or KEY:tenant"),
        ({"API_KEYS": "k" * 16 + ":No Tenant"}, "API_KEYS must be KEY or KEY:tenant"),
        ({"DATABASE_URL": "sqlite:///x"}, "DATABASE_URL must start with postgresql://"),
        ({"DB_POOL_MIN": "9", "DB_POOL_MAX": "3"}, "DB_POOL_MIN must not be above DB_POOL_MAX."),
        ({"EMBEDDING_PROVIDER": "far"}, "EMBEDDING_PROVIDER: input should be 'local'."),
        ({"PORT": "x", "ENV": "y"}, "ENV: .*\nPORT: "),
    ],
)
def test_what_cannot_be_used_is_named_in_a_sentence_each(
    variables: dict[str, str], sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit, match=sentence):
        read_settings()


def test_a_secret_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = {
        "LLM_API_KEY": "sk-1234",
        "OPENAI_API_KEY": "sk-5678",
        "JWT_SECRET_KEY": "s" * 40,
        "API_KEYS": "k" * 20,
        "DATABASE_URL": "postgresql://me:hunter22@db/x",
    }
    shown = repr(given(monkeypatch, **secrets))
    assert not any(secret in shown for secret in (*secrets.values(), "hunter22"))


def test_keys_are_given_to_their_tenants(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = "a" * 16, "b" * 16
    settings = given(monkeypatch, API_KEYS=f" {first}, {second}:acme ,")
    assert settings.given_keys == [(first, "demo"), (second, "acme")]


def test_a_setting_made_in_code_is_checked_too() -> None:
    with pytest.raises(ValidationError):
        Settings(port=-1)


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("CORS_ORIGINS", "*", "CORS_ORIGINS must list origins such as https://shop.example"),
        ("CORS_ORIGINS", "https://shop.example/", "CORS_ORIGINS must list origins"),
        ("CORS_ORIGINS", "shop.example", "CORS_ORIGINS must list origins"),
        ("TRUSTED_PROXIES", "*", "TRUSTED_PROXIES must list addresses or networks"),
        ("TRUSTED_PROXIES", "0.0.0.0/0", "TRUSTED_PROXIES must list addresses or networks"),
        ("TRUSTED_PROXIES", "10.0.0.1/8", "TRUSTED_PROXIES must list addresses or networks"),
        ("TRUSTED_PROXIES", "proxy", "TRUSTED_PROXIES must list addresses or networks"),
        ("ENCRYPTION_KEYS", "short", "ENCRYPTION_KEYS must be keys of 32 bytes in base64"),
        ("ENCRYPTION_KEYS", "ü" * 43, "ENCRYPTION_KEYS must be keys of 32 bytes in base64"),
        ("RATE_LIMIT_CHAT", "often", "RATE_LIMIT_CHAT: write a rate such as 60/minute"),
        ("RATE_LIMIT_DEFAULT", "0/minute", "RATE_LIMIT_DEFAULT: write a rate such as"),
        ("RATE_LIMIT_FAQ", "60", "RATE_LIMIT_FAQ: write a rate such as 60/minute"),
        ("RATE_LIMIT_FALLBACK", "x/y", "RATE_LIMIT_FALLBACK: write a rate such as 60/minute"),
        ("REDIS_URL", "localhost:6379", "REDIS_URL must start with redis://"),
        ("MODEL_TOKENS_PER_DAY", "-1", "MODEL_TOKENS_PER_DAY: input should be greater than"),
    ],
)
def test_what_would_let_anybody_in_or_means_nothing_is_refused_in_every_environment(
    name: str, value: str, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for env in ("dev", "prod"):
        for given_name, given_value in {**SAFE, "ENV": env, name: value}.items():
            monkeypatch.setenv(given_name, given_value)
        with pytest.raises(SystemExit) as caught:
            read_settings()
        assert str(caught.value).startswith(sentence)
        assert "\n" not in str(caught.value), "one sentence"


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"DEBUG": "true"}, "Remove DEBUG=true: it shows internals to callers."),
        (
            {"LOG_LEVEL": "DEBUG"},
            "Set LOG_LEVEL to INFO: at DEBUG, what customers write is logged.",
        ),
        (
            {"CORS_ORIGINS": "https://a.example,http://b.example"},
            "CORS_ORIGINS: begin origins with https://; plain http can be rewritten.",
        ),
    ],
)
def test_what_is_unsafe_in_prod_is_refused_there_only(
    variables: dict[str, str], sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    given(monkeypatch, **SAFE, **variables, ENV="staging")
    monkeypatch.setenv("ENV", "prod")
    with pytest.raises(SystemExit) as caught:
        read_settings()
    assert str(caught.value) == sentence


def test_prod_starts_with_what_is_safe(monkeypatch: pytest.MonkeyPatch) -> None:
    safe = given(
        monkeypatch,
        **SAFE,
        ENV="prod",
        CORS_ORIGINS="https://shop.example, http://localhost:3000",
        TRUSTED_PROXIES="10.0.0.0/8, 192.0.2.1",
        ENCRYPTION_KEYS=base64.b64encode(b"k" * 32).decode(),
    )
    assert safe.needs_api_key


def test_the_fallback_rate_counts_where_the_default_is_not_set(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert given(monkeypatch, RATE_LIMIT_FALLBACK="5/minute").rate_limit_default == "5/minute"
    assert given(monkeypatch, RATE_LIMIT_DEFAULT="7/minute").rate_limit_default == "7/minute"


def test_an_endpoint_for_embeddings_is_the_models_own_unless_it_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shared = {"EMBEDDING_PROVIDER": "openai", "LLM_BASE_URL": "http://m/v1", "LLM_API_KEY": "m"}
    settings = given(monkeypatch, **shared)
    assert settings.embedding_model == "text-embedding-3-small"
    assert endpoint_of(settings) == Endpoint("http://m/v1", "m", None)
    named = {"EMBEDDING_BASE_URL": "http://e/v1", "EMBEDDING_API_KEY": "e"}
    settings = given(monkeypatch, **named, EMBEDDING_MODEL="x", EMBEDDING_DIMENSIONS="8")
    assert (settings.embedding_model, embedder_of(settings).model) == ("x", "openai/x@8")
    assert endpoint_of(settings) == Endpoint("http://e/v1", "e", 8)
