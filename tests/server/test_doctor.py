import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from data.condition import Condition
from server.checkup.database import judge
from server.checkup.environment import check_folder
from server.checkup.finding import Level
from server.checkup.models import check_models
from server.settings import Settings
from tests.command import switchboard
from tests.retrievers.embeddings_server import embeddings_server, refusal
from tests.served import Served, free_port

SOUND = Condition("18.4", "0006", "0.8.5", frozenset({"switchboard_app", "switchboard_ops"}))
REFUSAL = b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
LISTED = b'{"data": [{"id": "big"}, {"id": "small"}]}'
PAGE = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nhi"
WELCOME = (
    b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\nconnection: close\r\n\r\n" % len(LISTED) + LISTED
)


async def test_all_is_well_beside_a_running_server(server: Served, tmp_path: Path) -> None:
    given = {
        "DATABASE_URL": str(server.settings.database_url),
        "DATA_DIR": str(server.settings.data_dir),
        "PORT": server.url.rpartition(":")[2],
    }
    shown = switchboard("doctor", folder=tmp_path, given=given)
    assert shown.returncode == 0, shown.stdout
    levels = [line.split()[0] for line in shown.stdout.splitlines()]
    assert set(levels) == {"ok"}
    assert f"a Switchboard serves on {server.url}" in shown.stdout


def test_before_the_first_start_it_says_what_the_first_start_will_make(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("LLM_KEY=typo\n")
    given = {"DATA_DIR": str(tmp_path / "data"), "PORT": str(free_port())}
    shown = switchboard("doctor", folder=tmp_path, given=given)
    assert shown.returncode == 0, shown.stdout
    lines = {line.split()[1]: line for line in shown.stdout.splitlines()}
    assert lines["settings"].startswith("warn")
    assert "LLM_KEY → compare them with .env.example" in lines["settings"]
    assert "is made by the first start" in lines["data"]
    assert "the embedded one is not made yet → start with" in lines["database"]
    assert "run `switchboard setup`" in lines["embedding"]
    assert not (tmp_path / "data").exists(), "a look changes nothing"


def test_what_fails_is_said_with_what_to_do_and_ends_with_1(tmp_path: Path) -> None:
    given = {
        "DATABASE_URL": "postgresql://me:secret@127.0.0.1:1/shop",
        "OPENAI_API_KEY": "sk-secret",
        "LLM_BASE_URL": "http://127.0.0.1:1/v1",
        "DATA_DIR": str(tmp_path),
        "PORT": str(free_port()),
    }
    shown = switchboard("doctor", folder=tmp_path, given=given)
    assert shown.returncode == 1
    failed = [line for line in shown.stdout.splitlines() if line.startswith("fail")]
    assert len(failed) == 2
    assert all(" → " in line for line in failed)
    assert "key from OPENAI_API_KEY, does not answer" in shown.stdout
    assert "secret" not in shown.stdout


@pytest.mark.parametrize(
    ("found", "level", "words"),
    [
        (SOUND, Level.OK, "at 0006"),
        (Condition("18.4", None, None, frozenset()), Level.FAIL, "empty"),
        (Condition("18.4", "0005", "0.8.5", SOUND.roles), Level.FAIL, "at 0005, needed is 0006"),
        (Condition("18.4", "0009", "0.8.5", SOUND.roles), Level.WARN, "newer than 0006"),
    ],
)
def test_the_schema_is_judged_against_this_version(
    found: Condition, level: Level, words: str
) -> None:
    schema = next(each for each in judge(found, "0006") if each.about == "schema")
    assert schema.level is level
    assert words in schema.says


def test_roles_above_row_level_security_are_a_failure() -> None:
    found = Condition("18.4", "0006", "0.8.5", frozenset({"switchboard_ops"}))
    roles = next(each for each in judge(found, "0006") if each.about == "roles")
    assert roles.level is Level.FAIL
    assert roles.says.startswith("switchboard_app: missing")


def test_a_folder_inside_a_file_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert check_folder(tmp_path / "file" / "data").level is Level.FAIL


@pytest.fixture
async def provider() -> AsyncIterator[str]:
    """Something that speaks HTTP and refuses every key but `good`."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await reader.readuntil(b"\r\n\r\n")
        page = PAGE if b" /v1/models " not in request else REFUSAL
        writer.write(WELCOME if b"Bearer good\r\n" in request and page is REFUSAL else page)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as listening:
        port = listening.sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}/v1"


@pytest.mark.parametrize(("key", "level"), [("good", Level.OK), ("bad", Level.FAIL)])
async def test_a_language_model_is_asked_whether_it_takes_the_key(
    provider: str, key: str, level: Level, tmp_path: Path
) -> None:
    settings = Settings(
        llm_api_key=SecretStr(key), llm_base_url=provider, llm_model="big", data_dir=tmp_path
    )
    findings = await asyncio.to_thread(lambda: list(check_models(settings)))
    assert findings[-1].level is level
    assert "key from LLM_API_KEY" in findings[-1].says


async def test_a_model_that_its_provider_does_not_list_is_named(
    provider: str, tmp_path: Path
) -> None:
    settings = Settings(
        llm_api_key=SecretStr("good"),
        llm_base_url=provider,
        llm_model="big",
        llm_analysis_model="smaller",
        data_dir=tmp_path,
        port=free_port(),
    )
    findings = await asyncio.to_thread(lambda: list(check_models(settings)))
    assert findings[-1].level is Level.WARN
    assert "big, smaller for analysis at" in findings[-1].says
    assert findings[-1].says.endswith("does not list smaller")


async def test_an_address_without_models_and_a_model_without_a_name_are_not_well(
    provider: str, tmp_path: Path
) -> None:
    shop = provider.removesuffix("/v1")
    elsewhere = Settings(llm_base_url=shop, llm_model="big", data_dir=tmp_path, port=free_port())
    (*_, found) = await asyncio.to_thread(lambda: list(check_models(elsewhere)))
    assert (found.level, "no key, answers, but has no list" in found.says) == (Level.WARN, True)
    nameless = Settings(
        llm_provider="mine", llm_base_url=provider, data_dir=tmp_path, port=free_port()
    )
    (*_, found) = await asyncio.to_thread(lambda: list(check_models(nameless)))
    assert (found.level, found.advice) == (Level.FAIL, "set LLM_MODEL to the model's name there")


def test_an_endpoint_for_embeddings_is_asked_for_a_vector(tmp_path: Path) -> None:
    with embeddings_server() as endpoint:
        settings = Settings(
            embedding_provider="openai",
            embedding_model="small",
            embedding_base_url=endpoint.url,
            llm_provider="offline",
            data_dir=tmp_path,
        )
        found = next(iter(check_models(settings)))
        assert found.level is Level.OK
        assert found.says == f"small at {endpoint.url}, gives 64 dimensions"
        endpoint.failing = [refusal(401, "no such key")]
        found = next(iter(check_models(settings)))
    assert found.level is Level.FAIL
    assert "gives no vectors" in found.says
    assert "no such key" in found.says
