"""The default model's ONNX file, made once a run by two processes that both want it first."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXPORT = """
import sys
from pathlib import Path
from retrievers.embed import export_model
print(export_model(Path(sys.argv[1]), print))
"""


@dataclass(frozen=True)
class Export:
    data_dir: Path
    reports: list[str]
    """What each of the two processes printed: its progress, then the path."""


@pytest.fixture(scope="session")
def export(tmp_path_factory: pytest.TempPathFactory) -> Export:
    """Exported over half a file and the rubbish of a killed export."""
    data_dir = tmp_path_factory.mktemp("data")
    models = data_dir / "models"
    (models / "export-killed").mkdir(parents=True)
    (models / "all-MiniLM-L6-v2.onnx").write_bytes(b"half a file")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("PYTHONWARNINGS", "error")  # holds for the exporter itself, too
        command = [sys.executable, "-c", EXPORT, str(data_dir)]
        both = [
            subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in "ab"
        ]
    reports = [process.communicate(timeout=300)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    return Export(data_dir, reports)


@pytest.fixture
def model_dir(export: Export) -> Path:
    """A data directory in which the model is exported already."""
    return export.data_dir
