"""What the offline engine says where the tenant's policy does not let a change through."""

from collections.abc import Mapping
from typing import Any

from agents.moves import Move, Result
from agents.phrases import phrase


def held_back(
    result: Result, tone: str, *, may_fail: bool, asking: Mapping[str, Any], over: Mapping[str, Any]
) -> Move | None:
    """The end of a playbook whose change was held back; None where it goes on.

    Args:
        result: what the tool answered.
        tone: the conversation's.
        may_fail: the playbook itself has words for a refusal.
        asking: what to remember while the customer is to confirm it.
        over: what to remember when the playbook is through.
    """
    match result.refused:
        case "needs_confirmation":
            return Move(text=result.details["question"], memory=dict(asking))
        case "needs_code":
            text = phrase("code.needed", tone, matter=result.details["matter"])
        case "needs_approval":
            text = phrase("needs_approval", tone, **result.details)
        case "policy" if not may_fail:
            text = phrase("not_allowed", tone, **result.details)
        case _:
            return None
    return Move(text=text, memory=dict(over))
