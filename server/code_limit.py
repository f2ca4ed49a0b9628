"""How many one-time codes go out for a visitor's network address, by all doors together."""

from limits import RateLimitItem, RateLimitItemPerHour

from data.scope import Scope
from server.limits import Limits

CODES = "codes"
CODES_RATE: RateLimitItem = RateLimitItemPerHour(20)
"""For visitors; whom somebody vouches for is limited by their own account."""


class CodeLimit:
    """Counts what is asked for in the chat with what is asked for at `POST /v1/auth/code`."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits

    async def admit(self, scope: Scope) -> None:
        """Count one.

        Raises:
            RateLimited: it is one too many.
        """
        if scope.address is not None:
            await self._limits.admit(CODES_RATE, CODES, scope.address)
