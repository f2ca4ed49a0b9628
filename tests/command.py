"""The command `switchboard`, as a process of its own or, where that will do, in this one."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from typer.testing import CliRunner, Result

from server.cli import app
from tests.served import born

COMMAND = str(Path(sys.executable).with_name("switchboard"))
TIMEOUT_S = 180


def environment(given: Mapping[str, str]) -> dict[str, str]:
    """Only what a process needs, so that the developer's own settings play no part."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "PYTHONPATH") if name in os.environ}
    return {**kept, "COLUMNS": "200", **given}


def installed(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """The script that was installed, which has nothing imported yet."""
    return subprocess.run(
        [COMMAND, *words],
        cwd=folder,
        env=environment({}),
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )


def switchboard(
    *words: str, folder: Path, given: Mapping[str, str], typed: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run the command to its end in a folder that has no `.env` of ours.

    It is forked from a process that has imported everything, which is most of its work.

    Raises:
        TimeoutError: it has not ended after TIMEOUT_S.
    """
    with TemporaryDirectory(prefix="sb-said-") as place:
        said = Path(place)
        (said / "in").write_text(typed)
        wanted = {"words": words, "folder": str(folder), "said": place}
        until_gone(born({**wanted, "environment": environment(given)}))
        code, out, err = [(said / name).read_text() for name in ("code", "out", "err")]
    return subprocess.CompletedProcess([COMMAND, *words], int(code), out, err)


def until_gone(pid: int) -> None:
    """Wait for the end of a process that is nobody's to wait for."""
    deadline = time.monotonic() + TIMEOUT_S
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.01)
    raise TimeoutError(f"process {pid} has not ended after {TIMEOUT_S} s")


def run_here(words: Sequence[str], data_dir: Path, database_url: str = "") -> Result:
    """Run the command in this process: what it raises is in the result, and no import is paid."""
    given = {"DATA_DIR": str(data_dir), "DATABASE_URL": database_url, "COLUMNS": "200"}
    return CliRunner().invoke(app, list(words), env=given)
