"""Reports in the data directory: DATA_DIR/evals/<suite>/<when>.json, the newest kept."""

import logging
from pathlib import Path

from pydantic import ValidationError

from evals.report import Report

logger = logging.getLogger(__name__)

FOLDER = "evals"
MOST_KEPT = 50  # of a suite


def keep_report(data_dir: Path, report: Report) -> Path:
    """Store a report, all of it or nothing; the oldest make room.

    Raises:
        OSError: the data directory cannot be written.
    """
    folder = _folder(data_dir, report.suite)
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{report.at:%Y%m%dT%H%M%S.%f}.json"
    unfinished = file.with_suffix(".part")
    unfinished.write_text(report.model_dump_json(indent=1) + "\n", encoding="utf-8")
    unfinished.replace(file)
    for old in _files(folder)[MOST_KEPT:]:
        old.unlink(missing_ok=True)
    return file


def last_reports(data_dir: Path, suite: str, count: int = 2) -> list[Report]:
    """The last reports of a suite, the newest first; one that cannot be read is passed over."""
    found: list[Report] = []
    for file in _files(_folder(data_dir, suite)):
        if len(found) == count:
            break
        try:
            found.append(Report.model_validate_json(file.read_text(encoding="utf-8")))
        except (ValidationError, OSError, UnicodeDecodeError):
            logger.warning("eval_report_unreadable", extra={"file": str(file)})
    return found


def kept_suites(data_dir: Path) -> list[str]:
    """The suites that have a report."""
    root = data_dir / FOLDER
    return sorted(each.name for each in root.iterdir() if _files(each)) if root.is_dir() else []


def _folder(data_dir: Path, suite: str) -> Path:
    return data_dir / FOLDER / suite


def _files(folder: Path) -> list[Path]:
    """Newest first: their names are times."""
    return sorted(folder.glob("*.json"), reverse=True)
