"""The specialists, by name. Adding one is its file and its line here."""

from agents.billing import BILLING
from agents.general import GENERAL
from agents.leads import LEADS
from agents.specialist import Specialist
from agents.tech import TECH

SPECIALISTS: dict[str, Specialist] = {s.name: s for s in (TECH, BILLING, LEADS, GENERAL)}

FALLBACK = GENERAL.name


def specialist_named(name: str) -> Specialist:
    """A registered specialist, or one with the default prompt and tools.

    A tenant may name a specialist that only its own content knows.
    """
    return SPECIALISTS.get(name) or Specialist(name=name)
