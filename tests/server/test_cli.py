import socket
import subprocess
import time
from pathlib import Path

import pytest

from tests.command import COMMAND, environment, installed, switchboard
from tests.served import free_port

WORDS = ("serve", "chat", "doctor", "token", "operator", "replay", "setup", "migrate", "seed")
NOBODY = "postgresql://nobody@127.0.0.1:1/nothing"


def test_help_names_every_command_and_is_there_at_once(tmp_path: Path) -> None:
    durations = []
    for _ in range(3):
        start = time.monotonic()
        shown = installed("--help", folder=tmp_path)
        durations.append(time.monotonic() - start)
    assert all(f"  {word} " in shown.stdout for word in WORDS)
    assert min(durations) < 0.5


@pytest.mark.parametrize("word", WORDS)
def test_every_command_explains_itself_and_all_its_options(word: str, tmp_path: Path) -> None:
    shown = installed(word, "--help", folder=tmp_path)
    assert shown.returncode == 0
    text, _, options = shown.stdout.partition("Options:")
    assert len(text.split()) > 15, "an explanation, not a name"
    for line in options.splitlines():
        if line.startswith("  --"):
            assert len(line.split("  ", 2)[-1].split()) > 2, f"not explained: {line}"


def test_importing_the_command_loads_none_of_the_heavy_libraries(tmp_path: Path) -> None:
    program = (
        "import sys, server.cli; heavy = {'langchain_core', 'fastapi', 'numpy', 'psycopg', 'rich',"
        " 'pydantic'}; print(sorted(heavy & sys.modules.keys()))"
    )
    python = str(Path(COMMAND).with_name("python"))
    shown = subprocess.run(
        [python, "-c", program],
        cwd=Path(__file__).parents[2],
        env=environment({}),
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("word", "given", "sentence"),
    [
        ("serve", {"PORT": "many"}, "PORT: input should be a valid integer"),
        ("chat", {"ENV": "prod"}, "Set DATABASE_URL: the embedded database is for development."),
        ("doctor", {"DATABASE_URL": "mysql://x"}, "DATABASE_URL must start with postgresql://"),
        ("seed", {"LLM_PROVIDER": "hal"}, "LLM_PROVIDER must be one of openai, qwen3, kimi"),
        ("migrate", {"DB_POOL_MIN": "30"}, "DB_POOL_MIN must not be above DB_POOL_MAX."),
    ],
)
def test_a_setting_that_cannot_be_used_is_named_in_a_sentence(
    word: str, given: dict[str, str], sentence: str, tmp_path: Path
) -> None:
    shown = switchboard(word, folder=tmp_path, given=given)
    assert shown.returncode == 1
    assert sentence in shown.stderr
    assert "Traceback" not in shown.stderr


def test_an_unreadable_settings_file_is_named_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"APP_NAME=\xff\xfe")
    shown = switchboard("serve", folder=tmp_path, given={})
    assert (shown.returncode, shown.stderr) == (1, ".env is not UTF-8; save it as UTF-8.\n")


@pytest.mark.parametrize(
    "words", [("serve",), ("migrate",), ("seed",), ("token", "--customer", "1")]
)
def test_a_database_that_does_not_answer_ends_in_a_sentence(
    words: tuple[str, ...], tmp_path: Path
) -> None:
    given = {"DATABASE_URL": NOBODY, "DATA_DIR": str(tmp_path), "PORT": str(free_port())}
    shown = switchboard(*words, folder=tmp_path, given=given)
    assert shown.returncode == 1
    assert shown.stderr.startswith("The database does not answer; check DATABASE_URL")
    assert "Traceback" not in shown.stderr


@pytest.mark.parametrize("words", [("chat",), ("replay", "messages.txt")])
def test_without_a_server_a_sentence_says_how_to_start_one(
    words: tuple[str, ...], tmp_path: Path
) -> None:
    (tmp_path / "messages.txt").write_text("hello\n")
    port = free_port()
    shown = switchboard(*words, folder=tmp_path, given={"PORT": str(port)})
    expected = f"No Switchboard answers at http://127.0.0.1:{port}. Start one with `make run`.\n"
    assert (shown.returncode, shown.stderr) == (1, expected)


def test_serving_on_a_port_that_another_program_has_ends_in_a_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        shown = switchboard("serve", "--port", str(port), folder=tmp_path, given={})
    assert shown.returncode == 1
    assert shown.stderr.startswith(f"Another program listens on 127.0.0.1:{port}.")
    assert list(tmp_path.iterdir()) == [], "nothing was started"


def test_serving_on_an_address_of_another_machine_ends_in_a_sentence(tmp_path: Path) -> None:
    shown = switchboard("serve", "--host", "192.0.2.1", folder=tmp_path, given={})
    assert shown.returncode == 1
    assert shown.stderr.startswith("Cannot listen on 192.0.2.1:8000: ")


def test_a_data_directory_that_cannot_be_made_ends_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    given = {"DATA_DIR": str(tmp_path / "file" / "data"), "PORT": str(free_port())}
    shown = switchboard("serve", folder=tmp_path, given=given)
    assert shown.returncode == 1
    assert "Traceback" not in shown.stderr
    assert "Not a directory" in shown.stderr
