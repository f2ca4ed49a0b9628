"""Which of a customer's things a message is about. Pure functions."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from agents.extract import meant, stem, words_of
from agents.wording import contains_phrase, normalise

Row = Mapping[str, Any]

AMOUNT = re.compile(r"(?<![\w.,-])\d{1,9}\.\d\d(?![\w.,-]*\d)")
LATEST = re.compile(r"\b(?:latest|last|newest|most recent|recent)\b(?! (?:week|month|year|night))")


def by_id(rows: Sequence[Row] | None, key: object) -> Row | None:
    """The row of that id; digits alone find the id that ends in them.

    >>> by_id([{"id": 1}, {"id": 2}], "2"), by_id([{"id": "INV-2041"}], "2041")["id"]
    ({'id': 2}, 'INV-2041')
    """
    wanted = str(key or "").lower()
    if not wanted:
        return None
    for row in rows or ():
        own = str(row["id"]).lower()
        if wanted == own or (wanted.isdigit() and own.rpartition("-")[2] == wanted and "-" in own):
            return row
    return None


def named(rows: Sequence[Row] | None, text: str, *columns: str) -> Row | None:
    """The one row whose words the message uses most, or the newest if it asks for that.

    Several rows that fit equally well are none: somebody has to be asked.

    >>> rows = [{"product": "Phone Case"}, {"product": "Wireless Headphones"}]
    >>> named(rows, "when do my headphones come?", "product")
    {'product': 'Wireless Headphones'}
    >>> named(rows, "hedphones?", "product")
    {'product': 'Wireless Headphones'}
    >>> named(rows, "where is my order?", "product") is None
    True
    """
    there = list(rows or ())
    naming = [_words(row, columns) for row in there]
    known = frozenset().union(*naming)
    said = {meant(stem(word), known) for word in words_of(text)}
    scores = [len(said & own) for own in naming]
    best = max(scores, default=0)
    if best and scores.count(best) == 1:
        return there[scores.index(best)]
    if there and not best and LATEST.search(text.lower()):
        return there[0]
    return None


def the_other(rows: Sequence[Row] | None, key: object) -> Row | None:
    """The row that is meant by "the other one" than that of this id; None where there are several.

    >>> the_other([{"id": 1}, {"id": 2}], 1), the_other([{"id": 1}, {"id": 2}], None)
    ({'id': 2}, None)
    """
    this = by_id(rows, key)
    left = [row for row in rows or () if row is not this]
    return left[0] if this is not None and len(left) == 1 else None


def with_amount(rows: Sequence[Row] | None, text: str) -> Row | None:
    """The one row whose `amount` the message names; several are none.

    >>> with_amount([{"amount": "36.99"}, {"amount": "24.99"}], "what is the 36.99 bill?")
    {'amount': '36.99'}
    """
    said = {float(number) for number in AMOUNT.findall(text)}
    found = [row for row in rows or () if float(row.get("amount") or 0) in said]
    return found[0] if len(found) == 1 else None


def mentions(text: str, *phrases: str) -> str:
    """The first of the phrases that stands in the text, as whole words; "" when none does.

    >>> mentions("Please CLOSE my ticket", "reopen", "close my ticket")
    'close my ticket'
    """
    said = normalise(text)
    return next((p for p in phrases if contains_phrase(said, normalise(p))), "")


def _words(row: Row, columns: Sequence[str]) -> set[str]:
    """What may name a row; numbers and single letters ("30 W") name nothing."""
    found = {w for column in columns for w in words_of(str(row.get(column) or ""))}
    return {stem(w) for w in found if len(w) > 1 and not w.isdigit()}
