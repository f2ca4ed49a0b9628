"""An operator who is there keeps the conversation they look at, without a heartbeat of theirs."""

import time

from data import claims
from data.db import Database
from data.scope import Scope
from tools.ladder import CLAIM_LIFE

KEPT_EVERY_S = 30.0  # four times in a claim's life
THERE_S = 15 * 60.0  # without a frame of theirs: a window left open holds up no customer for ever


class Holding:
    """One for each conversation that a socket follows."""

    def __init__(self) -> None:
        self._heard_at = time.monotonic()
        self._kept_at: float | None = None

    def heard(self) -> None:
        """They typed, read or wrote."""
        self._heard_at = time.monotonic()

    async def keep(self, database: Database, scope: Scope) -> None:
        """Let their claim last longer where it is due; who has none only looks on.

        Args:
            database: where the claim is.
            scope: theirs, within the conversation.
        """
        now = time.monotonic()
        if not is_due(now, self._heard_at, self._kept_at):
            return
        self._kept_at = now
        async with database.transaction(scope.tenant) as db:
            await claims.renew(db, scope, scope.party, await claims.moment(db), CLAIM_LIFE)


def is_due(now: float, heard_at: float, kept_at: float | None) -> bool:
    """Whether it is time for a sign of life of somebody who gave one themselves lately.

    >>> is_due(0, 0, None), is_due(29, 0, 0), is_due(30, 0, 0), is_due(900, 0, 0)
    (True, False, True, False)
    """
    return now - heard_at < THERE_S and (kept_at is None or now - kept_at >= KEPT_EVERY_S)
