"""Text as the database can hold it."""

from typing import Annotated

from pydantic import AfterValidator, StringConstraints


def _storable(text: str) -> str:
    """Postgres stores every character but one."""
    if "\x00" in text:
        raise ValueError("must not contain the character NUL")
    return text


Text = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1), AfterValidator(_storable)
]
