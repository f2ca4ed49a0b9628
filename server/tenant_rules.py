"""What each tenant's own settings say about its callers: rates, origins, its budget.

They stand in the tenant's row, under `cors_origins` (a list), `limits` (`default`, `chat`, `search`
as rates, `model_tokens_per_day`). What cannot be read counts as not said: a wrong entry in one
tenant's row must not keep that tenant from working.
"""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cachetools import TTLCache

from data import tenants
from data.db import Database
from data.errors import NotFound
from server import setting_values
from server.limits import Rates, RouteClass
from server.settings import DEMO_TENANT, Settings

logger = logging.getLogger(__name__)

KEPT_S = 3.0  # a change counts everywhere after this; promised are five seconds
MODEL_TOKENS = "model_tokens_per_day"
MOST_KEPT = 10_000


@dataclass(frozen=True, slots=True)
class TenantRules:
    rates: Rates
    origins: frozenset[str]


def rules_of(tenant: str, said: Mapping[str, Any], settings: Settings) -> TenantRules:
    """A tenant's rules: its own where it says something, else the installation's."""
    limits = said.get("limits")
    given: Mapping[str, Any] = limits if isinstance(limits, dict) else {}
    defaults = {
        RouteClass.DEFAULT: settings.rate_limit_default,
        RouteClass.CHAT: settings.rate_limit_chat,
        RouteClass.SEARCH: settings.rate_limit_faq,
    }
    rates = {
        str(one): _read(tenant, setting_values.rate, given.get(one)) or setting_values.rate(default)
        for one, default in defaults.items()
    }
    listed = said.get("cors_origins")
    own = ",".join(map(str, listed)) if isinstance(listed, list) else None
    origins = _read(tenant, setting_values.origins, own) or frozenset()
    if tenant == DEMO_TENANT:
        origins |= setting_values.origins(settings.cors_origins)
    return TenantRules(Rates(**rates), origins)


def _read(tenant: str, reader: Callable[[str], Any], given: Any) -> Any:
    if given is None:
        return None
    try:
        return reader(str(given))
    except ValueError as error:
        logger.warning("tenant_setting_unread", extra={"tenant": tenant, "error": str(error)})
        return None


class AllRules:
    """Every tenant's rules, kept for KEPT_S."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._settings = settings
        self._rules: TTLCache[str, TenantRules] = TTLCache(MOST_KEPT, KEPT_S, clock)
        self._origins: TTLCache[str, frozenset[str]] = TTLCache(1, KEPT_S, clock)

    async def of(self, tenant: str) -> TenantRules:
        """The rules of a tenant; the installation's for one that is not there."""
        found = self._rules.get(tenant)
        if found is None:
            try:
                async with self._database.ops_transaction() as ops:
                    said = (await tenants.get_tenant(ops, tenant)).settings
            except NotFound:
                said = {}
            found = self._rules[tenant] = rules_of(tenant, said, self._settings)
        return found

    def forget(self, tenant: str) -> None:
        """Look again before the next use: for whoever has just changed something."""
        self._rules.pop(tenant, None)
        self._origins.clear()

    async def all_origins(self) -> frozenset[str]:
        """What any tenant lists: for requests that do not say yet whose they are."""
        found = self._origins.get("")
        if found is None:
            async with self._database.ops_transaction() as ops:
                everybody = await tenants.list_tenants(ops)
            each = (rules_of(one.id, one.settings, self._settings).origins for one in everybody)
            found = self._origins[""] = frozenset[str]().union(
                setting_values.origins(self._settings.cors_origins), *each
            )
        return found
