"""Messages in the shapes LangChain's users send them. Only a customer's are taken."""

from collections.abc import Mapping, Sequence
from typing import Any

from langchain_core.messages import HumanMessage

from server.doors import MOST_CHARS

CUSTOMERS = ("user", "human")


def last_words(given: Sequence[Any]) -> str:
    """What the customer says now: the text of the last message.

    Earlier ones are not used, the server has the history; but each must be a customer's, so that
    nobody's words are put into the assistant's or the system's mouth.

    Raises:
        ValueError: a message is of another kind, or has no usable text.
    """
    texts = [_words(message, position) for position, message in enumerate(given)]
    return texts[-1]


def _words(message: Any, position: int) -> str:
    where = f"messages[{position}]"
    kinds: list[Any]
    content: Any
    match message:
        case HumanMessage():
            kinds, content = ["human"], message.content
        case Mapping():
            kinds = [message[key] for key in ("role", "type") if key in message]
            content = message.get("content")
        case [kind, content]:
            kinds = [kind]
        case _:
            raise ValueError(f"{where} must be an object with `role` and `content`")
    if not kinds or any(kind not in CUSTOMERS for kind in kinds):
        raise ValueError(f"{where} must be a customer's: role `user` or type `human`")
    if not isinstance(content, str) or not content.strip():
        raise ValueError(f"{where}.content must be a text that is not blank")
    if len(content) > MOST_CHARS:
        raise ValueError(f"{where}.content must be at most {MOST_CHARS} characters")
    return content
