"""A language model's answer in a given shape, outside of turns; None where nothing usable came."""

import asyncio
from collections.abc import Sequence
from typing import Any, TypeVar

from langchain_core.messages import AIMessage, AnyMessage
from pydantic import BaseModel, ValidationError

from agents.budget import Budget, tokens_of
from agents.faults import Unusable
from agents.models import Models

T = TypeVar("T", bound=BaseModel)


class Structured:
    """Asks the configured model, as long as its breaker and the tenant's budget allow."""

    def __init__(self, models: Models, budget: Budget | None, patience_s: float) -> None:
        self._models = models
        self._budget = budget
        self._patience_s = patience_s

    async def ask(self, tenant: str, asked: Sequence[AnyMessage], shape: type[T]) -> T | None:
        """What the model answers; None without a model, or where it fails. That is counted."""
        models, name = self._models, self._models.config.name
        if models.config.offline:
            return None
        if self._budget and await self._budget.spent(tenant):
            models.fell_back(name, "budget")
            return None

        async def call() -> tuple[T, AIMessage]:
            model = models.chat.with_structured_output(shape, include_raw=True)
            answer: Any = await model.ainvoke(list(asked))
            return _parsed(answer["parsed"], shape), answer["raw"]

        deadline = asyncio.get_running_loop().time() + self._patience_s
        try:
            given, raw = await models.ask(name, call, deadline)
        except Unusable:
            return None
        if self._budget:
            await self._budget.count(tenant, tokens_of(asked, raw))
        return given


def _parsed(parsed: object, shape: type[T]) -> T:
    try:
        return shape.model_validate(parsed)
    except ValidationError as error:
        raise Unusable("schema", f"an answer that is no {shape.__name__}") from error
