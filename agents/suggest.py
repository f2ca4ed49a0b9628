"""Replies that an operator may send, ranked. Pure functions of what is known; nothing sends them.

Every one is grounded: in what the assistant found, in a response that the company wrote, or in a
record of the customer's. Where there is little to say, it says that somebody is looking into it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from agents.extract import stems_of
from agents.phrases import phrase
from agents.sentiment import Sentiment

MOST = 3
LEAST_FIT = 0.6  # of a saved response: the calibrated similarity that counts as an answer elsewhere
OVER = frozenset({"delivered", "cancelled", "refunded", "resolved"})  # orders and tickets

# How likely an operator is to send it as it is: a guess, in steps, that only orders the list.
SPOKEN_OF, ONLY_ONE, STAND_BY, ASK = 0.55, 0.45, 0.35, 0.25


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`confidence` is 0..1, that it fits; `rationale` tells the operator why it is there."""

    suggestion: str
    confidence: float
    rationale: str
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Saved:
    """A canned response with everything filled in, and how well it fits what was asked, 0..1."""

    shortcut: str
    text: str
    fit: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What an operator's reply has to go by.

    `orders` and `tickets` are those of a customer who proved who they are, else empty: a reply is
    read by whoever writes, not by whom they say they are.
    """

    asked: str
    tone: str
    sentiment: Sentiment | None
    answer: Suggestion | None
    repeated: bool = False
    """The customer has been told before what the assistant would say."""
    saved: Sequence[Saved] = ()
    orders: Sequence[dict[str, Any]] = ()
    tickets: Sequence[dict[str, Any]] = ()
    company: dict[str, Any] = field(default_factory=dict)


def suggested(situation: Situation) -> list[Suggestion]:
    """MOST replies, the likeliest first, none twice."""
    return ranked(
        [
            *([situation.answer] if situation.answer else []),
            *_saved(situation),
            *_records(situation),
            *_stand_by(situation),
        ]
    )


def ranked(found: Sequence[Suggestion]) -> list[Suggestion]:
    """The MOST likeliest, none twice; of two that are as likely the first."""
    by_words: dict[str, Suggestion] = {}
    for each in sorted(found, key=lambda each: -each.confidence):
        by_words.setdefault(" ".join(each.suggestion.lower().split()), each)
    return list(by_words.values())[:MOST]


def drafted(situation: Situation) -> Suggestion:
    """The one reply to begin with; to an unhappy customer it begins with that."""
    best = suggested(situation)[0]
    sorry = phrase("suggest.sorry", situation.tone)
    if not _unhappy(situation) or best.suggestion.startswith(sorry):
        return best
    return replace(best, suggestion=f"{sorry} {best.suggestion}")


def _saved(situation: Situation) -> list[Suggestion]:
    return [
        Suggestion(
            saved.text,
            round(saved.fit, 2),
            phrase("suggest.why_saved", shortcut=saved.shortcut),
            (saved.shortcut,),
        )
        for saved in situation.saved
        if saved.fit >= LEAST_FIT
    ]


def _records(situation: Situation) -> list[Suggestion]:
    """A question whether it is about this order or ticket, for the likeliest of each."""
    about = [
        _about("order", situation.orders, "product", situation),
        _about("ticket", situation.tickets, "subject", situation),
    ]
    return [each for each in about if each]


def _about(
    what: str, rows: Sequence[dict[str, Any]], named_by: str, situation: Situation
) -> Suggestion | None:
    said = stems_of(situation.asked)
    spoken_of = [row for row in rows if said & stems_of(str(row[named_by]))]
    current = [row for row in rows if row["status"] not in OVER]
    found = spoken_of or current
    if len(found) != 1:  # which of them it is, the operator sees as well as anybody
        return None
    (row,) = found
    status = str(row["status"]).replace("_", " ")
    fields = {"what": what, "id": row["id"], "called": row[named_by], "status": status}
    return Suggestion(
        phrase(f"suggest.{what}", situation.tone, **fields),
        SPOKEN_OF if spoken_of else ONLY_ONE,
        phrase(f"suggest.why_{'spoken_of' if spoken_of else 'only_one'}", **fields),
        (f"{what}/{row['id']}",),
    )


def _stand_by(situation: Situation) -> list[Suggestion]:
    """What can always be said: that somebody looks into it, and what would help."""
    mood = situation.sentiment
    feels = phrase("suggest.feels", label=mood.label) if mood else ""
    kind = "look_into_sorry" if _unhappy(situation) else "look_into"
    nothing = phrase(f"suggest.{'said_before' if situation.repeated else 'nothing_found'}")
    why = " ".join(part for part in (feels, "" if situation.answer else nothing) if part)
    tone = situation.tone
    return [
        Suggestion(phrase(f"suggest.{kind}", tone), STAND_BY, why or phrase("suggest.why_time")),
        Suggestion(phrase("suggest.tell_more", tone), ASK, phrase("suggest.why_more")),
        Suggestion(phrase("suggest.anything_else", tone), ASK - 0.1, phrase("suggest.why_end")),
    ]


def _unhappy(situation: Situation) -> bool:
    return situation.sentiment is not None and situation.sentiment.label == "negative"
