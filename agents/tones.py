"""How the assistant speaks in a tenant's name: tones, guardrails, and words that end all jokes.

One file has them for everybody; a tenant's own stand beside its other settings.
"""

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from agents.wording import normalise

logger = logging.getLogger(__name__)

FILE = Path(__file__).parent / "tones.yaml"
SETTING = "tones"  # a tenant's own, in its settings
PROFESSIONAL = "professional"

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)]
Word = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, to_lower=True, pattern=r"^'?[^\W_][\w' -]*\*?$", max_length=60
    ),
]


class Manner(BaseModel):
    """Each tone, as an instruction to the assistant; null: ours."""

    model_config = ConfigDict(extra="forbid")

    professional: Words | None = None
    friendly: Words | None = None
    playful: Words | None = None


class OwnTones(BaseModel):
    """What a tenant says of its own. A star after an `acute` word stands for any ending."""

    model_config = ConfigDict(extra="forbid")

    tones: Manner = Manner()
    guardrails: Annotated[list[Words], Field(max_length=50)] = []
    acute: Annotated[list[Word], Field(max_length=500)] = []


@dataclass(frozen=True, slots=True)
class Tones:
    """`tones` by name; every prompt gets one of them and all the `guardrails`."""

    tones: Mapping[str, str]
    guardrails: tuple[str, ...]
    acute: re.Pattern[str]

    def prompt(self, tone: str) -> str:
        """The lines for a tone; an unknown one speaks professionally."""
        manner = self.tones.get(tone, self.tones[PROFESSIONAL]).strip()
        rules = "\n".join(f"- {rule}" for rule in self.guardrails)
        return f"{manner}\n\nRules without exception:\n{rules}"

    def is_acute(self, text: str) -> bool:
        """Whether a message has a word that calls for a professional tone.

        >>> [load_tones().is_acute(t) for t in ("I'm so FRUSTRATED!", "What an issue, Sue")]
        [True, False]
        """
        return self.acute.search(normalise(text)) is not None


@cache
def load_tones() -> Tones:
    """Everybody's, from the file, read once."""
    raw = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return _made(raw["tones"], raw["guardrails"], raw["acute"])


def own_tones(settings: Mapping[str, Any]) -> OwnTones:
    """What a tenant's settings say. What cannot be read counts as not said."""
    try:
        return OwnTones.model_validate(settings.get(SETTING) or {})
    except ValidationError as error:
        logger.warning("tones_unread", extra={"problems": error.error_count()})
        return OwnTones()


def tones_of(settings: Mapping[str, Any]) -> Tones:
    """A tenant's: everybody's with its own."""
    own = own_tones(settings)
    if own == OwnTones():
        return load_tones()
    ours = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return _made(
        {**ours["tones"], **own.tones.model_dump(exclude_none=True)},
        [*ours["guardrails"], *own.guardrails],
        [*ours["acute"], *own.acute],
    )


def tone_for(
    *,
    requested: str | None,
    text: str,
    customer: Mapping[str, Any] | None,
    default: str,
    tones: Tones,
) -> str:
    """The tone of a reply, without asking a model.

    Args:
        requested: the request's own wish, which wins.
        text: what the customer just wrote.
        customer: what is known of a verified one: `risk_flag`, `preferred_tone`.
        default: the tenant's, or the installation's.
        tones: the tenant's.

    >>> ask = {"requested": None, "customer": {"preferred_tone": "playful"}, "default": "friendly"}
    >>> [tone_for(text=said, tones=load_tones(), **ask) for said in ("Hello", "This is outrageous")]
    ['playful', 'professional']
    """
    known = customer or {}
    if requested:
        return requested
    if tones.is_acute(text) or known.get("risk_flag"):
        return PROFESSIONAL
    return str(known.get("preferred_tone") or default)


def _made(tones: Mapping[str, str], guardrails: list[str], acute: list[str]) -> Tones:
    listed = "|".join(map(_pattern, acute))
    return Tones(dict(tones), tuple(guardrails), re.compile(rf"\b(?:{listed})\b"))


def _pattern(word: str) -> str:
    """A word or phrase as messages are compared; with a star, whatever follows belongs to it."""
    return re.escape(normalise(word)) + (r"\w*" if word.endswith("*") else "")
