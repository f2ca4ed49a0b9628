"""What is measured: how each server is started, asked and understood.

`Switchboard` is the only place that knows anything about the product.
"""

import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

API_KEY = "bench-key-of-no-worth"
UVICORN = (sys.executable, "-m", "uvicorn", "--host", "127.0.0.1", "--log-level", "warning")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a server runs and what it may use."""

    port: int
    database_url: str
    model_url: str
    kept: Path
    """A folder that outlives the run, for what takes long to make."""


class Target(Protocol):
    """One line of the table."""

    @property
    def name(self) -> str: ...
    @property
    def server(self) -> str:
        """Targets that name the same server share one process and one database."""

    @property
    def ready(self) -> str:
        """A path that answers once turns can be taken."""

    @property
    def path(self) -> str: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    def command(self, place: Place) -> Sequence[str]: ...
    def env(self, place: Place) -> Mapping[str, str]: ...
    def body(self, thread: str, message: str) -> Mapping[str, Any]: ...
    def reply(self, answer: Any) -> object: ...


@dataclass(frozen=True, slots=True)
class Baseline:
    """FastAPI, LangServe, a four-node graph and the stock saver; see `baseline.py`."""

    name: str = "baseline"
    server: str = "baseline"
    ready: str = "/ok"
    path: str = "/baseline/invoke"
    trim: bool = False
    """Whether the model gets a window and the customer the answer alone, not the thread."""

    @property
    def headers(self) -> Mapping[str, str]:
        return {}

    def command(self, place: Place) -> Sequence[str]:
        app = "benchmarks.baseline:create_app"
        return (*UVICORN, "--port", str(place.port), "--factory", app)

    def env(self, place: Place) -> Mapping[str, str]:
        return {
            "DATABASE_URL": place.database_url,
            "MODEL_URL": place.model_url,
            "TRIM": str(int(self.trim)),
        }

    def body(self, thread: str, message: str) -> Mapping[str, Any]:
        # plain LangServe answers `{"role": "user"}` with a 500
        return _langserve_body(thread, {"type": "human", "content": message})

    def reply(self, answer: Any) -> object:
        output = answer["output"]
        return output["answer"] if self.trim else output["messages"][-1]["content"]


TRIMMED = Baseline(name="baseline+trim", server="baseline+trim", trim=True)


@dataclass(frozen=True, slots=True)
class Floor(Baseline):
    """The least that answers and remembers, in the baseline's own process."""

    name: str = "floor"
    path: str = "/floor/invoke"

    def body(self, thread: str, message: str) -> Mapping[str, Any]:
        return {"thread_id": thread, "message": message}

    def reply(self, answer: Any) -> object:
        return answer["reply"]


@dataclass(frozen=True, slots=True)
class Switchboard:
    """The product, over its LangServe door, answering with the offline engine or the model."""

    model: bool = False
    start: str = ""
    """Another command to start it with; `{port}` is filled in."""
    ready: str = "/readyz"
    path: str = "/support/invoke"

    @property
    def name(self) -> str:
        return "switchboard+model" if self.model else "switchboard"

    @property
    def server(self) -> str:
        return self.name

    @property
    def headers(self) -> Mapping[str, str]:
        return {"x-api-key": API_KEY}

    def command(self, place: Place) -> Sequence[str]:
        if self.start:
            return shlex.split(self.start.format(port=place.port))
        return (*UVICORN, "--port", str(place.port), "server.app:app")

    def env(self, place: Place) -> Mapping[str, str]:
        engine = {
            "LLM_PROVIDER": "openai",
            "LLM_BASE_URL": place.model_url,
            "LLM_API_KEY": "none",
            "LLM_MODEL": "bench",
        }
        unlimited = dict.fromkeys(
            ("RATE_LIMIT_DEFAULT", "RATE_LIMIT_CHAT", "RATE_LIMIT_FAQ"), "1000000/minute"
        )
        return {
            "DATA_DIR": str(place.kept / "data"),
            "DATABASE_URL": place.database_url,
            "PORT": str(place.port),
            "API_KEYS": API_KEY,
            "LOG_LEVEL": "WARNING",
            **unlimited,
            **(engine if self.model else {"LLM_PROVIDER": "offline"}),
        }

    def body(self, thread: str, message: str) -> Mapping[str, Any]:
        return _langserve_body(thread, {"role": "user", "content": message})

    def reply(self, answer: Any) -> object:
        return answer["output"]["response"]


def _langserve_body(thread: str, message: Mapping[str, str]) -> Mapping[str, Any]:
    return {"input": {"messages": [message]}, "config": {"configurable": {"thread_id": thread}}}


def targets(switchboard_start: str = "", *, growing: bool = False) -> dict[str, Target]:
    """All of them by name, in the order of a round.

    Growth is also measured on a baseline that a careful team has trimmed: the plain one spends
    most of a late turn on the list it sends to the model and the one it sends back.
    """
    found: list[Target] = [
        Switchboard(start=switchboard_start),
        Switchboard(model=True, start=switchboard_start),
        Baseline(),
        *([TRIMMED] if growing else []),
        Floor(),
    ]
    return {target.name: target for target in found}
