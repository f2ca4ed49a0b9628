"""What in the knowledge base somebody should look at."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict

from server.access import App
from server.errors import PROBLEM_RESPONSES
from server.routes.knowledge import Reader
from tools.doubts import doubts_about

router = APIRouter(prefix="/v1/knowledge/doubts", tags=["knowledge"], responses=PROBLEM_RESPONSES)

Kind = Literal["conflict", "stale", "unhelpful"]

DOUBT_EXAMPLE: dict[str, Any] = {
    "kind": "conflict",
    "place": {
        "source": "articles/billing/refund-policy",
        "title": "Refund policy",
        "heading": "Refund policy › Defective items",
        "sentence": "Defective items can be returned within 30 days of delivery.",
    },
    "reason": "the two name other figures (day)",
    "other": {
        "source": "articles/general/returns",
        "title": "Returns",
        "heading": "Returns",
        "sentence": "Defective items can be returned within 14 days of delivery.",
    },
}


class PlaceOut(BaseModel):
    """A sentence and where it stands; empty where the whole document is meant."""

    model_config = ConfigDict(from_attributes=True)

    source: str
    title: str
    heading: str
    sentence: str


class DoubtOut(BaseModel):
    """`other` is the sentence that a conflicting one disagrees with."""

    model_config = ConfigDict(json_schema_extra={"examples": [DOUBT_EXAMPLE]})

    kind: Kind
    place: PlaceOut
    reason: str
    other: PlaceOut | None


class DoubtsOut(BaseModel):
    """`examined` passages were looked at, those of the documents changed last."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"items": [DOUBT_EXAMPLE], "examined": 181}]}
    )

    items: list[DoubtOut]
    examined: int


@router.get("")
async def list_doubts(
    who: Reader, services: App, kind: Annotated[Kind | None, Query()] = None
) -> DoubtsOut:
    """Documents that contradict each other, speak of what is over, or helped few who read them.

    Found by rules, so some are none: two products may have two prices.
    """
    found = await doubts_about(services.database, services.embedder, who.tenant)
    items = [DoubtOut.model_validate(doubt, from_attributes=True) for doubt in found.doubts]
    return DoubtsOut(
        items=[item for item in items if kind in {None, item.kind}], examined=found.examined
    )
