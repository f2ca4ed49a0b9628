"""Numbers with a unit: durations, shares and sums, and whether a text supports them.

"14 days" is not supported by an order of number 14. Pure functions.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

NUMBER = re.compile(r"\d[\d.,]*\d|\d")
THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")

ONES = tuple(
    "zero,one,two,three,four,five,six,seven,eight,nine,ten,eleven,twelve,thirteen,fourteen,fifteen,"  # noqa: SIM905
    "sixteen,seventeen,eighteen,nineteen".split(",")
)
TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
WORD_VALUES: Mapping[str, int] = {
    **{word: value for value, word in enumerate(ONES)},
    **{word: value for value, word in zip(range(20, 100, 10), TENS, strict=True)},
}
_UNIT_WORD = (
    r"(?:days?|weeks?|months?|years?|hours?|minutes?|percent|per cent|dollars?|euros?|pounds?)\b"
)
_KIND = r"(?:(?:business|working|calendar|full|whole|more|extra)[\s-]+)?"
IN_WORDS = re.compile(
    rf"\b(?:(?P<tens>{'|'.join(TENS)})(?:[\s-](?P<ones>{'|'.join(ONES[1:10])}))?"
    rf"|(?P<small>{'|'.join(ONES)})|(?P<one>an?(?! minute)|the next|another))"
    rf"(?P<rest>\s+hundred)?(?=[\s-]+{_KIND}{_UNIT_WORD})",
    re.IGNORECASE,
)
HALF = re.compile(r"\bhalf (?:(?:the )?price|as much)\b", re.IGNORECASE)
FORTNIGHT = re.compile(r"\b(?:a |the next )?fortnight\b", re.IGNORECASE)
DECIMAL_COMMA = re.compile(r"(\d+|\d{1,3}(?:\.\d{3})+),(\d\d?)")  # as most of Europe writes it

UNITS: Mapping[str, str] = {
    "percent": r"%|percent|per cent|prozent|por ciento|pour cent",
    "minute": r"minutes?\b|mins?\b|minutos?\b|minuten\b|minuti\b",
    "hour": r"hours?\b|hrs?\b|h\b|horas?\b|stunden?\b|heures?\b",
    "day": r"days?\b|d[ií]as?\b|tage?n?\b|jours?\b|giorn[io]\b",
    "week": r"weeks?\b|semanas?\b|wochen?\b|semaines?\b|settiman[ae]\b",
    "month": r"months?\b|mes(?:es)?\b|monate?n?\b|mois\b|mes[ei]\b",
    "year": r"years?\b|años?\b|anos?\b|jahre?n?\b|ans\b|anni\b",
    "money": r"[$€£]|(?:USD|EUR|GBP|CHF|dollars?|euros?|pounds?|bucks|cents?)\b",
}
UNIT_AFTER = {
    unit: re.compile(rf"[\s-]*{_KIND}(?:{words})", re.IGNORECASE) for unit, words in UNITS.items()
}
SIGN_CHARS = 12  # before a number that may be its currency
MONEY_BEFORE = re.compile(r"(?:[$€£]|\b(?:USD|EUR|GBP|CHF))\s*$")

RANGE = re.compile(r"^\s*(?:-|–|to|or|and|until)\s*\d[\d.,]*")  # "3 to 5 days"
MONEY_KEY = re.compile(
    r"(?:amount|price|total|fee|cost|spen[dt]|mrr|value|due|owed?|balance|charge|refund|credit"
    r"|deposit|sum|pa(?:y|id)|budget)[^0-9{}\[\]]{0,30}$",
    re.IGNORECASE,
)
CURRENCIES: Mapping[str, str] = {
    "$": "USD",
    "usd": "USD",
    "dollar": "USD",
    "€": "EUR",
    "eur": "EUR",
    "euro": "EUR",
    "£": "GBP",
    "gbp": "GBP",
    "pound": "GBP",
    "chf": "CHF",
}
CURRENCY = re.compile(r"[$€£]|\b(?:USD|EUR|GBP|CHF|dollar|euro|pound)", re.IGNORECASE)

SAME: Mapping[str, tuple[tuple[str, float], ...]] = {
    "week": (("day", 7), ("day", 5)),
    "day": (("week", 1 / 7), ("hour", 24)),
    "hour": (("day", 1 / 24), ("minute", 60)),
    "minute": (("hour", 1 / 60),),
    "month": (("year", 1 / 12), ("day", 30), ("week", 4)),
    "year": (("month", 12), ("day", 365)),
}
"""The same length of time in other words: a week is seven days, or five of business."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """`number` as it is written, `at` where."""

    number: str
    unit: str
    at: int
    currency: str | None = None


def in_digits(text: str) -> str:
    """The text with numbers before a unit, and half prices, in digits.

    >>> in_digits("within two weeks, an hour, ninety-five dollars, half price")
    'within 2 weeks, 1 hour, 95 dollars, 50 % of the price'
    """
    plain = FORTNIGHT.sub("2 weeks", IN_WORDS.sub(_digits, text))
    return HALF.sub("50 % of the price", plain)


def quantities(text: str) -> Iterator[Quantity]:
    """The numbers of a text that have a unit. The text is one of `in_digits`."""
    for found in NUMBER.finditer(text):
        before = text[max(0, found.start() - SIGN_CHARS) : found.start()]
        if sign := MONEY_BEFORE.search(before):
            yield Quantity(found.group(), "money", found.start(), _currency(sign.group()))
            continue
        for unit, pattern in UNIT_AFTER.items():
            if match := pattern.match(text, found.end()):
                currency = _currency(match.group()) if unit == "money" else None
                yield Quantity(found.group(), unit, found.start(), currency)
                break


def is_supported(claim: Quantity, known: str) -> bool:
    """Whether a text (of `in_digits`) has the number with that unit, or the same in other words."""
    wanted = _amount(claim.number)
    if wanted is None:
        return False
    if claim.unit == "money":
        return _money_fits(claim, known) and any(
            _is_money(known, found) for found in _occurrences(wanted, known)
        )
    same = [(claim.unit, wanted), *((u, wanted * f) for u, f in SAME.get(claim.unit, ()))]
    return any(
        _has_unit(known, found, unit)
        for unit, value in same
        for found in _occurrences(value, known)
    ) or (claim.unit == "percent" and any(_occurrences(wanted / 100, known)))


def value(number: str) -> str:
    """One writing for numbers that are the same: without thousands commas and empty decimals."""
    plain = _with_point(number)
    whole, point, decimals = plain.partition(".")
    if not point or not decimals.isdigit() or not whole.isdigit():
        return plain.lstrip("0") or "0"
    digits = decimals.rstrip("0")
    return f"{whole.lstrip('0') or '0'}.{digits}" if digits else whole.lstrip("0") or "0"


def _with_point(number: str) -> str:
    if found := DECIMAL_COMMA.fullmatch(number):
        return f"{found[1].replace('.', '')}.{found[2]}"
    return THOUSANDS.sub("", number)


def _digits(found: re.Match[str]) -> str:
    if found["one"]:
        number = 1
    elif found["small"]:
        number = WORD_VALUES[found["small"].lower()]
    else:
        ones = found["ones"]
        number = WORD_VALUES[found["tens"].lower()] + (WORD_VALUES[ones.lower()] if ones else 0)
    return str(number * 100 if found["rest"] else number)


def _amount(number: str) -> float | None:
    try:
        return float(_with_point(number))
    except ValueError:
        return None


def _occurrences(wanted: float, known: str) -> Iterator[re.Match[str]]:
    for found in NUMBER.finditer(known):
        amount = _amount(found.group())
        if amount is not None and abs(amount - wanted) < 1e-6:
            yield found


def _has_unit(known: str, found: re.Match[str], unit: str) -> bool:
    after = RANGE.sub("", known[found.end() : found.end() + 60], count=1)
    if UNIT_AFTER[unit].match(after) or UNIT_AFTER[unit].match(known, found.end()):
        return True
    key = "percent|rate|share|discount" if unit == "percent" else unit
    before = known[max(0, found.start() - 40) : found.start()]
    return re.search(rf"(?:{key})\w*[\"']?\s*[:=]\s*[\"']?$", before, re.IGNORECASE) is not None


def _is_money(known: str, found: re.Match[str]) -> bool:
    before = known[max(0, found.start() - 60) : found.start()]
    after = known[found.end() : found.end() + 60]
    return bool(
        re.search(r"\.\d\d$", found.group())
        or MONEY_BEFORE.search(before)
        or MONEY_KEY.search(before)
        or UNIT_AFTER["money"].match(RANGE.sub("", after, count=1))
        or UNIT_AFTER["money"].match(after)
    )


def _money_fits(claim: Quantity, known: str) -> bool:
    """Whether the currency is one that is spoken of, where any is."""
    spoken = {_currency(found) for found in CURRENCY.findall(known)}
    return claim.currency is None or not spoken or claim.currency in spoken


def _currency(text: str) -> str | None:
    found = CURRENCY.search(text)
    return CURRENCIES[found.group().lower()] if found else None
