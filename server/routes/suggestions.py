"""What an operator could say next. Nothing here sends anything."""

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from agents.suggest import Suggestion
from server.access import App
from server.answers import SentimentOut
from server.errors import PROBLEM_RESPONSES
from server.routes.handoffs import Id, Operator

router = APIRouter(prefix="/v1/handoffs", tags=["handoffs"], responses=PROBLEM_RESPONSES)

SUGGESTION: dict[str, Any] = {
    "suggestion": "Your order 2, Phone Case, is on its way.",
    "confidence": 0.82,
    "rationale": "From the customer's records (get_orders).",
    "sources": [],
}
SENTIMENT: dict[str, Any] = {"score": -0.4, "label": "negative", "confidence": 0.71}


class SuggestionOut(BaseModel):
    """A reply that could be sent; `rationale` is for the operator alone."""

    model_config = ConfigDict(json_schema_extra={"examples": [SUGGESTION]})

    suggestion: str
    confidence: Annotated[float, Field(ge=0, le=1)]
    rationale: str
    sources: list[str]


class SuggestionsOut(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"suggestions": [SUGGESTION] * 3, "sentiment": SENTIMENT}]}
    )

    suggestions: Annotated[list[SuggestionOut], Field(min_length=3, max_length=3)]
    sentiment: SentimentOut | None


@router.get("/{conversation_id}/copilot")
async def copilot(conversation_id: Id, who: Operator, services: App) -> SuggestionOut:
    """One drafted reply, made with what the customer may see and no more."""
    return _shown(await services.copilot.draft(who.scope(conversation_id)))


@router.get("/{conversation_id}/smart-suggestions")
async def smart_suggestions(conversation_id: Id, who: Operator, services: App) -> SuggestionsOut:
    """Three replies, the likeliest first.

    From the last 10 messages, the sentiment, and the orders and tickets of a verified customer.
    """
    found = await services.copilot.suggest(who.scope(conversation_id))
    mood = found.sentiment
    return SuggestionsOut(
        suggestions=[_shown(each) for each in found.suggestions],
        sentiment=SentimentOut.model_validate(mood, from_attributes=True) if mood else None,
    )


def _shown(one: Suggestion) -> SuggestionOut:
    return SuggestionOut(
        suggestion=one.suggestion,
        confidence=one.confidence,
        rationale=one.rationale,
        sources=list(one.sources),
    )
