"""What an operation's arguments may be: every text bounded and storable, every number in range."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from data.texts import Text

BIGINT = 2**63 - 1
ADDRESS = re.compile(r"[^@\s<>,;:\"]{1,64}@[^@\s<>,;:\"]+\.[^@\s.<>,;:\"]{2,}")
PHONE = re.compile(r"\+?\d[\d ()./x-]{2,}")


def _address(text: str) -> str:
    if not ADDRESS.fullmatch(text):
        raise ValueError("must be an e-mail address such as ann@example.com")
    return text


def _phone(text: str) -> str:
    if not PHONE.fullmatch(text):
        raise ValueError("must be a phone number such as +1 555 0101")
    return text


def _or_none(value: object) -> object:
    """Models write "" for what they leave out."""
    return None if isinstance(value, str) and not value.strip() else value


Name = Annotated[Text, Field(max_length=200, description="The person's name")]
Phone = Annotated[
    Text,
    Field(max_length=40, description="A phone number as written, e.g. +1 555 0101"),
    AfterValidator(_phone),
]
Email = Annotated[
    Text,
    Field(max_length=254, description="An e-mail address, e.g. ann@example.com"),
    AfterValidator(_address),
]
Named = Annotated[
    Annotated[Text, Field(max_length=254), AfterValidator(_address)] | None,
    BeforeValidator(_or_none),
    Field(description="The e-mail address the customer gave, if any"),
]
Limit = Annotated[int, Field(ge=1, le=20, description="How many, newest first")]
OrderId = Annotated[int, Field(ge=1, le=BIGINT, description="The order's number, as in get_orders")]
TicketId = Annotated[
    int, Field(ge=1, le=BIGINT, description="The ticket's number, as in get_tickets")
]
TicketStatus = Annotated[
    Literal["open", "in_progress", "resolved", "escalated"],
    Field(description="The new status; `resolved` only when the customer says it is settled"),
]
Priority = Annotated[
    Literal["low", "medium", "high"],
    Field(description="high only when the customer cannot use the service at all"),
]
