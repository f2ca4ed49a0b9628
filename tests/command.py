"""The real command `switchboard`, as a process of its own."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

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
