"""A tenant's daily budget of model tokens. When it is spent, the offline engine answers."""

import logging
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime

from langchain_core.messages import AIMessage, AnyMessage

from agents.content import Contents
from data import token_usage
from data.db import Database

logger = logging.getLogger(__name__)

CHARS_A_TOKEN = 4  # where a provider does not say how many it used


def today() -> date:
    """The day that is counted: UTC's, as in the table."""
    return datetime.now(UTC).date()


def tokens_of(asked: Sequence[AnyMessage], answer: AIMessage) -> int:
    """What a call used, by the provider's own count or, without one, by length.

    >>> tokens_of([], AIMessage("Hello, how may I help?"))
    6
    """
    if answer.usage_metadata:
        return answer.usage_metadata["total_tokens"]
    chars = sum(len(str(message.content)) for message in [*asked, answer])
    return -(-chars // CHARS_A_TOKEN)


class Budget:
    """Counts for all tenants. One without a budget costs nothing, and is not counted.

    Every process adds to the same row and learns the total from it, so together they overspend
    by no more than the calls that were under way.
    """

    def __init__(
        self,
        database: Database,
        content: Contents,
        usual: int | None,
        day: Callable[[], date] = today,
    ) -> None:
        self._database = database
        self._content = content
        self._usual = usual
        self._day = day
        self._known: dict[str, tuple[date, int]] = {}

    async def spent(self, tenant: str) -> bool:
        """Whether nothing is left for today."""
        limit = await self._limit(tenant)
        if limit is None:
            return False
        day, total = self._known.get(tenant, (None, 0))
        if day != self._day():
            async with self._database.reading(tenant) as db:
                total = await token_usage.tokens_today(db, tenant)
            self._known[tenant] = (self._day(), total)
        return total >= limit

    async def count(self, tenant: str, tokens: int) -> None:
        """Add what a call used."""
        limit = await self._limit(tenant)
        if limit is None:
            return
        async with self._database.reading(tenant) as db:
            total = await token_usage.add_tokens(db, tenant, tokens)
        self._known[tenant] = (self._day(), total)
        if total - tokens < limit <= total:
            logger.warning("model_budget_spent", extra={"tenant": tenant, "tokens": total})

    async def _limit(self, tenant: str) -> int | None:
        """The tenant's own, in its settings under `limits`, else the installation's."""
        own = (await self._content.of(tenant)).company.get("limits")
        given = own.get("model_tokens_per_day") if isinstance(own, dict) else None
        return given if isinstance(given, int) else self._usual
