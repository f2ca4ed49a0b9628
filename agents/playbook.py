"""Playbooks: how the offline engine handles an intent, as data a support lead can read.

    - name: order_status
      intents: [order_status]
      verify: true                  # needs a verified customer
      slots:
        - {name: order_id, kind: number, of: [order], optional: true, keep: topic}
      let:
        order: get_orders | by_id(order_id)
      steps:
        - {tool: lookup_customer}
        - {tool: get_orders, with: {limit: 5}}
      reply:
        - when: order               # the first line whose condition holds is said
          say: "Your order {{ order.id }}, {{ order.product }}, is {{ order.status }}."
        - when: get_orders
          say: "Your latest order, {{ get_orders[0].product }}, is {{ get_orders[0].status }}."
        - say: "There is no order on your account."

Conditions and `let` are Jinja expressions, texts are Jinja templates. A tool's result goes by the
tool's name, a slot by its own; `customer`, `company`, `verified`, `text` (the message), `today`,
`tone`, `resumed` (the customer answers a question), `again` (the playbook has just been played
before), `talking` (the conversation has a subject, or people have spoken), `not_this` (the slots of
the topic, where "the other one" is meant) and `asked_to_sign_in` are there too. A refused tool's
result is none, `refused.<tool>` its error code and `reason.<tool>` its sentence.

What needs nothing of each other happens at once: a slot or a step waits for the tools that its own
words speak of, a step for the slots, and a step that changes something for every look-up before it.
Filters: `agents.template`.
"""

from functools import cached_property
from typing import Annotated, Any, Literal

from jinja2 import TemplateError
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from agents.control import HandoffReason
from agents.slots import KINDS
from agents.template import check, environment, fill, holds, names_in
from tools.operation import Effect
from tools.registry import OPERATIONS

__all__ = ["Line", "Playbook", "Slot", "Step", "environment", "fill", "holds"]

ALWAYS = "always"  # the "intent" whose `first` lines hold for every message
DETAILS = "details_only"  # the "intent" of a name or a number that nobody asked for
IN_VAIN = "did_not_help"  # the "intent" of whoever says that an article was no help
NOBODYS = frozenset({ALWAYS, DETAILS, IN_VAIN})

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
Words = Annotated[str, Field(min_length=1, max_length=2000)]


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    @field_validator("when", "known", check_fields=False)
    @classmethod
    def _is_expression(cls, text: str | None) -> str | None:
        return _parsed(text, expression=True)

    @field_validator("say", "ask", check_fields=False)
    @classmethod
    def _is_template(cls, text: str | None) -> str | None:
        return _parsed(text, expression=False)


class Slot(Part):
    """A detail to have before the steps that use it.

    It is looked for in the message, then in `known`, and asked for if `when` holds, once again if
    the answer is of no use. `of` are the words that announce a number. A kept one need not be said
    again: a `person`'s for the whole conversation, a `topic`'s when a message points back to it.
    """

    name: Name
    kind: str
    ask: Words | None = None
    optional: bool = False
    when: Words | None = None
    known: Words | None = None
    of: tuple[str, ...] = ("order", "ticket", "number", "job", "case")
    keep: Literal["person", "topic"] | None = None

    @field_validator("kind")
    @classmethod
    def _is_known(cls, kind: str) -> str:
        if kind not in KINDS:
            raise ValueError(f"must be one of {', '.join(KINDS)}")
        return kind

    @model_validator(mode="after")
    def _can_be_asked_for(self) -> "Slot":
        if not self.optional and self.ask is None:
            raise ValueError("needs `ask`, or `optional: true`")
        return self

    @cached_property
    def names(self) -> frozenset[str]:
        """What has to be known before it can be asked for."""
        return (
            _names(self.when, expression=True)
            | _names(self.known, expression=True)
            | _names(self.ask, expression=False)
        )

    @property
    def reads_the_message(self) -> bool:
        """Whether `known` may find it in the message, such as an order by its product."""
        return "text" in _names(self.known, expression=True)


class Step(Part):
    """A tool to call, with arguments that may be templates. Skipped where `when` does not hold.

    Where it is refused the conversation goes to people, unless `may_fail`.
    """

    tool: Name
    given: dict[str, Any] = Field(default_factory=dict, alias="with")
    when: Words | None = None
    may_fail: bool = False

    @property
    def writes(self) -> bool:
        """Whether the tool changes something."""
        return self.tool in OPERATIONS and OPERATIONS[self.tool].effect is Effect.WRITE

    @field_validator("given")
    @classmethod
    def _are_templates(cls, given: dict[str, Any]) -> dict[str, Any]:
        for text in given.values():
            if isinstance(text, str):
                _parsed(text, expression=False)
        return given

    @cached_property
    def names(self) -> frozenset[str]:
        """What has to be known before it can be called."""
        texts = [v for v in self.given.values() if isinstance(v, str)]
        return _names(self.when, expression=True).union(
            *(_names(text, expression=False) for text in texts)
        )


class Line(Part):
    """Something to say, or a reason to hand over; used where `when` holds."""

    when: Words | None = None
    say: Words | None = None
    hand_over: HandoffReason | None = None

    @cached_property
    def names(self) -> frozenset[str]:
        """What it speaks of."""
        return _names(self.when, expression=True) | _names(self.say, expression=False)

    @model_validator(mode="after")
    def _does_one_thing(self) -> "Line":
        if (self.say is None) == (self.hand_over is None):
            raise ValueError("needs either `say` or `hand_over`")
        return self


class Playbook(Part):
    """`first` is looked at before anything is asked or done; `let` names what others speak of.

    `about` completes "Is it about …?" for whoever was not understood; `in_general` is a question
    to the articles for whoever would have to sign in first; `follow_ups` are words that go on with
    the playbook right after it was played ("escalate it"), `leads_to` words that then go on with
    another one, whose tools the same specialist has ("cancel it" after an order); `calls_back`: it
    has people call, so whoever asks to be called gets it, where it fits, and no colleague at once.

    Three intents are nobody's: the `first` lines of `always` are looked at for every message,
    `details_only` is a name or a number that nobody asked for, and `did_not_help` is said of an
    article; the second time, and where there is no such playbook, people take over.
    """

    name: Name
    intents: tuple[Name, ...] = Field(min_length=1)
    about: Words | None = None
    verify: bool = False
    in_general: Words | None = None
    follow_ups: tuple[Words, ...] = ()
    leads_to: dict[Name, tuple[Words, ...]] = Field(default_factory=dict)
    calls_back: bool = False
    first: tuple[Line, ...] = ()
    slots: tuple[Slot, ...] = ()
    let: dict[Name, Words] = Field(default_factory=dict)
    steps: tuple[Step, ...] = Field(default=(), max_length=8)
    reply: tuple[Line, ...] = Field(min_length=1)

    @field_validator("let")
    @classmethod
    def _are_expressions(cls, let: dict[str, str]) -> dict[str, str]:
        for text in let.values():
            _parsed(text, expression=not is_text(text))
        return let

    @property
    def is_courtesy(self) -> bool:
        """Whether it only says something, and is about nothing."""
        return DETAILS in self.intents or not (self.steps or self.slots)

    def spoken_of(self, names: frozenset[str]) -> set[str]:
        """These names and all that they are made of, through `let` and slots."""
        seen: set[str] = set()
        left = set(names)
        while left:
            name = left.pop()
            seen.add(name)
            left |= self._made_of.get(name, frozenset()) - seen
        return seen

    def behind(self, names: frozenset[str]) -> set[str]:
        """The tools and slots that these names stand for."""
        return self.spoken_of(names) & self._unknown

    @cached_property
    def _made_of(self) -> dict[str, frozenset[str]]:
        let = {n: _names(text, expression=not is_text(text)) for n, text in self.let.items()}
        return let | {slot.name: slot.names for slot in self.slots}

    @cached_property
    def _unknown(self) -> frozenset[str]:
        """What nobody knows at the beginning."""
        return frozenset({s.tool for s in self.steps} | {s.name for s in self.slots})

    def definition(self) -> dict[str, Any]:
        """As it is written in YAML and stored."""
        return self.model_dump(mode="json", by_alias=True, exclude_defaults=True)


def is_text(let: str) -> bool:
    """Whether what a `let` holds is a template and not an expression."""
    return "{{" in let or "{%" in let


def _names(text: str | None, *, expression: bool) -> frozenset[str]:
    return names_in(text, expression=expression) if text else frozenset()


def _parsed(text: str | None, *, expression: bool) -> str | None:
    try:
        if text is not None:
            check(text, expression=expression)
    except TemplateError as error:
        raise ValueError(f"not a template: {error}") from error
    return text
