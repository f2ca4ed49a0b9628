import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest

from server.embedded import (
    EmbeddedPostgres,
    is_running,
    let_pass,
    open_postgres,
    start_postgres,
    stop_postgres,
)
from tests.command import environment

# starts the database of a folder, says so, and waits to be told to end
HOLDER = """
import sys
from pathlib import Path
from server.embedded import start_postgres
print(start_postgres(Path(sys.argv[1])), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short path, as a socket's has to be."""
    with TemporaryDirectory(prefix="sb-em-") as made:
        yield Path(made)


def hold(folder: Path) -> subprocess.Popen[str]:
    """Another process that uses the folder's database."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder)],
        cwd=Path(__file__).parents[2],
        env=environment({}),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    assert process.stdout.readline().startswith("postgresql://")
    return process


def end(process: subprocess.Popen[str], number: int = signal.SIGTERM) -> None:
    process.send_signal(number)
    process.communicate(timeout=30)


def stopped(folder: Path) -> bool:
    """Whether the database ends within some seconds."""
    for _ in range(100):
        if not is_running(folder):
            return True
        time.sleep(0.1)
    return False


def test_the_database_stops_with_the_last_process_that_uses_it(folder: Path) -> None:
    first, second = hold(folder), hold(folder)
    end(first)
    assert is_running(folder)
    end(second)
    assert stopped(folder)


def test_a_killed_process_does_not_keep_the_database_running_for_ever(folder: Path) -> None:
    end(hold(folder), signal.SIGKILL)
    assert is_running(folder), "nobody was left to stop it"
    end(hold(folder))
    assert stopped(folder)


def test_a_process_number_that_was_given_to_another_program_is_no_database(folder: Path) -> None:
    server = open_postgres(folder / "postgres")
    made = server.pgdata / "postmaster.pid"
    lines = made.read_text().split("\n")
    stop_postgres(folder)
    made.write_text("\n".join([str(os.getpid()), *lines[1:]]))
    assert not is_running(folder)
    with psycopg.connect(start_postgres(folder)) as db:
        assert db.execute("SELECT 1").fetchone() == (1,)
    stop_postgres(folder)


def test_its_lock_is_its_own_so_every_user_of_the_machine_can_have_one(folder: Path) -> None:
    server = EmbeddedPostgres(folder)
    with server._lock:
        assert folder.with_suffix(".lock").exists()
    folder.with_suffix(".lock").unlink()


def test_a_path_too_long_for_a_socket_is_no_problem(folder: Path) -> None:
    deep = folder / ("d" * 60) / ("e" * 60)
    with psycopg.connect(start_postgres(deep)) as db:
        assert db.execute("SELECT 1").fetchone() == (1,)
    stop_postgres(deep)


def test_stopping_what_was_never_started_does_nothing(folder: Path) -> None:
    stop_postgres(folder)
    assert list(folder.iterdir()) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be in the way of its own database")
def test_closed_directories_are_opened_for_passing_through_and_no_more(folder: Path) -> None:
    closed = folder / "home"
    (closed / "clone").mkdir(parents=True)
    closed.chmod(0o700)
    foreign = folder / "foreign"
    (foreign / "clone").mkdir(parents=True)
    os.chown(foreign, 12345, 12345)
    foreign.chmod(0o700)
    let_pass(closed / "clone")
    let_pass(foreign / "clone")
    assert closed.stat().st_mode & 0o777 == 0o710, "root's group: only that group may pass"
    assert foreign.stat().st_mode & 0o777 == 0o701
    with psycopg.connect(start_postgres(closed / "clone")) as db:
        assert db.execute("SELECT 1").fetchone() == (1,)
    stop_postgres(closed / "clone")
    assert closed.stat().st_mode & 0o777 == 0o710
