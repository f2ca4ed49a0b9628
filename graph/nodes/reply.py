"""Say it: the reviewed text goes out sentence by sentence."""

import re
from collections.abc import Sequence
from typing import Any

from langchain_core.messages import AIMessage, AnyMessage
from langgraph.config import get_stream_writer

from agents.phrases import phrase
from graph.state import State, have_crossed, unanswered

PIECE = re.compile(r".+?(?:[.!?](?=\s)|\n+|$)\s*", re.DOTALL)


async def reply(state: State) -> dict[str, Any]:
    """Whoever asked once more before the answer was there is not told all of it again.

    Reads: `draft`, `proved`, `messages`. Writes: `reply`, `messages`.
    """
    draft = state["draft"]
    if draft is None:
        raise ValueError("routed to `reply` without a draft")
    text = f"{phrase('code.right')}\n\n{draft['text']}" if state.get("proved") else draft["text"]
    if have_crossed(state["messages"]) and text == last_answer(state["messages"]):
        text = phrase("just_said", words=sentences(text)[0].strip())
    speak(text)
    return {"reply": text, "messages": [AIMessage(text)]}


def last_answer(messages: Sequence[AnyMessage]) -> str:
    """What was said last before the turn's messages; empty where nothing was."""
    before = messages[: len(messages) - len(unanswered(messages))]
    return str(before[-1].content) if before else ""


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
