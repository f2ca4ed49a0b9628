"""The sockets: a customer's conversation, an operator's, and the operators' queue."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.websockets import WebSocket

from server.access import App
from server.auth.permissions import Permission
from server.doors import SAFE_ID
from server.sockets.connection import Connection
from server.sockets.customer import CustomerSide
from server.sockets.handshake import Caller, CustomerId, allow_socket
from server.sockets.operator import OperatorSide
from server.sockets.outlet import Start

router = APIRouter()

Customer = Annotated[Caller, allow_socket(Permission.CHAT)]
Operator = Annotated[Caller, allow_socket(Permission.WORK_HANDOFFS)]
Id = Annotated[str, Path(pattern=SAFE_ID)]
After = Annotated[int | None, Query(ge=0, le=2**62)]


@router.websocket("/ws/customer")
async def new_conversation(
    socket: WebSocket, caller: Customer, services: App, customer_id: CustomerId = None
) -> None:
    """A new conversation of the customer's, whose id is in the first frame."""
    caller, side = caller.acting_for(customer_id), CustomerSide()
    scope = await side.open(services, caller.who)
    await Connection(socket, services, caller, side).run(Start(scope))


@router.websocket("/ws/customer/{conversation_id}")
async def own_conversation(
    socket: WebSocket,
    conversation_id: Id,
    caller: Customer,
    services: App,
    after: After = None,
    customer_id: CustomerId = None,
) -> None:
    """One of the customer's own conversations, from now on or from `after`."""
    caller, side = caller.acting_for(customer_id), CustomerSide()
    scope = caller.who.scope(conversation_id)
    await side.check(services, caller.who, scope)
    await Connection(socket, services, caller, side).run(Start(scope, after))


@router.websocket("/ws/operator")
async def whole_queue(socket: WebSocket, caller: Operator, services: App) -> None:
    """What people have and what is new in it; `watch` follows one conversation as well."""
    await Connection(socket, services, caller, OperatorSide(), queue=True).run(Start(None))


@router.websocket("/ws/operator/{conversation_id}")
async def any_conversation(
    socket: WebSocket, conversation_id: Id, caller: Operator, services: App, after: After = None
) -> None:
    """Any conversation of the tenant's, from now on or from `after`."""
    side = OperatorSide()
    scope = caller.who.scope(conversation_id)
    await side.check(services, caller.who, scope)
    await Connection(socket, services, caller, side).run(Start(scope, after))
