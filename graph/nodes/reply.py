"""Say it: the reviewed text goes out sentence by sentence."""

import re
from typing import Any

from langchain_core.messages import AIMessage
from langgraph.config import get_stream_writer

from agents.phrases import phrase
from graph.state import State

PIECE = re.compile(r".+?(?:[.!?](?=\s)|\n+|$)\s*", re.DOTALL)


async def reply(state: State) -> dict[str, Any]:
    """Reads: `draft`, `proved`. Writes: `reply`, `messages`."""
    draft = state["draft"]
    if draft is None:
        raise ValueError("routed to `reply` without a draft")
    text = f"{phrase('code.right')}\n\n{draft['text']}" if state.get("proved") else draft["text"]
    speak(text)
    return {"reply": text, "messages": [AIMessage(text)]}


def speak(text: str) -> None:
    """Stream a text that is final."""
    write = get_stream_writer()
    for piece in sentences(text):
        write({"event": "text", "content": piece})


def sentences(text: str) -> list[str]:
    """The text in pieces that together are the text again.

    >>> sentences("One. Two! Three")
    ['One. ', 'Two! ', 'Three']
    """
    return PIECE.findall(text)
