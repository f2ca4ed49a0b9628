"""Facts that a reply has to hold, and whether it does. Pure: no reply is judged by its wording."""

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from data.business import TABLES

HELP = (
    'write words, a number in quotes ("49.99"), /a pattern/, {in_days: 6} or {new: tickets},'
    " or a list of these of which one is enough"
)


@dataclass(frozen=True, slots=True)
class Words:
    """Stands in the text as it is, whole words and whole numbers."""

    text: str


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression, in any case."""

    regex: str


@dataclass(frozen=True, slots=True)
class InDays:
    """The date so many days from today (negative: ago), however it is spelled."""

    days: int


@dataclass(frozen=True, slots=True)
class NewRow:
    """The number of a row that this conversation created in a table."""

    table: str


Fact = Words | Pattern | InDays | NewRow
OneOf = tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """What dates and new numbers are measured against. `created` holds ids, by table."""

    today: date
    created: Mapping[str, Collection[Any]]


def read_choices(value: Any) -> tuple[OneOf, ...]:
    """A list of facts as a file has it; a list inside it is a choice.

    Raises:
        ValueError: something in it is no fact; the message says what to write.
    """
    if not isinstance(value, list | tuple):
        raise ValueError(  # noqa: TRY004  # pydantic reports these
            "must be a list in square brackets"
        )
    return tuple(
        tuple(map(read_fact, item)) if isinstance(item, list) and item else (read_fact(item),)
        for item in value
    )


def read_fact(value: Any) -> Fact:
    """One fact as a file has it.

    Raises:
        ValueError: it is none; the message says what to write.
    """
    match value:
        case Words() | Pattern() | InDays() | NewRow():
            return value
        case str() if len(value) > 2 and value.startswith("/") and value.endswith("/"):
            try:
                re.compile(value[1:-1])
            except re.error as error:
                raise ValueError(f"{value} is no pattern ({error}); correct it") from None
            return Pattern(value[1:-1])
        case str() if value.strip():
            return Words(value)
        case {"in_days": int(days), **rest} if not rest:
            return InDays(days)
        case {"new": str(table), **rest} if not rest:
            if table not in TABLES:
                raise ValueError(f"there is no table {table!r}; choose of {', '.join(TABLES)}")
            return NewRow(table)
    raise ValueError(f"{value!r} is no fact; {HELP}")


def holds(text: str, choice: OneOf, known: Known) -> bool:
    """Whether the text has one of these facts.

    >>> holds("It is $1,049.00.", (Words("1049"),), Known(date(2026, 1, 1), {}))
    True
    """
    plain = normalised(text)
    return any(re.search(_regex(fact, known), plain, re.IGNORECASE) for fact in choice)


def normalised(text: str) -> str:
    """One spelling of quotes, dashes, blanks and amounts: `$1,049.00` becomes `$1049`."""
    same = unicodedata.normalize("NFKC", text).translate(
        {0x2018: "'", 0x2019: "'", 0x201C: '"', 0x201D: '"', 0x2013: "-", 0x2014: "-", 0x2011: "-"}
    )
    same = re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", same)
    same = re.sub(r"(?<=\d)\.00(?!\d)", "", same)
    return " ".join(same.split())


def shown(choice: OneOf) -> str:
    """A choice as people read it."""
    return " or ".join(_shown(fact) for fact in choice)


def _shown(fact: Fact) -> str:
    match fact:
        case Words(text):
            return repr(text)
        case Pattern(regex):
            return f"/{regex}/"
        case InDays(days):
            return f"the date in {days} days"
        case NewRow(table):
            return f"the number of the row created in {table}"


def _regex(fact: Fact, known: Known) -> str:
    match fact:
        case Words(text):
            return _whole(normalised(text))
        case Pattern(regex):
            return regex
        case InDays(days):
            return _spellings(known.today + timedelta(days=days))
        case NewRow(table):
            return _any_of([_whole(str(number)) for number in known.created.get(table, ())])


def _whole(text: str) -> str:
    """Neither inside a longer word nor a part of another number."""
    start = r"(?<!\w)(?<!\d[.,])" if text[0].isalnum() else ""
    end = r"(?!\d|[.,]\d)" if text[-1].isdigit() else r"(?!\w)" if text[-1].isalpha() else ""
    return start + re.escape(text) + end


def _spellings(day: date) -> str:
    month = f"(?:{day:%B}|{day:%b})\\.?"
    number = f"0?{day.day}(?:st|nd|rd|th)?"
    return _any_of(
        [
            f"{day:%Y-%m-%d}",
            f"{month} {number}(?!\\d)",
            f"(?<!\\d){number} (?:of )?{month}(?!\\w)",
            f"(?<!\\d)0?{day.month}/0?{day.day}(?:/{day:%Y}|/{day:%y}|(?![/\\d]))",
        ]
    )


def _any_of(patterns: Sequence[str]) -> str:
    return f"(?:{'|'.join(patterns)})" if patterns else r"(?!)"
