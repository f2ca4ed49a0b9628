"""What an answer says that nothing in the turn supports. Deterministic, before anybody reads it.

Numbers, dates, addresses and links have to occur in the tool results, the passages or the
customer's own words. Words are not judged here.
"""

import re
from collections.abc import Iterable

ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
LINK = re.compile(r"https?://[^\s)\]>]+")
CODE = re.compile(r"\b[A-Z]{2,5}-\d+\b")
WRITTEN_OUT = (ADDRESS, LINK, CODE)
"""What has to occur as it is written. In the order in which it is looked for: numbers are last,
since an address may hold some."""

NUMBER = re.compile(r"\d[\d.,]*\d|\d")
THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")

WORD = re.compile(r"[^\W_]+")
RUN = 12  # a sentence of the prompt; by chance nobody says so many of its words in a row

SMALL = 12  # counts and steps up to a dozen are the answer's own wording, not a claim
CURRENCY_BEFORE = re.compile(r"(?:[$€£]|\b(?:USD|EUR|GBP|CHF))\s*$")
UNIT_AFTER = re.compile(
    r"[\s-]*(?:business |working |calendar )?"
    r"(?:%|percent|days?\b|weeks?\b|months?\b|years?\b|hours?\b|minutes?\b|[$€£]|USD\b|EUR\b|GBP\b"
    r"|CHF\b|dollars?\b|euros?\b|[GMK]B\b|[GM]bps\b|[ap]\.?m\b|o'clock\b|:\d\d)",
    re.IGNORECASE,
)


def unsupported(text: str, evidence: Iterable[str]) -> list[str]:
    """The claims of a text that no evidence contains, in order; empty when it may be sent.

    >>> unsupported("It costs 39.90 USD.", ["price: 39.90"])
    []
    >>> unsupported("It costs 29.90 USD.", ["price: 129.90"])
    ['29.90']
    >>> unsupported("You get it in 3 steps.", [])
    []
    >>> unsupported("You get it in 3 days.", [])
    ['3']
    """
    known = " ".join(evidence)
    lowered = known.lower()
    numbers = frozenset(map(_value, _numbers(known)))
    missing: list[str] = []
    rest = text
    for pattern in WRITTEN_OUT:
        claims = [found.rstrip(".,:;/-") for found in pattern.findall(rest)]
        missing += [claim for claim in claims if claim.lower() not in lowered]
        rest = pattern.sub(" ", rest)
    return missing + [
        found.group(0)
        for found in NUMBER.finditer(rest)
        if not _is_wording(found, rest) and not _is_known(found.group(0), numbers)
    ]


def discloses(text: str, prompt: str) -> bool:
    """Whether a text repeats what a model was told in confidence: RUN words of it in a row.

    >>> discloses("My orders: " + "be kind to all and never " * 3, "Be kind to all, and never " * 3)
    True
    >>> discloses("I am kind to all.", "Be kind to all, and never " * 3)
    False
    """
    secret, said = WORD.findall(prompt.lower()), WORD.findall(text.lower())
    runs = {tuple(secret[at : at + RUN]) for at in range(len(secret) - RUN + 1)}
    return any(tuple(said[at : at + RUN]) in runs for at in range(len(said) - RUN + 1))


def _is_wording(found: re.Match[str], text: str) -> bool:
    """A small number without a unit: "the 3 lights", "in 4 steps"."""
    number = found.group(0)
    if not number.isdigit() or int(number) > SMALL:
        return False
    before, after = text[: found.start()], text[found.end() :]
    return not CURRENCY_BEFORE.search(before) and not UNIT_AFTER.match(after)


def _is_known(claim: str, numbers: frozenset[str]) -> bool:
    """The same number in any writing (1,200.0 and 1200), or one whose parts all occur (8.30)."""
    if _value(claim) in numbers:
        return True
    parts = re.findall(r"\d+", claim)
    dotted = len(parts) > 2 or (len(parts) == 2 and "," in claim)
    return dotted and all(_value(part) in numbers for part in parts)


def _numbers(text: str) -> list[str]:
    """The numbers of a text, whole and, where several are joined ("2026.03.07"), apart."""
    whole = NUMBER.findall(text)
    joined = [n for n in whole if len(re.findall(r"\d+", n)) > 2]
    return [*whole, *(part for n in joined for part in re.findall(r"\d+", n))]


def _value(number: str) -> str:
    """One writing for numbers that are the same: without thousands commas and empty decimals."""
    plain = THOUSANDS.sub("", number)
    whole, point, decimals = plain.partition(".")
    if not point or not decimals.isdigit() or not whole.isdigit():
        return plain.lstrip("0") or "0"
    digits = decimals.rstrip("0")
    return f"{whole.lstrip('0') or '0'}.{digits}" if digits else whole.lstrip("0") or "0"
