"""What a model's tool calls run with: identity, database and place in the turn.

Given by the graph through LangGraph's runtime, so agents are compiled once and a model never
chooses any of it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from agents.facts import Facts
from agents.tones import Tones
from data.db import Database
from data.journal import Round
from data.scope import Scope
from tools.codes import CodeKey
from tools.refusals import Refusals

Emit = Callable[[dict[str, Any]], None]


@dataclass(frozen=True, slots=True)
class TurnContext:
    """One specialist's share of a turn.

    `replay` holds the rounds that a process which died had reached; `deadline` is in the event
    loop's time. `codes` tells which one-time codes are for which call.
    """

    scope: Scope
    database: Database
    turn_id: UUID
    lease_token: int
    facts: Facts
    tones: Tones
    replay: Mapping[int, Round]
    deadline: float
    emit: Emit
    refusals: Refusals
    codes: CodeKey
