"""What a provider's model said, as it may be worked with: plain text of a customer's length.

Servers differ in what they put into an answer: content in parts, the model's thinking in front of
it, characters that neither JSON nor Postgres can hold. Pure functions.
"""

import json
import re
from typing import Any

from langchain_core.messages import AIMessage

from agents.faults import Unusable

MOST_CHARS = 8_000  # of an answer: two pages; nobody reads more in a chat
MOST_ARGUMENT_CHARS = 100_000  # of all calls of a message: a long ticket for each of them

THINKING = re.compile(r"<(think|thinking|reasoning)>.*?(?:</\1>|\Z)", re.DOTALL | re.IGNORECASE)
THOUGHT = re.compile(r"\A.*</(?:think|thinking|reasoning)>", re.DOTALL | re.IGNORECASE)
ILLEGIBLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def spoken(message: AIMessage) -> AIMessage:
    """The message with its words as one text, and words and arguments legible.

    Raises:
        Unusable: too_long.
    """
    said = legible(without_thoughts(str(message.text)))
    calls = [{**call, "args": legible(call["args"])} for call in message.tool_calls]
    written = sum(len(json.dumps(call["args"])) for call in calls)
    if len(said) > MOST_CHARS or written > MOST_ARGUMENT_CHARS:
        raise Unusable("too_long", f"an answer of {len(said) + written} characters")
    return message.model_copy(update={"content": said, "tool_calls": calls})


def without_thoughts(text: str) -> str:
    """What a model says, without what it thought before it.

    Some servers leave out the tag that opens.

    >>> without_thoughts("<think>Is he rude?</think> Hello."), without_thoughts("Hm.</think>Hello.")
    ('Hello.', 'Hello.')
    >>> without_thoughts("Hello. <think>And now")
    'Hello.'
    """
    return THOUGHT.sub("", THINKING.sub("", text)).strip()


def legible(value: Any) -> Any:
    """A JSON value without characters that no text has.

    >>> legible({"subject": ["a" + chr(0) + "b"]})
    {'subject': ['ab']}
    """
    if isinstance(value, str):
        return ILLEGIBLE.sub("", value)
    if isinstance(value, list):
        return [legible(each) for each in value]
    if isinstance(value, dict):
        return {legible(name): legible(each) for name, each in value.items()}
    return value
