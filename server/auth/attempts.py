"""How often a password may be tried for one account, whoever tries and whether it exists or not."""

from limits import RateLimitItem, RateLimitItemPerMinute

from server.limits import Limits

ATTEMPTS: RateLimitItem = RateLimitItemPerMinute(10)  # enough for a hurried person, not for a list


class Attempts:
    """Counts sign-ins for each account."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits

    async def admit(self, tenant: str, account: str) -> None:
        """Count one.

        Raises:
            RateLimited: it is one too many.
        """
        await self._limits.admit(ATTEMPTS, "sign-in", tenant, account)
