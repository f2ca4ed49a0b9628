"""Lets hypothesis-jsonschema 0.23, which schemathesis builds on, work with Hypothesis 6.170.

It asks Hypothesis' internal `many` for one more element with a method that is gone: the class is
iterated now. This gives it the method back. To be removed with the next hypothesis-jsonschema.
"""

from typing import Any

from hypothesis.internal.conjecture.utils import many


def install() -> None:
    """Add the method where it is missing."""
    if not hasattr(many, "more"):
        many.more = _more  # type: ignore[attr-defined]


def _more(elements: Any) -> bool:
    if elements._depth is None:
        elements.__enter__()
        elements.iterator = iter(elements)
    goes_on = next(elements.iterator, StopIteration) is not StopIteration
    if not goes_on:
        elements.__exit__(None)
    return goes_on
