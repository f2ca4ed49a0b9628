"""The operator's side of a socket: any conversation of the tenant, notes and names included."""

from uuid import uuid4

from starlette.websockets import WebSocket

from data import conversations, messages
from data.events import entries_about
from data.scope import Scope
from server.access import count
from server.auth.principal import Principal
from server.limits import RouteClass
from server.sockets.frames import Say
from server.sockets.rendering import Rendered, answer_frame
from server.sockets.traffic import Kind
from server.wiring import Services
from tools.handoffs import send_to_customer
from tools.request import carry_out


class OperatorSide:
    """Colleagues: they see all of the tenant's conversations."""

    role: Kind = "operator"

    async def check(self, services: Services, who: Principal, scope: Scope) -> None:
        """Go on only with a conversation of the tenant's.

        Raises:
            NotFound: there is none.
        """
        async with services.database.reading(who.tenant) as db:
            await conversations.get_conversation(db, scope)

    async def say(
        self, socket: WebSocket, services: Services, who: Principal, scope: Scope, words: Say
    ) -> list[Rendered]:
        """Write to the customer, as `POST /v1/handoffs/{conversation_id}/messages` does.

        It takes a conversation that waits, and is a sign of life for one that is theirs.

        Returns:
            For a message that was sent before: what was stored then.

        Raises:
            NotFound: the conversation is not there any more.
            Conflict: people don't have it, or somebody else, or the message id is taken.
            Invalid: it has a variable that nothing is known for.
            RateLimited: too many messages.
        """
        await count(socket, who, RouteClass.DEFAULT)
        message_id = words.message_id or str(uuid4())
        key = f"{scope.conversation_id}/{message_id}"
        arguments = {"message": words.content, "message_id": message_id}
        async with services.database.transaction(who.tenant) as db:
            known = await messages.get_message(db, scope, message_id)
            await carry_out(db, scope, send_to_customer, key, arguments)
            found = await entries_about(db, scope, message_id) if known else []
        return [answer_frame(scope.conversation_id, entry, staff=True) for entry in found]
