"""Finding a one-time code in what somebody wrote, and taking it out. Pure functions.

A code is a secret: it is in no history, no prompt and no log. So it is taken out of a message
before anything else looks at it.
"""

import re

PLACEHOLDER = "[one-time code]"
CODE = re.compile(r"(?<![\w.,:/$€£#+@-])(?<!\d )(\d(?:[ .-]?\d){5})(?![\w@%]|[.,:/-]\d|[ -]\d)")
NUMBER_OF = re.compile(
    r"\b(?:order|ticket|invoice|bill|inv|job|case|customer|account|lead|quote|phone|tel|call|zip"
    r"|postcode|reference|ref)\b[\s.:#]*(?:(?:no|nr|number|id|is)\b[\s.:#]*)*$",
    re.IGNORECASE,
)
SPOKEN_OF = re.compile(r"\b(?:code|pin|passcode|otp)\b", re.IGNORECASE)
BESIDE = re.compile(
    r"\b(?:my|the|a|one|time|one-time|code|pin|passcode|otp|is|it|it's|its|here|here's|you|go|this"
    r"|that|was|got|i|have|ok|okay|yes|hi|hello|hey|so|now|try|please|thanks|thank|verification"
    r"|number|says|said|mail|email|e-mail|sorry|again|new|and|to|in|use|enter|entered)\b",
    re.IGNORECASE,
)


def find_code(text: str, *, expected: bool) -> str | None:
    """The digits of a code in a message, or None.

    Args:
        text: what somebody wrote.
        expected: a code was asked for in the conversation. If not, only what is called a code, or
            stands alone, is taken for one.

    >>> find_code("my code is 123 456", expected=True), find_code("1-2-3-4-5-6", expected=False)
    ('123456', '123456')
    >>> find_code("order 123456", expected=True), find_code("1234567", expected=True)
    (None, None)
    >>> find_code("it costs 123456", expected=False) is None
    True
    """
    found = _found(text, expected=expected)
    return None if found is None else re.sub(r"\D", "", found[1])


def without_code(text: str, *, expected: bool) -> str:
    """The message with a placeholder where the code stood.

    >>> without_code("My code: 123456. Where is order 7?", expected=True)
    'My code: [one-time code]. Where is order 7?'
    """
    while found := _found(text, expected=expected):
        text = text[: found.start()] + PLACEHOLDER + text[found.end() :]
    return text


def beside_code(text: str) -> str:
    """What a message says besides the code; empty where it says nothing more.

    >>> beside_code("ok, my code is [one-time code]"), beside_code("[one-time code] cancel order 7")
    ('', 'cancel order 7')
    """
    rest = text.replace(PLACEHOLDER, " ")
    said = re.search(r"\w", BESIDE.sub(" ", rest))
    return " ".join(rest.split()) if said else ""


def is_spoken_of(text: str) -> bool:
    """Whether a message speaks of a code at all."""
    return SPOKEN_OF.search(text) is not None


def _found(text: str, *, expected: bool) -> re.Match[str] | None:
    spoken_of = is_spoken_of(text)
    for found in CODE.finditer(text):
        if NUMBER_OF.search(text[: found.start()]):
            continue
        alone = not re.search(r"\w", text[: found.start()] + text[found.end() :])
        if expected or spoken_of or alone:
            return found
    return None
