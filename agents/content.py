"""What a tenant wrote, ready for use: company facts, playbooks and curated answers."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agents.curated import CuratedIndex, meaning_of
from agents.fresh import Fresh
from agents.playbook import Playbook
from data import curated, playbooks, tenants, versions
from data.curated import CuratedAnswer
from data.db import Database
from data.errors import Unavailable
from retrievers.embed import Embedder
from retrievers.search import CALIBRATIONS, DEFAULT_CALIBRATION

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Content:
    """`playbooks` by intent; `company` is what the tenant says of itself (name, hours, …)."""

    company: Mapping[str, Any]
    playbooks: Mapping[str, Playbook]
    curated: CuratedIndex


class Contents:
    """Each tenant's content, kept in process; a change counts within seconds everywhere."""

    def __init__(self, database: Database, embedder: Embedder) -> None:
        self._database = database
        self._embedder = embedder
        self._fresh = Fresh(self._load, self._version)

    async def of(self, tenant: str) -> Content:
        """The tenant's content.

        Raises:
            NotFound: there is no such tenant.
        """
        return await self._fresh.of(tenant)

    async def playbooks_of(self, tenant: str) -> Mapping[str, Playbook]:
        """The tenant's playbooks by intent."""
        return (await self.of(tenant)).playbooks

    async def _version(self, tenant: str) -> str:
        async with self._database.ops_transaction() as ops:
            company = await tenants.get_tenant(ops, tenant)
        async with self._database.transaction(tenant) as db:
            version = await versions.content_version(db, tenant)
        return f"{version} {self._embedder.ready} {company.settings}"

    async def _load(self, tenant: str) -> Content:
        async with self._database.ops_transaction() as ops:
            company = await tenants.get_tenant(ops, tenant)
        async with self._database.transaction(tenant) as db:
            written = [
                Playbook.model_validate(p) for p in await playbooks.list_playbooks(db, tenant)
            ]
            answers = await curated.list_curated(db, tenant)
        return Content(
            company={**company.settings, "name": company.name},
            playbooks={intent: playbook for playbook in written for intent in playbook.intents},
            curated=await self._index(answers),
        )

    async def _index(self, answers: Sequence[CuratedAnswer]) -> CuratedIndex:
        """The answers with their meanings; without them until the embedding model is ready."""
        vectors = None
        if self._embedder.ready and answers:
            try:
                vectors = await self._embedder.embed([meaning_of(answer) for answer in answers])
            except Unavailable:
                logger.warning("curated answers not embedded", extra={"answers": len(answers)})
        calibration = CALIBRATIONS.get(self._embedder.model, DEFAULT_CALIBRATION)
        return CuratedIndex(tuple(answers), vectors, calibration)
