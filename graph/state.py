"""What a conversation carries from node to node and keeps between turns.

Only plain values and messages: they are written to Postgres and shown in Studio. `memory` is what
the graph remembers; everything else is made anew each turn (`enrich` clears it, the window comes
from the message table) and is kept only while people own the thread.
"""

from collections.abc import Sequence
from typing import Annotated, Any, Literal, NotRequired

from langchain_core.messages import AnyMessage, HumanMessage
from langgraph.graph.message import add_messages
from typing_extensions import TypedDict

WINDOW = 12  # messages a model gets to see; older ones are in the table, found by recall

CROSSED = "crossed"  # of a customer's message: written before the answer that stands before it

# What outlives a turn; plain JSON values.
LASTING = frozenset({"memory", "moods", "returned", "proof"})

AnsweredBy = Literal["knowledge", "tools", "model", "human"]


def windowed(left: list[AnyMessage], right: list[AnyMessage]) -> list[AnyMessage]:
    """Add messages and keep the last WINDOW. A turn overwrites the channel from the table."""
    merged: Any = add_messages(left, right)  # type: ignore[arg-type]
    kept: list[AnyMessage] = merged[-WINDOW:]
    return kept


def unanswered(messages: Sequence[AnyMessage]) -> list[HumanMessage]:
    """What the customer said since the last answer, oldest first."""
    tail: list[HumanMessage] = []
    for message in reversed(messages):
        if not isinstance(message, HumanMessage):
            break
        tail.append(message)
    return tail[::-1]


def have_crossed(messages: Sequence[AnyMessage]) -> bool:
    """Whether the customer wrote everything that is unanswered before they saw the last answer."""
    asked = unanswered(messages)
    return bool(asked) and all(CROSSED in message.additional_kwargs for message in asked)


class Clause(TypedDict):
    """One question of a message, as understood. `confidence` is 0..1 and the intent's.

    The specialist may be likely where no intent is. `likely` are the intents it may have, best
    first, and whose they are. `outside`, 0..1, is how likely it is nobody's matter; where that is
    past the threshold the intent is `out_of_scope`.
    """

    text: str
    intent: str
    specialist: str
    account: bool
    confidence: float
    likely: NotRequired[dict[str, str]]
    outside: NotRequired[float]
    ready: NotRequired[dict[str, Any] | None]
    """The source that a curated answer to this part is, where there is one."""


class Curated(TypedDict):
    """A curated answer that fits."""

    specialist: str
    name: str
    response: str
    level: str
    confidence: float


class Understanding(TypedDict):
    """What `classify` made of the turn's messages."""

    text: str
    clauses: list[Clause]
    urgency: Literal["low", "medium", "high"]
    urgent_because: NotRequired[list[str]]
    """The signs that add up to `urgency`, by the names in `agents.urgency.SIGNS`."""
    wants_human: bool
    curated: Curated | None
    resumed: NotRequired[str | None]
    """Who was first at work when a process died in this turn, after it had begun to write."""
    rules: NotRequired[list[str]]
    """Why people are needed whatever it is about, by the tenant's own rules."""
    repeated: NotRequired[bool]
    """The customer asked this before and was answered."""
    told: NotRequired[str | None]
    """What people who had the conversation said to it."""


class Source(TypedDict):
    source: str
    title: str
    score: float
    content: str


class Draft(TypedDict):
    """An answer before `review` has looked at it.

    `evidence` is everything the answer may rely on, as text: tool results, passages, what was said
    for the company before. `done` names the tools that worked.
    """

    text: str
    specialist: str
    answered_by: AnsweredBy
    match_level: str | None
    confidence: float
    sources: list[Source]
    tool_calls: list[str]
    done: list[str]
    evidence: list[str]


class Transfer(TypedDict):
    """A specialist passed the turn on."""

    origin: str
    target: str
    reason: str


class HandoffRequest(TypedDict):
    """Why people should take over; the strongest of `reasons` comes first."""

    reasons: list[str]
    summary: str
    priority: Literal["low", "medium", "high"]
    urgent_because: NotRequired[list[str]]
    """The signs of hurry in what the customer wrote, such as `outage` and `deadline`."""
    sentiment: NotRequired[dict[str, Any] | None]
    """`score`, `label`, `confidence` of the conversation."""
    answer_within_s: NotRequired[int]


class MessageMood(TypedDict):
    """The mood of a customer's message, by its id; see `agents.sentiment.Mood`."""

    id: str
    shares: list[float]


class Incoming(TypedDict):
    """The only key a run starts with; everything else in the state is ours."""

    messages: Annotated[list[AnyMessage], windowed]


class State(Incoming, total=False):
    memory: dict[str, Any]
    moods: list[MessageMood]
    context: dict[str, Any]
    understanding: Understanding
    transfers: list[Transfer]
    carried: list[AnyMessage]
    draft: Draft | None
    handoff: HandoffRequest | None
    reply: str | None
    returned: dict[str, Any] | None
    proof: dict[str, Any] | None
    proved: bool
    shown: dict[str, Any] | None
    mailed: bool
