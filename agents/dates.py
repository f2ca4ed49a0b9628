"""Days that an answer names, and whether a text supports them. Pure functions."""

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

MONTHS = tuple(map(str.lower, calendar.month_name[1:]))
WEEKDAYS = tuple(map(str.lower, calendar.day_name))

_MONTH = rf"(?P<month>{'|'.join(f'{m}|{m[:3]}' for m in MONTHS)}|sept)\b(?:\.(?=\s*\d))?"
_DAY = r"(?P<day>[0-3]?\d)(?:st|nd|rd|th)?\b"
MONTH_DAY = re.compile(rf"\b{_MONTH}\s+(?:the\s+)?{_DAY}(?![.,]?\d)", re.IGNORECASE)
DAY_MONTH = re.compile(rf"\b{_DAY}\s+(?:of\s+)?{_MONTH}", re.IGNORECASE)
ISO = re.compile(r"\b(?P<year>\d{4})-(?P<m>\d\d)-(?P<d>\d\d)(?!\d)")
SLASHED = re.compile(r"\b(?P<a>\d{1,2})[./](?P<b>\d{1,2})[./](?:\d{4}|\d\d)\b")
ALONE = re.compile(
    rf"\b(?:in|by|until|till|since|from|before|after|during|of|for|early|late|mid)[\s-]+{_MONTH}",
    re.IGNORECASE,
)
WEEKDAY = re.compile(rf"\b({'|'.join(WEEKDAYS)})s?\b", re.IGNORECASE)
SPAN = re.compile(
    rf"\b({'|'.join(WEEKDAYS)})\s*(?:to|until|through|-|–)\s*({'|'.join(WEEKDAYS)})\b",
    re.IGNORECASE,
)
SOON = re.compile(
    r"\b(?:tomorrow|tonight|(?:this|next|the) (?:week|weekend|month|year)|this (?:morning|afternoon"
    r"|evening)|(?:within|by|at) the (?:end of (?:the )?)?(?:hour|day|week|weekend|month)"
    r"|(?:by|at) (?:the )?end of (?:the )?(?:day|week|month|year)|within the day|day after tomorrow"
    r"|overnight)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Days:
    """What a text says of time. `days` are (month, day); `weekdays` count from Monday, 0."""

    days: frozenset[tuple[int, int]]
    months: frozenset[int]
    weekdays: frozenset[int]
    text: str


def named_days(text: str) -> Iterator[tuple[str, tuple[int, int]]]:
    """The days of a text with their month, as they are written and as (month, day)."""
    for pattern in (MONTH_DAY, DAY_MONTH):
        for found in pattern.finditer(text):
            yield found.group(), (_month(found["month"]), int(found["day"]))
    for found in ISO.finditer(text):
        yield found.group(), (int(found["m"]), int(found["d"]))


def without_days(text: str) -> str:
    """The text with its days gone, but for their years."""
    for pattern in (ISO, MONTH_DAY, DAY_MONTH):
        text = pattern.sub(lambda found: f" {found.groupdict().get('year') or ''} ", text)
    return text


def days_in(text: str) -> Days:
    """Everything that a text says of days, in whatever writing."""
    days = {day for _, day in named_days(text)}
    for found in SLASHED.finditer(text):
        a, b = int(found["a"]), int(found["b"])
        days |= {(a, b), (b, a)}
    weekdays = {WEEKDAYS.index(name.lower()) for name in WEEKDAY.findall(text)}
    for first, last in SPAN.findall(text):
        at, end = WEEKDAYS.index(first.lower()), WEEKDAYS.index(last.lower())
        weekdays |= {(at + step) % 7 for step in range((end - at) % 7 + 1)}
    weekdays |= {each.weekday() for each in _iso_dates(text)}
    months = {month for month, _ in days} | {_month(m["month"]) for m in ALONE.finditer(text)}
    months |= {int(m) for m in re.findall(r"\b\d{4}-(\d\d)\b", text)}
    return Days(frozenset(days), frozenset(months), frozenset(weekdays), text.lower())


def unsupported_days(text: str, known: Days, today: date) -> list[str]:
    """The days, weekdays and months of a text that `known` doesn't have, as they are written.

    >>> unsupported_days("It comes on March 28.", days_in("due 2026-03-27"), date(2026, 3, 20))
    ['March 28']
    """
    missing = [said for said, day in named_days(text) if day not in known.days]
    rest = without_days(text)
    missing += [
        found.group()
        for found in ALONE.finditer(rest)
        if _month(found["month"]) not in known.months
    ]
    missing += [
        found.group()
        for found in WEEKDAY.finditer(rest)
        if WEEKDAYS.index(found.group(1).lower()) not in known.weekdays
    ]
    missing += [
        found.group() for found in SOON.finditer(rest) if not _is_soon(found.group(), known, today)
    ]
    return missing


def _is_soon(said: str, known: Days, today: date) -> bool:
    if said.lower() in known.text:
        return True
    tomorrow = today + timedelta(days=1)
    return said.lower() == "tomorrow" and (tomorrow.month, tomorrow.day) in known.days


def _month(name: str) -> int:
    return next(at for at, month in enumerate(MONTHS, 1) if month.startswith(name.lower()[:3]))


def _iso_dates(text: str) -> Iterator[date]:
    for found in ISO.finditer(text):
        try:
            yield date(int(found["year"]), int(found["m"]), int(found["d"]))
        except ValueError:
            continue
