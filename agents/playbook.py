"""Playbooks: how the offline engine handles an intent, as data a support lead can read.

    - name: order_status
      intents: [order_status]
      verify: true                  # needs a verified customer
      slots:
        - {name: order_id, kind: number, ask: "Which order is it?", optional: true}
      steps:
        - {tool: get_orders, with: {limit: 5}}
      reply:
        - when: get_orders          # the first line whose condition holds is said
          say: "Your latest order, {{ get_orders[0].product }}, is {{ get_orders[0].status }}."
        - say: "There is no order on your account."

Conditions and texts are Jinja: a tool's result goes by the tool's name (a refused one is none and
`refused.<tool>` holds why), slots by theirs, and `customer`, `company` and `text` are there too.
"""

from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any

from jinja2 import ChainableUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from pydantic import BaseModel, ConfigDict, Field, field_validator

from agents.control import HandoffReason
from agents.slots import KINDS

Text = Annotated[str, Field(min_length=1, max_length=2000)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]


@cache
def environment() -> ImmutableSandboxedEnvironment:
    """Jinja without access to anything but the values given to it."""
    made = ImmutableSandboxedEnvironment(
        undefined=ChainableUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False
    )
    made.filters["money"] = lambda amount: f"{float(amount):,.2f}"
    made.filters["day"] = lambda stamp: str(stamp)[:10]
    return made


def holds(condition: str, values: Mapping[str, Any]) -> bool:
    """Whether a condition is true of the values; something unknown counts as false."""
    return bool(environment().compile_expression(condition)(**values))


def fill(text: str, values: Mapping[str, Any]) -> str:
    """A template with the values put in."""
    return environment().from_string(text).render(**values).strip()


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    @field_validator("when", "say", "ask", check_fields=False)
    @classmethod
    def _parses(cls, text: str | None) -> str | None:
        try:
            if text is not None:
                environment().parse(text)
        except TemplateError as error:
            raise ValueError(f"not a template: {error}") from error
        return text


class Slot(Part):
    """A detail to have before the steps that use it; asked for once."""

    name: Name
    kind: str
    ask: Text
    optional: bool = False

    @field_validator("kind")
    @classmethod
    def _known(cls, kind: str) -> str:
        if kind not in KINDS:
            raise ValueError(f"must be one of {', '.join(KINDS)}")
        return kind


class Step(Part):
    """A tool to call, with arguments that may be templates. Skipped where `when` does not hold."""

    tool: Name
    given: dict[str, Any] = Field(default_factory=dict, alias="with")
    when: str | None = None


class Line(Part):
    """Something to say, or a reason to hand over; used where `when` holds."""

    when: str | None = None
    say: Text | None = None
    hand_over: HandoffReason | None = None


class Playbook(Part):
    name: Name
    intents: tuple[str, ...] = Field(min_length=1)
    verify: bool = False
    slots: tuple[Slot, ...] = ()
    steps: tuple[Step, ...] = Field(default=(), max_length=6)
    reply: tuple[Line, ...] = Field(min_length=1)
