"""What a tenant wrote, ready for use: company facts and playbooks."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agents.fresh import Fresh
from agents.playbook import Playbook
from data import playbooks, tenants
from data.db import Database


@dataclass(frozen=True, slots=True)
class Content:
    """`playbooks` by intent; `company` is what the tenant says of itself (name, hours, …)."""

    company: Mapping[str, Any]
    playbooks: Mapping[str, Playbook]


class Contents(Fresh[Content]):
    """Each tenant's content, kept in process; a change counts within seconds everywhere."""

    def __init__(self, database: Database) -> None:
        super().__init__()
        self._database = database

    async def playbooks_of(self, tenant: str) -> Mapping[str, Playbook]:
        """The tenant's playbooks by intent."""
        return (await self.of(tenant)).playbooks

    async def _version(self, tenant: str) -> str:
        async with self._database.ops_transaction() as ops:
            company = await tenants.get_tenant(ops, tenant)
        async with self._database.reading(tenant) as db:
            return f"{await playbooks.playbooks_version(db, tenant)} {company.settings}"

    async def _load(self, tenant: str) -> Content:
        async with self._database.ops_transaction() as ops:
            company = await tenants.get_tenant(ops, tenant)
        async with self._database.reading(tenant) as db:
            written = [
                Playbook.model_validate(p) for p in await playbooks.list_playbooks(db, tenant)
            ]
        return Content(
            company={**company.settings, "name": company.name},
            playbooks={intent: playbook for playbook in written for intent in playbook.intents},
        )
