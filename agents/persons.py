"""A person's name in what they wrote. Pure functions."""

import re

from agents.words import words

WORD = re.compile(r"[^\W\d_][\w'’.-]*")
SAYS = re.compile(
    r"\b(?:my (?:full )?name is|my name's|my name|name is|name:|call me)[\s:]+", re.IGNORECASE
)
IS = re.compile(r"\b(?:i am|i'm|i’m|this is|it's|it’s|its)\s+", re.IGNORECASE)
HERE = re.compile(r"^\W*([^\W\d_][\w'’-]*(?: [^\W\d_][\w'’-]*)?) here\b")

MOST_WORDS = 4


def find_name(text: str, *, asked: bool) -> str | None:
    """The name somebody gives for themselves, or None.

    Args:
        text: the customer's words, without addresses and phone numbers.
        asked: the name was asked for, so that nothing has to announce it.

    >>> find_name("Hi, my name is jane miller and I need a quote", asked=False)
    'jane miller'
    >>> find_name("I'm Jane Miller, from Kelling.", asked=False)
    'Jane Miller'
    >>> find_name("I'm moving to Kelling", asked=False) is None
    True
    >>> find_name("sure, it's Jane O'Brien", asked=True)
    "Jane O'Brien"
    >>> find_name("why do you want to know?", asked=True) is None
    True
    """
    if found := SAYS.search(text):
        return _leading(text[found.end() :], capitals=False)
    for found in IS.finditer(text):
        if name := _leading(text[found.end() :], capitals=True):
            return name
    if here := HERE.search(text):
        return _leading(here.group(1), capitals=True)
    return _bare(text) if asked else None


def _leading(text: str, *, capitals: bool) -> str | None:
    """The name a text begins with; with `capitals` only capitalised words are one."""
    names: list[str] = []
    end = 0
    for found in WORD.finditer(text):
        word = found.group(0)
        apart = text[end : found.start()] if names else text[: found.start()]
        if apart.strip() or len(names) == MOST_WORDS or _is_other(word):
            break
        if capitals and not (word[0].isupper() and not (len(word) > 1 and word.isupper())):
            break
        names.append(word.rstrip("."))
        end = found.end()
        if word.endswith(".") and len(word) > 3:
            break
    return " ".join(names) or None


def _bare(text: str) -> str | None:
    """A message that is a name and hardly anything else."""
    if "?" in text:
        return None
    said = [w.rstrip(".") for w in WORD.findall(text)]
    names: list[str] = []
    for word in said:
        if word.lower() in words("no_name"):
            return None
        if word.lower() in words("beside_a_name"):
            if names:
                break
            continue
        names.append(word)
    rest = [w for w in said if w not in names and w.lower() not in words("beside_a_name")]
    if not 1 <= len(names) <= MOST_WORDS or len(rest) > len(names):
        return None
    return " ".join(names)


def _is_other(word: str) -> bool:
    return word.lower().rstrip(".") in words("beside_a_name") | words("no_name")
