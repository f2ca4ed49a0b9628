"""What an answer says that nothing in the turn supports. Deterministic, before anybody reads it.

Numbers, dates, addresses and links have to occur in the tool results, the passages or the
customer's own words. Words are not judged here.
"""

import re
from collections.abc import Iterable

# Ordered: an address is looked for before the numbers inside it.
CLAIMS = (
    re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
    re.compile(r"https?://[^\s)\]>]+"),
    re.compile(r"\b[A-Z]{2,5}-\d+\b"),
    re.compile(r"\+?\d[\d\s().-]{7,}\d"),
    re.compile(r"\d[\d.,:/-]*\d|\d"),
)
SMALL = 12  # counts and steps up to a dozen are the answer's own wording, not a claim


def unsupported(text: str, evidence: Iterable[str]) -> list[str]:
    """The claims of a text that no evidence contains, in order; empty when it may be sent.

    >>> unsupported("It costs 39.90 USD.", ["price: 39.90"])
    []
    >>> unsupported("It costs 29.90 USD.", ["price: 39.90"])
    ['29.90']
    >>> unsupported("You get it in 3 steps.", [])
    []
    """
    known = " ".join(evidence)
    digits = _bare(known)
    missing = []
    rest = text
    for pattern in CLAIMS:
        for claim in pattern.findall(rest):
            cleaned = claim.rstrip(".,:;/-")
            if not _is_known(cleaned, known, digits):
                missing.append(cleaned)
        rest = pattern.sub(" ", rest)
    return missing


def _is_known(claim: str, known: str, digits: str) -> bool:
    if claim.isdigit() and int(claim) <= SMALL:
        return True
    return claim.lower() in known.lower() or (_bare(claim) != "" and _same_number(claim, digits))


def _bare(text: str) -> str:
    """Digits and points only, separated by single spaces, without thousands commas."""
    numbers = re.findall(r"\d[\d.]*", re.sub(r"(?<=\d),(?=\d{3})", "", text))
    return " ".join(number.rstrip(".") for number in numbers)


def _same_number(claim: str, digits: str) -> bool:
    """The claim's numbers, each of them known in the same or in a shorter writing (39.90, 39.9)."""
    numbers = set(digits.split())
    values = {_value(number) for number in numbers}
    return all(part in numbers or _value(part) in values for part in _bare(claim).split())


def _value(number: str) -> float | str:
    try:
        return float(number)
    except ValueError:
        return number
