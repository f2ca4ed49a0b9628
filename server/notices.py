"""Notices where no mail is sent: on a development server they are printed on its terminal."""

import logging
from dataclasses import dataclass
from uuid import UUID

from data import notices
from data.db import Database
from data.notices import NOBODY, Notice
from server.progress import console
from tools.codes import CodeKey

logger = logging.getLogger(__name__)

AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Notices:
    """Delivers what is to be mailed to a tenant's customers; `shown`: on the terminal."""

    database: Database
    codes: CodeKey
    shown: bool

    async def deliver(self, tenant: str) -> None:
        """Deliver what waits; where nothing is shown, it waits for a channel that mails.

        Runs after the answer is sent. What is for nobody is taken and marked like everything else.
        """
        if not self.shown:
            logger.info("notices_wait", extra={"tenant": tenant})
            return
        async with self.database.transaction(tenant) as db:
            taken = await notices.take_notices(db, tenant, AT_ONCE)
        for notice in taken:
            if notice.recipient != NOBODY:
                words = text_of(notice, self.codes)
                shown = f"\nMail to {notice.recipient}: {words}\n"
                console.print(shown, highlight=False, markup=False, soft_wrap=True)


def text_of(notice: Notice, key: CodeKey) -> str:
    """What the recipient reads: a code is made now, of its row's id."""
    if not notice.is_code:
        return notice.content
    return notice.content.replace("{code}", key.code_of(UUID(notice.id)))
