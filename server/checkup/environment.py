"""Python, the settings and where they come from, and the folder for data."""

import os
import platform
from collections.abc import Iterator
from pathlib import Path

from dotenv import dotenv_values

from server.checkup.finding import Finding, fail, ok, warn
from server.settings import Settings

DOTENV = Path(".env")


def check_environment(settings: Settings) -> Iterator[Finding]:
    """What this process runs with."""
    yield ok("Python", platform.python_version())
    yield ok("environment", f"ENV is {settings.env}{_read_from()}")
    if unknown := unknown_names(_dotenv(), set(Settings.model_fields)):
        yield warn(
            "settings",
            f".env has names that mean nothing here: {', '.join(unknown)}",
            "compare them with .env.example",
        )
    yield _keys(settings)
    yield check_folder(settings.data_dir)


def unknown_names(given: dict[str, str | None], known: set[str]) -> list[str]:
    """Names of `.env` that no setting has, in order.

    >>> unknown_names({"PORT": "1", "LLM_KEY": "x"}, {"port", "llm_api_key"})
    ['LLM_KEY']
    """
    return [name for name in given if name.lower() not in known]


def check_folder(folder: Path) -> Finding:
    """Whether data can be kept there."""
    shown = str(folder.resolve())
    existing = next(path for path in [folder.resolve(), *folder.resolve().parents] if path.exists())
    if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
        return fail(
            "data directory",
            f"{shown} cannot be written by this user",
            "give it to this user, or set DATA_DIR to a folder that is yours",
        )
    if existing != folder.resolve():
        return ok("data directory", f"{shown} is made by the first start")
    return ok("data directory", f"{shown} can be written")


def _keys(settings: Settings) -> Finding:
    given = len(settings.given_keys)
    if settings.needs_api_key and not given:
        return warn(
            "API keys",
            "required, and API_KEYS names none",
            "set API_KEYS, unless the database holds keys already",
        )
    who = "required" if settings.needs_api_key else "not required: strangers are visitors"
    return ok("API keys", f"{who}; API_KEYS names {given or 'none'}")


def _read_from() -> str:
    return ", .env is read" if DOTENV.exists() else ", there is no .env in this folder"


def _dotenv() -> dict[str, str | None]:
    return dotenv_values(DOTENV) if DOTENV.exists() else {}
