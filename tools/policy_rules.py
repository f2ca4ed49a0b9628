"""The rules of a tenant's policy, as data a support lead can read and write.

    - name: large_refund
      actions: [flag_refund]                 # what the assistant wants to do
      when: {order.currency: [USD]}          # the rule counts only there; left out, always
      amount: {of: order.amount, most: 100, currency: USD}
      otherwise: approval                    # or `refuse`, which is usual
      decided_by: admin                      # or `operator`, which is usual
      within_hours: 24                       # 48 is usual; then it expires, and the customer knows
      matter: your refund request for order {order.id}, {order.product}
      because: A refund above 100 USD takes a colleague's approval.

Every rule makes exactly one check:

- `state: {order.status: [shipped, delivered]}`: each of these is one of the values listed.
- `amount: {of, most, currency}`: no more than that, and in that currency.
- `age: {of: ticket.updated_at, most_days: 30}`: no older than that.
- `times: {most: 3, per: customer, days: 1}`: done no more often, by the rule's actions together;
  `per: conversation` needs no days.
- `confirmed: [new_email]`: the assistant has named these arguments and asked the question `ask`,
  and the customer's next message is a plain yes to this very action.
- `code: true`: the customer has shown a one-time code that was sent for this very action with
  these very arguments, and it lets it through once; `matter` says what it is sent for.
- `identity: verified`: the customer has proved who they are.
- `never: true`: the assistant does not do it.

An argument of the action goes by its name, a column of the row it is about by the row's and its
own (`order.status`). What is not known breaks a rule. `dry_run: true` only notes what the rule
would have done. An action that no rule names is free.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
Known = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}(?:\.[a-z][a-z0-9_]{0,62})?$")]
Words = Annotated[str, Field(min_length=1, max_length=300)]
Value = Annotated[str, Field(max_length=200)] | int | bool
Values = Annotated[tuple[Value, ...], Field(min_length=1, max_length=50)]

USUAL_HOURS = 48  # two working days: what nobody decided on by then is not done
MOST_HOURS = 30 * 24

CHECKS = ("state", "amount", "age", "times", "confirmed", "code", "identity", "never")
PLACE = re.compile(r"\{([^{}]*)\}")


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Amount(Part):
    """`of` holds an amount of money; its currency is the column `currency` of the same row."""

    of: Known
    most: Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=2)]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] | None = None

    @property
    def currency_of(self) -> str:
        """Where the currency stands."""
        return f"{self.of.rpartition('.')[0]}.currency".removeprefix(".")


class Age(Part):
    """`of` holds a day or a moment; days are counted in UTC."""

    of: Known
    most_days: Annotated[int, Field(ge=0, le=36_500)]


class Times(Part):
    """How often within so many days; in a conversation, without days, from its beginning."""

    most: Annotated[int, Field(ge=0, le=10_000)]
    per: Literal["customer", "conversation"]
    days: Annotated[int, Field(ge=1, le=3650)] | None = None

    @model_validator(mode="after")
    def _is_bounded(self) -> "Times":
        if self.per == "customer" and self.days is None:
            raise ValueError("`per: customer` needs `days`")
        return self


class Rule(Part):
    """One rule; see the module."""

    name: Name
    actions: Annotated[tuple[Name, ...], Field(min_length=1)]
    when: dict[Known, Values] = Field(default_factory=dict)
    state: dict[Known, Values] | None = None
    amount: Amount | None = None
    age: Age | None = None
    times: Times | None = None
    confirmed: Annotated[tuple[Name, ...], Field(min_length=1)] | None = None
    code: Literal[True] | None = None
    identity: Literal["verified"] | None = None
    never: Literal[True] | None = None
    otherwise: Literal["refuse", "approval"] = "refuse"
    decided_by: Literal["operator", "admin"] = "operator"
    within_hours: Annotated[int, Field(strict=True, ge=1, le=MOST_HOURS)] = USUAL_HOURS
    ask: Words | None = None
    matter: Words | None = None
    because: Words
    dry_run: bool = False

    @model_validator(mode="after")
    def _checks_one_thing(self) -> "Rule":
        given = [check for check in CHECKS if getattr(self, check)]
        if len(given) != 1:
            said = " and ".join(given) or "none"
            raise ValueError(f"needs exactly one of {', '.join(CHECKS)}; it has {said}")
        return self

    @model_validator(mode="after")
    def _says_what_it_needs(self) -> "Rule":
        if (self.confirmed or self.code) and self.otherwise == "approval":
            check = "confirmed" if self.confirmed else "code"
            raise ValueError(f"`{check}` asks the customer; leave `otherwise` out")
        if bool(self.confirmed) != bool(self.ask):
            raise ValueError("`ask` is the question of a rule with `confirmed`, which needs one")
        if (self.otherwise == "approval" or bool(self.code)) != bool(self.matter):
            raise ValueError("`matter` belongs to `otherwise: approval` and `code`, which need it")
        for name, usual in (("decided_by", "operator"), ("within_hours", USUAL_HOURS)):
            if getattr(self, name) != usual and self.otherwise != "approval":
                raise ValueError(f"`{name}` belongs to `otherwise: approval`")
        return self

    def named(self) -> Iterator[tuple[str, str]]:
        """Every argument or column it speaks of, and in which field."""
        for field, values in (("when", self.when), ("state", self.state or {})):
            yield from ((field, name) for name in values)
        yield from (("confirmed", name) for name in self.confirmed or ())
        if self.amount:
            yield "amount", self.amount.of
            if self.amount.currency:
                yield "amount", self.amount.currency_of
        if self.age:
            yield "age", self.age.of
        for field in ("ask", "matter"):
            yield from ((field, name) for name in PLACE.findall(getattr(self, field) or ""))

    def definition(self) -> dict[str, Any]:
        """As it is written in YAML and stored."""
        return self.model_dump(mode="json", exclude_defaults=True)
