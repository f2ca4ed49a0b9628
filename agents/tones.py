"""Tones and guardrails: the part of a system prompt that no specialist writes itself."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

FILE = Path(__file__).parent / "tones.yaml"


@dataclass(frozen=True, slots=True)
class Tones:
    """`tones` by name; every prompt gets one of them and all the `guardrails`."""

    tones: dict[str, str]
    guardrails: tuple[str, ...]

    def prompt(self, tone: str) -> str:
        """The lines for a tone; an unknown one speaks professionally."""
        manner = self.tones.get(tone, self.tones["professional"]).strip()
        rules = "\n".join(f"- {rule}" for rule in self.guardrails)
        return f"{manner}\n\nRules without exception:\n{rules}"


@cache
def load_tones() -> Tones:
    """The file, read once."""
    raw = yaml.safe_load(FILE.read_text())
    return Tones(dict(raw["tones"]), tuple(raw["guardrails"]))
