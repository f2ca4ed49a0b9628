"""What an operator could say next: one reply, or three to choose from. Nothing is sent."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from langchain_core.messages import AnyMessage

from agents.canned_index import CannedIndexes
from agents.phrases import phrase
from agents.sentiment import Sentiment
from agents.suggest import Saved, Situation, Suggestion, drafted
from agents.suggester import Suggester
from data import conversations, messages, orders, tickets
from data.conversations import Conversation
from data.db import Connection
from data.errors import Unavailable
from data.messages import Message
from data.records import plain
from data.scope import Scope
from graph.build import Graph
from graph.deps import Deps
from graph.drafting import Drafted, Drafting
from graph.runner import as_chat
from graph.scope import config_for
from graph.state import Draft
from tools.canned import fill
from tools.desk import canned_values

logger = logging.getLogger(__name__)

WINDOW = 10  # messages that count
MOST_ORDERS = 5
MOST_TICKETS = 5
REMEMBERED = ("memory", "moods")

UNGROUNDED = 0.4  # the most that words without a source are trusted
WHY = {"knowledge": "why_knowledge", "tools": "why_records"}


@dataclass(frozen=True, slots=True)
class Suggested:
    """`sentiment` is None where the customer has not said anything yet."""

    suggestions: list[Suggestion]
    sentiment: Sentiment | None


@dataclass(frozen=True, slots=True)
class _Rows:
    """What the tables say of a conversation."""

    scope: Scope
    window: list[Message]
    orders: list[dict[str, Any]]
    tickets: list[dict[str, Any]]
    values: dict[str, str]
    """What canned responses are filled with."""


class Copilot:
    """Suggests; whatever fails on the way, there is something to suggest."""

    def __init__(self, deps: Deps, graph: Graph) -> None:
        self._deps = deps
        self._graph = graph
        self._canned = CannedIndexes(deps.database, deps.embedder)
        self._suggester = Suggester(deps.models, deps.budget)

    @cached_property
    def _drafting(self) -> Drafting:
        """Compiled when the first operator asks; a start need not wait for it."""
        return Drafting(self._deps)

    async def draft(self, scope: Scope) -> Suggestion:
        """One reply to begin with.

        Raises:
            NotFound: the tenant has no such conversation.
        """
        situation, _ = await self._situation(scope)
        return drafted(situation)

    async def suggest(self, scope: Scope) -> Suggested:
        """Three replies, the likeliest first.

        Raises:
            NotFound: the tenant has no such conversation.
        """
        situation, talk = await self._situation(scope)
        found = await self._suggester.suggest(scope.tenant, situation, talk)
        return Suggested(found, situation.sentiment)

    async def _situation(self, scope: Scope) -> tuple[Situation, Sequence[AnyMessage]]:
        async with self._deps.database.transaction(scope.tenant) as db:
            rows = await _rows(db, scope)
        talk = as_chat(rows.window)
        made, content = await asyncio.gather(
            self._drafted(rows.scope, talk), self._deps.content.of(scope.tenant)
        )
        company = dict(content.company)
        said = {message.content for message in rows.window if message.role != "customer"}
        repeated = made.draft is not None and made.draft["text"] in said
        return Situation(
            asked=made.asked,
            tone=str(company.get("default_tone") or self._deps.default_tone),
            sentiment=made.sentiment,
            answer=_answer(made.draft) if made.draft and not repeated else None,
            repeated=repeated,
            saved=await self._saved(scope.tenant, made.asked, rows.values),
            orders=rows.orders,
            tickets=rows.tickets,
            company=company,
        ), talk

    async def _drafted(self, scope: Scope, talk: Sequence[AnyMessage]) -> Drafted:
        """What the assistant would say; nothing where that fails or takes too long."""
        try:
            return await self._drafting.draft(scope, talk, await self._remembered(scope))
        except Exception:
            logger.exception("draft_failed", extra={"conversation": scope.conversation_id})
            return Drafted(None, "", None)

    async def _remembered(self, scope: Scope) -> Mapping[str, Any]:
        """What the thread was about when people took it over."""
        values = (await self._graph.aget_state(config_for(scope))).values
        return {name: values[name] for name in REMEMBERED if name in values}

    async def _saved(self, tenant: str, asked: str, values: Mapping[str, str]) -> list[Saved]:
        """The canned responses that can be said here, with everything filled in."""
        index = await self._canned.of(tenant)
        if not asked or index.vectors is None or not self._deps.embedder.ready:
            return []
        try:
            (vector,) = await self._deps.embedder.embed([asked])
        except Unavailable:
            return []
        fitting = index.fitting(vector, self._deps.embedder.model)
        filled = [
            (response.shortcut, fill(response.content, values), fit) for response, fit in fitting
        ]
        return [Saved(shortcut, f.text, fit) for shortcut, f, fit in filled if not f.missing]


async def _rows(db: Connection, scope: Scope) -> _Rows:
    found: Conversation = await conversations.get_conversation(db, scope)
    within = found.scope(scope)
    window = await messages.last_messages(db, within, WINDOW)
    values = await canned_values(db, scope)
    customer = within.verified_customer
    if customer is None:
        return _Rows(within, window, [], [], values)
    return _Rows(
        within,
        window,
        plain(await orders.list_orders(db, scope.tenant, customer, limit=MOST_ORDERS)),
        plain(
            await tickets.list_tickets(db, scope.tenant, customer_id=customer, limit=MOST_TICKETS)
        ),
        values,
    )


def _answer(draft: Draft) -> Suggestion:
    """The assistant's own answer as a suggestion, with what it rests on."""
    titles = ", ".join(dict.fromkeys(source["title"] for source in draft["sources"]))
    tools = ", ".join(draft["tool_calls"])
    why = phrase(
        f"suggest.{WHY.get(draft['answered_by'], 'why_model')}", titles=titles, tools=tools
    )
    grounded = draft["answered_by"] in WHY or draft["sources"]
    return Suggestion(
        draft["text"],
        round(draft["confidence"] if grounded else min(draft["confidence"], UNGROUNDED), 2),
        why,
        tuple(source["source"] for source in draft["sources"]),
    )
