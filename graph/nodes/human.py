"""Wait for people. The one place where the graph interrupts."""

from collections.abc import Mapping
from typing import Any

from langgraph.types import interrupt

from agents.memory import after_people
from graph.state import State


async def human(state: State) -> dict[str, Any]:
    """Stop until people hand the thread back or resolve it.

    The payload and the answer have LangChain Agent Inbox's shape. Reads: `handoff`, `memory`.
    Writes: `returned`, `memory`, and closes the `handoff`. Nothing may fail after the interrupt:
    every later resume would replay the same value, so an answer of an odd shape counts as a plain
    return.
    """
    request = state["handoff"] or {"reasons": [], "summary": "", "priority": "medium"}
    answer = interrupt(
        {
            "action_request": {"action": "take_over", "args": dict(request)},
            "description": request["summary"],
            "config": {
                "allow_accept": True,
                "allow_edit": False,
                "allow_respond": True,
                "allow_ignore": True,
            },
        }
    )
    return handed_back(returned(answer), state)


def handed_back(decision: dict[str, Any], state: Mapping[str, Any]) -> dict[str, Any]:
    """What the graph remembers from then on: the decision, and nothing that waited before it.

    A question that was asked before people came is not answered by what is said after them.
    """
    memory = after_people(state.get("memory", {}))
    return {"returned": decision, "handoff": None, "memory": memory}


def returned(answer: Any) -> dict[str, Any]:
    """What people decided, whatever shape it came in.

    >>> returned([{"type": "response", "args": "called her back"}])
    {'action': 'return', 'note': 'called her back'}
    >>> returned([{"type": "ignore", "args": None}])
    {'action': 'resolve', 'note': None}
    """
    first = answer[0] if isinstance(answer, list) and answer else answer
    given = first if isinstance(first, dict) else {}
    note = given.get("args")
    action = "resolve" if given.get("type") == "ignore" else "return"
    return {"action": action, "note": note if isinstance(note, str) else None}
