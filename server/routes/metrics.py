"""What Prometheus scrapes."""

from typing import Any

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST

from server.access import App
from server.metrics import Counted, exposition
from server.routes.health import REFUSALS

router = APIRouter(tags=["health"], responses=REFUSALS)

EXAMPLE = """\
# HELP llm_fallback_requests_total Calls that the language model did not answer, and why
# TYPE llm_fallback_requests_total counter
llm_fallback_requests_total{model="openai/gpt-4.1-mini",reason="timeout"} 2.0
"""
TEXT: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/plain": {"schema": {"type": "string"}, "example": EXAMPLE}}}
}


@router.get("/metrics", response_class=Response, responses=TEXT)
async def metrics(services: App) -> Response:
    """Counts since this process started; each process has its own."""
    named = Counted(services.models, services.refusals, services.embedder)
    counted = exposition(named, services.exchange.traffic)
    return Response(counted, media_type=CONTENT_TYPE_LATEST)
