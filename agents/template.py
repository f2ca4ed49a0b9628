"""The templates of playbooks: conditions, texts, and what they speak of."""

import re
from collections.abc import Mapping
from datetime import date
from functools import cache, lru_cache
from typing import Any

from jinja2 import ChainableUndefined, Template, meta
from jinja2.environment import TemplateExpression
from jinja2.sandbox import ImmutableSandboxedEnvironment

from agents.cues import asks, was_in_vain
from agents.naming import by_id, mentions, named, the_other, with_amount
from agents.sections import grounded_answer
from agents.slots import find_slot

MOST_COMPILED = 5000  # of all tenants; a template takes some 10 kB

SOLE_EXPRESSION = re.compile(r"\{\{(?P<expression>[^{}]*)\}\}")
TOO_MANY_LINES = re.compile(r"\n{3,}")
SPACES = re.compile(r"[ \t]+")
SPACE_AT_AN_END = re.compile(r" *\n *")


@cache
def environment() -> ImmutableSandboxedEnvironment:
    """Jinja without access to anything but the values given to it."""
    made = ImmutableSandboxedEnvironment(
        undefined=ChainableUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False
    )
    made.filters |= {
        "money": lambda amount: f"{float(amount):,.2f}",
        "day": day,
        "month": lambda stamp: f"{found:%B %Y}" if (found := _date(stamp)) else "",
        "days_until": lambda stamp, today: (
            (today - found).days if (found := _date(stamp)) else None
        ),
        "answer": grounded_answer,
        "by_id": by_id,
        "named": named,
        "the_other": the_other,
        "with_amount": with_amount,
        "mentions": mentions,
        "is_question": lambda text: asks(str(text or "")),
        "in_vain": lambda text: was_in_vain(str(text or "")),
        "find": lambda text, kind: find_slot(kind, str(text or ""), asked=False) or "",
    }
    return made


def day(stamp: object) -> str:
    """A date or a moment as a customer reads it.

    >>> day("2026-03-07T10:00:00+00:00")
    'March 7, 2026'
    """
    found = _date(stamp)
    return f"{found:%B} {found.day}, {found.year}" if found else ""


def value_of(expression: str, values: Mapping[str, Any]) -> Any:
    """What an expression comes to; None where something in it is unknown."""
    return _expression(expression)(**values)


def holds(condition: str, values: Mapping[str, Any]) -> bool:
    """Whether a condition is true of the values; something unknown counts as false."""
    return bool(value_of(condition, values))


def fill(text: str, values: Mapping[str, Any]) -> str:
    """A template with the values put in, without the space its conditions leave behind."""
    filled = SPACES.sub(" ", _template(text).render(**values))
    return TOO_MANY_LINES.sub("\n\n", SPACE_AT_AN_END.sub("\n", filled)).strip()


def fill_value(text: str, values: Mapping[str, Any]) -> Any:
    """The same, but the value itself where a template is nothing but one: an id stays a number."""
    if sole := SOLE_EXPRESSION.fullmatch(text.strip()):
        return value_of(sole["expression"], values)
    return fill(text, values)


def check(text: str, *, expression: bool) -> None:
    """See that a template or an expression can be used.

    Raises:
        TemplateError: it cannot; the message says why.
    """
    if expression:
        _expression(text)
    else:
        _template(text)


@lru_cache(MOST_COMPILED)
def names_in(text: str, *, expression: bool) -> frozenset[str]:
    """The values a template or an expression speaks of.

    Raises:
        TemplateError: it is none.
    """
    parsed = environment().parse(f"{{{{ ({text}) }}}}" if expression else text)
    return frozenset(meta.find_undeclared_variables(parsed))


@lru_cache(MOST_COMPILED)
def _expression(text: str) -> TemplateExpression:
    return environment().compile_expression(text)


@lru_cache(MOST_COMPILED)
def _template(text: str) -> Template:
    return environment().from_string(text)


def _date(stamp: object) -> date | None:
    written = str(stamp or "")[:10]
    return date.fromisoformat(written) if written else None


def fill_arguments(given: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """A step's arguments with their templates filled; an empty one is left out."""
    filled = {
        name: fill_value(value, values) if isinstance(value, str) else value
        for name, value in given.items()
    }
    return {name: value for name, value in filled.items() if value not in ("", None)}
