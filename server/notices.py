"""Notices where no mail is sent: on a development server they are printed on its terminal."""

import logging
from uuid import UUID

from data import notices
from data.notices import NOBODY, Notice
from server.progress import console
from server.wiring import Services
from tools.codes import CodeKey

logger = logging.getLogger(__name__)

AT_ONCE = 100


async def print_notices(services: Services, tenant: str) -> None:
    """Deliver what waits for a tenant's customers; outside dev it waits for a channel that mails.

    Runs after the answer is sent. What is for nobody is taken and marked like everything else.
    """
    if services.settings.env != "dev":
        logger.info("notices_wait", extra={"tenant": tenant})
        return
    async with services.database.transaction(tenant) as db:
        taken = await notices.take_notices(db, tenant, AT_ONCE)
    for notice in taken:
        if notice.recipient != NOBODY:
            shown = f"\nMail to {notice.recipient}: {text_of(notice, services.codes)}\n"
            console.print(shown, highlight=False, markup=False, soft_wrap=True)


def text_of(notice: Notice, key: CodeKey) -> str:
    """What the recipient reads: a code is made now, of its row's id."""
    if not notice.is_code:
        return notice.content
    return notice.content.replace("{code}", key.code_of(UUID(notice.id)))
