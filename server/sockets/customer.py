"""The customer's side of a socket: their words are a turn like those of any other door."""

from uuid import uuid4

from starlette.websockets import WebSocket

from data import conversations
from data.conversations import Conversation
from data.db import Connection
from data.errors import NotFound
from data.events import entries_about
from data.scope import Scope
from server.access import count
from server.auth.principal import Principal
from server.doors import Asked, take
from server.limits import RouteClass
from server.sockets.frames import Say
from server.sockets.rendering import Rendered, answer_frame
from server.sockets.traffic import Kind
from server.wiring import Services

CHANNEL = "web"


class CustomerSide:
    """Sees its own conversations, and what of them is for customers."""

    role: Kind = "customer"

    async def check(self, services: Services, who: Principal, scope: Scope) -> None:
        """Go on only with one of the caller's own conversations.

        Raises:
            NotFound: there is none, or it is another party's: the two look the same.
        """
        async with services.database.reading(who.tenant) as db:
            await _own(db, who, scope)

    async def open(self, services: Services, who: Principal) -> Scope:
        """A new conversation of the caller's."""
        scope = who.scope(str(uuid4()))
        async with services.database.transaction(who.tenant) as db:
            await conversations.lock_conversation(db, scope, CHANNEL)
        return scope

    async def say(
        self, socket: WebSocket, services: Services, who: Principal, scope: Scope, words: Say
    ) -> list[Rendered]:
        """Take the customer's turn; its answer comes to everybody who follows the conversation.

        Returns:
            For a message that was sent before: what was stored then, and what answered it.

        Raises:
            NotFound: the conversation is not there any more.
            Conflict: the message id was used for another message.
            RateLimited: too many messages.
        """
        await count(socket, who, RouteClass.CHAT)
        async with services.database.reading(who.tenant) as db:
            await _own(db, who, scope)
        asked = Asked(
            words.content,
            conversation_id=scope.conversation_id,
            message_id=words.message_id,
            channel=CHANNEL,
        )
        taken = await take(services, who, asked)
        taken.ticket.close()
        if not taken.ticket.repeated:
            return []
        async with services.database.reading(who.tenant) as db:
            found = await entries_about(db, scope, taken.ticket.message_id)
        return [answer_frame(scope.conversation_id, entry, staff=False) for entry in found]


async def _own(db: Connection, who: Principal, scope: Scope) -> Conversation:
    found = await conversations.get_conversation(db, scope)
    if found.party != who.party:
        raise NotFound("conversation", scope.conversation_id)
    return found
