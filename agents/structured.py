"""A language model's answer in a given shape; None where nothing usable came."""

import asyncio
import math
from collections.abc import Sequence
from typing import Any, TypeVar

from langchain_core.messages import AIMessage, AnyMessage
from pydantic import BaseModel, ValidationError

from agents.budget import Budget, tokens_of
from agents.faults import Unusable
from agents.models import Models
from agents.spoken import legible

T = TypeVar("T", bound=BaseModel)


class Structured:
    """Asks the configured model, as long as its breaker and the tenant's budget allow."""

    def __init__(
        self,
        models: Models,
        budget: Budget | None,
        patience_s: float,
        *,
        analysis: bool = False,
    ) -> None:
        """`analysis`: the smaller model is asked, which decides and does not write."""
        self._models = models
        self._budget = budget
        self._patience_s = patience_s
        self._analysis = analysis

    async def ask(
        self,
        tenant: str,
        asked: Sequence[AnyMessage],
        shape: type[T],
        deadline: float = math.inf,
    ) -> T | None:
        """What the model answers; None without a model, or where it fails. That is counted.

        `deadline` is in the event loop's time; the patience ends earlier, or it does.
        """
        models = self._models
        chosen = models.analysis if self._analysis else models.chat
        name = models.config.analysis_name if self._analysis else models.config.name
        if models.config.offline:
            return None
        if self._budget and await self._budget.spent(tenant):
            models.fell_back(name, "budget")
            return None

        async def call() -> tuple[T, AIMessage]:
            # as a tool call: servers that take no schema for an answer take one for a tool
            model = chosen.with_structured_output(
                shape, method="function_calling", include_raw=True
            )
            answer: Any = await model.ainvoke(list(asked))
            return _parsed(answer["parsed"], shape), answer["raw"]

        until = min(deadline, asyncio.get_running_loop().time() + self._patience_s)
        try:
            given, raw = await models.ask(name, call, until)
        except Unusable:
            return None
        if self._budget:
            await self._budget.count(tenant, tokens_of(asked, raw))
        return given


def _parsed(parsed: object, shape: type[T]) -> T:
    given = parsed.model_dump() if isinstance(parsed, BaseModel) else parsed
    try:
        return shape.model_validate(legible(given))
    except ValidationError as error:
        raise Unusable("schema", f"an answer that is no {shape.__name__}") from error
