"""What a tenant wrote, ready for use: company facts and playbooks."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agents.fresh import Fresh
from agents.playbook import Playbook
from agents.tones import SETTING, Tones, tones_of
from data import playbooks, tenants
from data.db import Database


@dataclass(frozen=True, slots=True)
class Content:
    """`playbooks` by intent; `company` is what the tenant says of itself (name, hours, …).

    How it wants to be spoken for is not part of that: `tones` is never told to a customer.
    """

    company: Mapping[str, Any]
    tones: Tones
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
        told = {key: said for key, said in company.settings.items() if key != SETTING}
        return Content(
            company={**told, "name": company.name},
            tones=tones_of(company.settings),
            playbooks={intent: playbook for playbook in written for intent in playbook.intents},
        )
