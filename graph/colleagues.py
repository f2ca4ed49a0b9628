"""What people left behind when they handed the conversation back. Pure functions of the state."""

from langchain_core.messages import AnyMessage

from graph.state import State


def is_colleagues(message: AnyMessage) -> bool:
    """Whether people wrote it, not the assistant."""
    return bool(message.additional_kwargs.get("colleague"))


def people_said(state: State) -> list[str]:
    """What people told the customer before they handed the conversation back, oldest first."""
    if not _returned(state):
        return []
    return [str(m.content) for m in state.get("messages", []) if is_colleagues(m)]


def hand_back_note(state: State) -> str | None:
    """What they noted for the assistant."""
    decision = state.get("returned") or {}
    return decision.get("note") if _returned(state) else None


def _returned(state: State) -> bool:
    return (state.get("returned") or {}).get("action") == "return"
