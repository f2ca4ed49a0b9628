"""After a replay: is every message in the history, once and in order, with its answer?"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from server.client import problem_in
from server.replay.patience import Patience
from server.replay.sending import Exchange, Sent

SAMPLE = 200  # conversations looked at unless all are asked for


@dataclass(frozen=True, slots=True)
class Checked:
    """`losses` are sentences; empty when all is there."""

    conversations: int
    messages: int
    losses: list[str]


def sample(sent: Sequence[Sent], *, everything: bool) -> list[Sent]:
    """The conversations to look at: all, or some spread evenly over the replay."""
    step = 1 if everything else max(1, len(sent) // SAMPLE)
    return list(sent[::step])


async def check_history(
    client: httpx.AsyncClient, sent: Sequence[Sent], patience: Patience
) -> Checked:
    """Compare what was sent with what the server has."""
    losses: list[str] = []
    for conversation in sent:
        try:
            history = await _history(client, conversation.thread_id, patience)
        except (httpx.HTTPError, LookupError) as error:
            if any(exchange.result for exchange in conversation.exchanges):
                losses.append(f"{conversation.thread_id}: {error}")
            continue
        found = losses_in(conversation.exchanges, history)
        losses += (f"{conversation.thread_id}: {loss}" for loss in found)
    return Checked(len(sent), sum(len(each.exchanges) for each in sent), losses)


def losses_in(exchanges: Sequence[Exchange], history: Sequence[dict[str, Any]]) -> list[str]:
    """What the history lacks, has twice, or has in another order.

    A message without a result may be there or not: its sender was not told that it was taken.
    """
    taken = [each.result["message_id"] for each in exchanges if each.result]
    present = [message["id"] for message in history if message["role"] == "customer"]
    counts = Counter(present)
    found = [f"message {key} is missing" for key in taken if key not in counts]
    found += [f"message {key} is there {n} times" for key, n in counts.items() if n > 1]
    known = set(taken)
    if [key for key in present if key in known] != [key for key in taken if key in counts]:
        found.append("messages are in another order")
    unsure = sum(1 for each in exchanges if not each.result)
    if len(counts.keys() - known) > unsure:
        found.append("there are messages that nobody sent")
    replies = {message["id"] for message in history if message["role"] == "assistant"}
    for each in exchanges:
        reply = (each.result or {}).get("reply_id")
        if reply and reply not in replies:
            found.append(f"reply {reply} is missing")
    return found


async def _history(
    client: httpx.AsyncClient, thread_id: str, patience: Patience
) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        params = {"cursor": cursor} if cursor else {}
        response = await client.get(f"/v1/conversations/{thread_id}/messages", params=params)
        if await patience.waited(response):
            continue
        if response.status_code != 200:
            raise LookupError(f"its history cannot be read ({problem_in(response)})")
        page = response.json()
        messages += page["items"]
        cursor = page["next"]
    return messages
