"""What the offline engine decides in one step, and what it decides from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Result:
    """What a tool answered in this turn.

    `value` is None where it refused: then `refused` is the error's code and `reason` its sentence.
    `details` are what a held back change comes with: `because`, `question`, `matter`.
    """

    tool: str
    arguments: dict[str, Any]
    value: Any
    refused: str | None = None
    reason: str = ""
    details: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ask:
    """A tool to call."""

    tool: str
    arguments: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Move:
    """What to do next: call tools, or end with a text, a handoff or another specialist.

    `unanswered`: the question that the message was no answer to. `cites`: curated answers that the
    text repeats.
    """

    calls: tuple[Ask, ...] = ()
    text: str = ""
    hand_over: str | None = None
    transfer: tuple[str, str] | None = None
    memory: dict[str, Any] = field(default_factory=dict)
    unanswered: str = ""
    cites: tuple[Mapping[str, Any], ...] = ()


def answer_to(ask: Ask, results: tuple[Result, ...]) -> Result | None:
    """What the tool said to this call, if it was called in this turn."""
    return next(
        (r for r in results if r.tool == ask.tool and r.arguments == ask.arguments),
        None,
    )
