"""The real command `switchboard`, as a process of its own or, where that will do, in this one."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from typer.testing import CliRunner, Result

from server.cli import app

COMMAND = str(Path(sys.executable).with_name("switchboard"))
TIMEOUT_S = 180


def environment(given: Mapping[str, str]) -> dict[str, str]:
    """Only what a process needs, so that the developer's own settings play no part."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "PYTHONPATH") if name in os.environ}
    return {**kept, "COLUMNS": "200", **given}


def switchboard(
    *words: str, folder: Path, given: Mapping[str, str], typed: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run the command to its end in a folder that has no `.env` of ours."""
    return subprocess.run(
        [COMMAND, *words],
        cwd=folder,
        env=environment(given),
        input=typed,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )


def run_here(words: Sequence[str], data_dir: Path, database_url: str = "") -> Result:
    """Run the command in this process: what it raises is in the result, and no import is paid."""
    given = {"DATA_DIR": str(data_dir), "DATABASE_URL": database_url, "COLUMNS": "200"}
    return CliRunner().invoke(app, list(words), env=given)
