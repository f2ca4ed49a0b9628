"""Facts and playbooks as small as a test needs them."""

from typing import Any

from agents.facts import Clause, Facts
from agents.moves import Move, Result
from agents.playbook import Playbook

NOTHING = Result("knowledge_search", {"query": "x"}, [])

NAME = {"name": "who", "kind": "name", "ask": "Who?"}

MAIL = {"name": "mail", "kind": "email", "ask": "Which address?"}

SHIPPING = {"title": "Shipping", "heading": "Shipping", "content": "Not to Canada.", "score": 0.9}

TIMES = {"title": "Times", "heading": "Times", "content": "It takes 3 days.", "score": 0.9}

LOOKED_UP = {"topic": {"playbook": "main", "specialist": "general"}}

LOOKS_UP = {"steps": [{"tool": "get_orders", "when": "false"}]}


def facts(
    text: str,
    *intents: str,
    specialist: str = "general",
    sure: float = 0.9,
    identity: str = "verified",
    memory: dict[str, Any] | None = None,
) -> Facts:
    """Facts of one message; an intent is `specialist/intent`, by default general's."""
    clauses = tuple(
        Clause(text, name, owner or "general", account=True, confidence=sure)
        for owner, _, name in (i.rpartition("/") for i in intents)
    )
    return Facts(specialist, text, clauses, identity, None, memory or {}, "friendly", {})


def found_by(move: Move, *passages: dict[str, Any]) -> list[Result]:
    """What the searches of a move may find, all of them the same."""
    assert {ask.tool for ask in move.calls} == {"knowledge_search"}
    return [Result(ask.tool, ask.arguments, list(passages)) for ask in move.calls]


def book(**parts: Any) -> dict[str, Playbook]:
    """One playbook, by its intents."""
    playbook = Playbook.model_validate(
        {"name": "main", "intents": ["main"], "reply": [{"say": "Done."}], **parts}
    )
    return dict.fromkeys(playbook.intents, playbook)
