"""The scripted models by name, and the three that need no file of their own."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from evals.models.garbage import Garbage
from evals.models.obedient import Obedient
from evals.models.script import Answer, Call, Reply, Request, Script, results_of, text_of


@dataclass(frozen=True, slots=True)
class Plain:
    """Answers everything with the same words."""

    text: str = "Happy to help."
    delay_s: float = 0.0

    def answer(self, request: Request) -> Answer:
        return Reply(text=self.text, delay_s=self.delay_s)


@dataclass(frozen=True, slots=True)
class Looping:
    """Asks for the same tool for ever; the first on offer unless one is named."""

    tool: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    delay_s: float = 0.0

    def answer(self, request: Request) -> Answer:
        name = self.tool or next(iter(request.tools), "")
        if not name:
            return Reply(text="I am still looking.", delay_s=self.delay_s)
        return Reply(calls=(Call(name, self.arguments),), delay_s=self.delay_s)


@dataclass(frozen=True, slots=True)
class SlowWriter:
    """Asks for one WRITE tool once for every message of the customer, then names what came back.

    What other tools found, as when articles are searched before the model is asked, is no result.
    The call's arguments depend on the message alone and its id on nothing, so a turn that is
    taken twice asks for the same work under other ids. `{message}` in an argument stands for
    the whole text, `{number}` alone for the first number in it.
    """

    tool: str = "create_ticket"
    arguments: Mapping[str, Any] = field(default_factory=lambda: {"subject": "{message}"})
    delay_s: float = 0.2

    def answer(self, request: Request) -> Answer:
        if results := results_of(self.tool, request.turn):
            return Reply(text=f"Done: {'; '.join(results)}.", delay_s=self.delay_s)
        if self.tool not in request.tools:
            return Reply(text="There is nothing I can write to.", delay_s=self.delay_s)
        asked = [text_of(message) for message in request.turn if message["role"] == "user"]
        calls = tuple(Call(self.tool, self._filled(message)) for message in asked)
        return Reply(calls=calls, delay_s=self.delay_s)

    def _filled(self, message: str) -> dict[str, Any]:
        return {name: _filled(value, message) for name, value in self.arguments.items()}


def _filled(value: Any, message: str) -> Any:
    if value == "{number}":
        return int(found[0]) if (found := re.search(r"\d+", message)) else 0
    return value.replace("{message}", message) if isinstance(value, str) else value


SCRIPTS: Mapping[str, type[Script]] = {
    "garbage": Garbage,
    "looping": Looping,
    "obedient": Obedient,
    "plain": Plain,
    "slow_writer": SlowWriter,
}
