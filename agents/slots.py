"""Finding the details a playbook needs in what a customer wrote. Pure functions."""

import re

EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")
PHONE = re.compile(r"\+?\d[\d\s().-]{6,20}\d")
NUMBER = re.compile(r"(?<![\w@.])#?(\d{1,12})(?![\w@]|\.\d)")
CODE = re.compile(r"\b[A-Z]{2,5}-\d{1,10}\b", re.IGNORECASE)
NAME = re.compile(
    r"(?:my name is|my name's|i am|i'm|this is|name:)\s+"
    r"([a-z][\w'’-]*(?:\s+[a-z][\w'’-]*){0,2})",
    re.IGNORECASE,
)
NOT_A_NAME = {"not", "still", "having", "looking", "interested", "very", "so", "a", "an", "the"}

KINDS = ("email", "phone", "number", "code", "name", "contact", "text")


def find_slot(kind: str, text: str, *, asked: bool) -> str | None:
    """The detail of a kind in a message, or None.

    Args:
        kind: one of KINDS; `contact` is an e-mail address or a phone number, `code` such as
            `INV-2041`, `text` anything.
        text: the customer's words.
        asked: the detail was asked for, so that a bare answer ("Jane Miller") counts.

    >>> find_slot("email", "it's jane@example.com.", asked=False)
    'jane@example.com'
    >>> find_slot("number", "where is order 1003?", asked=False)
    '1003'
    >>> find_slot("name", "Jane Miller", asked=True)
    'Jane Miller'
    >>> find_slot("name", "Jane Miller", asked=False) is None
    True
    """
    match kind:
        case "email":
            return _first(EMAIL, text)
        case "phone":
            return _first(PHONE, text)
        case "contact":
            return _first(EMAIL, text) or _first(PHONE, text)
        case "number":
            found = NUMBER.search(text)
            return found.group(1) if found else None
        case "code":
            return _first(CODE, text)
        case "name":
            return _name(text, asked=asked)
        case "text":
            return text.strip() or None if asked else None
    raise ValueError(f"unknown slot kind {kind!r}; known are {', '.join(KINDS)}")


def _first(pattern: re.Pattern[str], text: str) -> str | None:
    found = pattern.search(text)
    return found.group(0).rstrip(".") if found else None


def _name(text: str, *, asked: bool) -> str | None:
    found = NAME.search(text)
    if found and found.group(1).split()[0].lower() not in NOT_A_NAME:
        return found.group(1).strip()
    # a bare answer: what is left without contact details, if it is as short as a name is
    bare = PHONE.sub(" ", EMAIL.sub(" ", text)).strip(" ,.;!\n")
    words = bare.split()
    if asked and 1 <= len(words) <= 4 and all(re.match(r"[^\W\d_]", word) for word in words):
        return " ".join(words)
    return None
