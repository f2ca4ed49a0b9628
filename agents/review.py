"""What an answer says that nothing in the turn supports. Deterministic, before anybody reads it.

Numbers, sums, dates, addresses and links have to occur in the tool results, the passages or what
was said before; what the customer says may be said back, and proves no price or date. What the
answer says was or will be done has to be done by a tool. Other words are not judged here.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

from agents.dates import days_in, unsupported_days, without_days
from agents.promises import unkept
from agents.promises_abroad import unkept_abroad
from agents.quantities import NUMBER, Quantity, in_digits, is_supported, quantities, value
from agents.quoting import own_words
from agents.sentences import sentences

ADDRESS = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
LINK = re.compile(
    r"https?://[^\s)\]>\"'\\]+|\b(?:www\.|(?:[a-z\d-]{1,63}\.){1,4}[a-z]{2,24}/)[^\s)\]>\"'\\]+"
    r"|\b(?:[a-z\d-]{1,63}\.){1,4}(?:com|net|org|io|info|biz|example|app|dev|online|site|shop|store"
    r"|xyz|ru|cn|de|eu|ai|link|click|top)\b",
    re.IGNORECASE,
)
CODE = re.compile(r"\b[A-Z]{2,5}-\d+\b")
WRITTEN_OUT = (ADDRESS, LINK, CODE)
"""What has to occur as it is written. In the order in which it is looked for: numbers are last,
since an address may hold some."""

WORD = re.compile(r"[^\W_]+")
RUN = 12  # a sentence of the prompt; by chance nobody says so many of its words in a row

SMALL = 12  # counts and steps up to a dozen are the answer's own wording, not a claim
CLOCK_AFTER = re.compile(r"[\s-]*(?:[GMK]B\b|[GMK]bps\b|[ap]\.?m\b|o'clock\b|:\d\d)", re.IGNORECASE)

NOWHERE = days_in("")

SAID_BACK = re.compile(
    r"\byou(?:'d|\s+would)?\s+(?:said|say|mention|wrote|write|ask|told|tell|want|like|need|wish"
    r"|prefer|request|describ|report)\w*|\bas you\b"
    r"|\byour (?:wish|request|message|question|budget|report)\b"
    r"|\b(?:no|not|never|cannot|unable|whether|unfortunately|sorry|afraid|longer|later|too late"
    r"|more than|over|only)\b|n't\b|\?$",
    re.IGNORECASE,
)
"""A sentence with one of these repeats or denies what the customer said; it claims nothing."""


@dataclass(frozen=True, slots=True)
class Grounds:
    """What an answer may rest on.

    `known`: tool results, passages, what the company says of itself and what was said for it
    before. `said`: the customer's own words. `done`: the tools that worked in this turn.
    """

    known: tuple[str, ...]
    said: tuple[str, ...] = ()
    done: frozenset[str] = frozenset()


def ungrounded(text: str, grounds: Grounds, today: date | None = None) -> list[str]:
    """What an answer claims or promises without grounds; empty when it may be sent.

    >>> ungrounded("It costs 5 USD.", Grounds((), ("Does it cost 5 USD?",)))
    ['5']
    >>> ungrounded("You asked whether it costs 5 USD.", Grounds((), ("Does it cost 5 USD?",)))
    []
    >>> ungrounded("I've refunded you.", Grounds(()))
    ["I've refunded you."]
    """
    own = own_words(text, grounds.known)
    return [
        *unsupported(own, [*grounds.known, *grounds.said], today),
        *_taken_for_true(own, grounds, today),
        *unkept(text, grounds.known, grounds.done),
        *unkept_abroad(text, grounds.known, grounds.done),
    ]


def unsupported(text: str, evidence: Iterable[str], today: date | None = None) -> list[str]:
    """The claims of a text that no evidence contains; empty when it may be sent.

    >>> unsupported("It costs 39.90 USD.", ["price: 39.90"])
    []
    >>> unsupported("It costs 29.90 USD.", ["price: 129.90"])
    ['29.90']
    >>> unsupported("You get it in 3 steps.", [])
    []
    >>> unsupported("You get it in three days.", ["order 3"])
    ['3']
    """
    known = "\n".join(evidence)
    lowered = known.lower()
    missing: list[str] = []
    rest = in_digits(text)
    for pattern in WRITTEN_OUT:
        claims = [found.rstrip(".,:;/-") for found in pattern.findall(rest)]
        missing += [claim for claim in claims if claim.lower() not in lowered]
        rest = pattern.sub(" ", rest)
    now = today or datetime.now(UTC).date()
    if unsupported_days(rest, NOWHERE, now):
        missing += unsupported_days(rest, days_in(known), now)
    rest = without_days(rest)
    return missing + (list(_unknown_numbers(rest, in_digits(known))) if NUMBER.search(rest) else [])


def _unknown_numbers(text: str, known: str) -> Iterator[str]:
    """Numbers that do not occur, or not with that unit."""
    numbers = frozenset(map(value, _numbers(known)))
    with_unit = {found.at: found for found in quantities(text)}
    for found in NUMBER.finditer(text):
        quantity = with_unit.get(found.start())
        if quantity is None:
            fine = _is_wording(found, text) or _is_known(found.group(), numbers)
        else:
            fine = is_supported(quantity, known)
        if not fine:
            yield found.group()


def _taken_for_true(text: str, grounds: Grounds, today: date | None) -> list[str]:
    """Sums, lengths of time and days that only the customer has named, told as if they held."""
    told = [s for s in map(in_digits, sentences(text)) if not SAID_BACK.search(s)]
    now = today or datetime.now(UTC).date()
    told = [s for s in told if any(quantities(s)) or unsupported_days(s, NOWHERE, now)]
    if not told:
        return []
    known = in_digits("\n".join(grounds.known))
    dated = any(unsupported_days(sentence, NOWHERE, now) for sentence in told)
    days = days_in(known) if dated else NOWHERE  # reading all evidence for days takes long
    missing: list[str] = []
    for sentence in told:
        plain = without_days(sentence)
        unknown = [q for q in quantities(plain) if not is_supported(q, known)]
        missing += [q.number for q in unknown if _is_named(q, grounds)]
        missing += unsupported_days(sentence, days, now)
    return missing


def _is_named(claim: Quantity, grounds: Grounds) -> bool:
    """Else it was found missing already."""
    return is_supported(claim, in_digits("\n".join(grounds.said)))


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
    if not number.isdigit() or len(number) > 2 or int(number) > SMALL:
        return False
    return not CLOCK_AFTER.match(text, found.end())


def _is_known(claim: str, numbers: frozenset[str]) -> bool:
    """The same number in any writing (1,200.0 and 1200), or one whose parts all occur (8.30)."""
    if value(claim) in numbers:
        return True
    parts = re.findall(r"\d+", claim)
    dotted = len(parts) > 2 or (len(parts) == 2 and "," in claim)
    return dotted and all(value(part) in numbers for part in parts)


def _numbers(text: str) -> list[str]:
    """The numbers of a text, whole and, where several are joined ("2026.03.07"), apart."""
    whole = NUMBER.findall(text)
    joined = [n for n in whole if len(re.findall(r"\d+", n)) > 2]
    return [*whole, *(part for n in joined for part in re.findall(r"\d+", n))]
