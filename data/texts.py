"""Text as the database can hold it, and people can read it."""

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

UNSEEN = frozenset({"Cc", "Cf", "Zl", "Zp", "Zs"})  # of Unicode's categories


def is_blank(text: str) -> bool:
    r"""Whether nothing of it can be seen: spaces, controls, letters without a width.

    >>> is_blank(" \n\u200b"), is_blank("\u200ba"), is_blank("")
    (True, False, True)
    """
    return all(unicodedata.category(c) in UNSEEN for c in text)


def _legible(text: str) -> str:
    """Postgres stores every character but one."""
    if "\x00" in text:
        raise ValueError("must not contain the character NUL")
    if text and is_blank(text):
        raise ValueError("must not be blank")
    return text


Text = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1), AfterValidator(_legible)
]
