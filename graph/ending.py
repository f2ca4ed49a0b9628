"""What a turn leaves behind, made of the state its run ended with. Pure functions."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any
from uuid import UUID, uuid5

from agents.sentiment import sentiment_of
from data.handoffs import NewHandoff
from data.messages import NewMessage
from data.outbox import FETCHED
from data.scope import Scope
from data.turns import Ending
from graph.inbound import result_of
from graph.moods import shares_of
from tools.ladder import ANSWER_WITHIN_S

FAILED = "I'm sorry, something went wrong on our side. I'm passing this to a colleague."


def reply_id(turn_id: UUID) -> str:
    """The same for a repeated turn, so that a reply is stored and delivered once."""
    return str(uuid5(turn_id, "reply"))


def ending_of(
    scope: Scope, turn_id: UUID, channel: str, state: Mapping[str, Any], interrupt_id: str | None
) -> Ending:
    """The rows of a turn whose run came to its end or to its interrupt."""
    draft = state.get("draft") or {}
    understanding = state["understanding"]
    request = state.get("handoff")
    clauses = understanding["clauses"]
    intent = clauses[0]["intent"] if clauses else None
    specialist = draft.get("specialist")
    text = state["reply"]
    moods = shares_of(state.get("moods", []))
    sentiment = sentiment_of(moods) if moods else None
    known = {
        "response": text,
        "reply_id": reply_id(turn_id),
        "intent": intent,
        "specialist": specialist,
        "handoff": request is not None,
        "handoff_reason": request["reasons"][0] if request else None,
        "tool_calls": draft.get("tool_calls", []),
        "sources": [
            {key: source[key] for key in ("source", "title", "score", "content")}
            for source in draft.get("sources", [])
        ],
        "answered_by": "human" if request else draft.get("answered_by", "model"),
        "match_level": draft.get("match_level"),
        "confidence": round(float(draft.get("confidence", 0.0)), 4),
        "sentiment": asdict(sentiment) if sentiment else None,
    }
    handoff = None
    if request:
        handoff = NewHandoff(
            id=uuid5(turn_id, "handoff"),
            reason=request["reasons"][0],
            reasons=tuple(request["reasons"]),
            summary=request["summary"],
            priority=request["priority"],
            interrupt_id=interrupt_id,
            answer_within_s=request.get("answer_within_s", ANSWER_WITHIN_S[request["priority"]]),
        )
    return Ending(
        status="handed_over" if request else "answered",
        owner="queue" if request else "ai",
        result=result_of(scope, **known),
        replies=(_reply(turn_id, text, known),),
        intent=intent,
        specialist=specialist,
        handoff=handoff,
        deliver_by=None if channel in FETCHED else channel,
        sentiment=(sentiment.score, sentiment.label) if sentiment else None,
    )


def failed_ending(scope: Scope, turn_id: UUID, channel: str, summary: str) -> Ending:
    """The rows of a turn that could not be answered: people get it, and the customer knows."""
    known = {
        "response": FAILED,
        "reply_id": reply_id(turn_id),
        "handoff": True,
        "handoff_reason": "data_gap",
        "answered_by": "human",
    }
    handoff = NewHandoff(
        id=uuid5(turn_id, "handoff"),
        reason="data_gap",
        reasons=("data_gap",),
        summary=f"The assistant failed on this message: {summary[:500]}",
        priority="high",
        interrupt_id=None,
        answer_within_s=ANSWER_WITHIN_S["high"],
    )
    return Ending(
        status="failed",
        owner="queue",
        result=result_of(scope, **known),
        replies=(_reply(turn_id, FAILED, known),),
        handoff=handoff,
        deliver_by=None if channel in FETCHED else channel,
    )


def _reply(turn_id: UUID, text: str, known: Mapping[str, Any]) -> NewMessage:
    return NewMessage(
        id=reply_id(turn_id),
        role="assistant",
        content=text,
        specialist=known.get("specialist"),
        sources=list(known.get("sources", [])),
        metadata={
            key: known[key]
            for key in ("intent", "answered_by", "tool_calls", "confidence")
            if key in known
        },
        turn_id=turn_id,
    )
