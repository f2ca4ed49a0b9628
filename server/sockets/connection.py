"""One open socket: what it says is done, and its caller still may, or it is closed.

Three tasks share it. Whatever ends one of them ends the socket, with a code that says why.
"""

import asyncio
import logging
from contextlib import suppress
from typing import Protocol

from psycopg import OperationalError
from psycopg_pool import PoolTimeout
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from data import seen
from data.errors import (
    Conflict,
    Invalid,
    SwitchboardError,
    TooLarge,
    Unauthenticated,
    Unavailable,
)
from data.scope import Scope
from server.auth.principal import Principal
from server.errors import close_code, close_reason
from server.limits import address_of
from server.sockets.exchange import typing
from server.sockets.frames import ClientFrame, Say, Typing, Watch, read_frame
from server.sockets.handshake import Caller
from server.sockets.holding import Holding
from server.sockets.outlet import Outlet, Start
from server.sockets.pace import Pace
from server.sockets.presence import Viewer
from server.sockets.rendering import Rendered, error_frame
from server.sockets.traffic import Kind
from server.wiring import Services

logger = logging.getLogger(__name__)

RECHECK_S = 1.5  # with what is remembered of a credential (3 s), a revoked one is out within five
CLOSE_S = 2.0
NOT_WATCHING = "no conversation is watched; send {type: watch, conversation_id} first"
ABNORMAL = 1006  # what a socket ended with that nobody closed
GONE = (OperationalError, PoolTimeout)


class Side(Protocol):
    """What differs between customers' sockets and operators'; `role` is customer or operator."""

    role: Kind

    async def check(self, services: Services, who: Principal, scope: Scope) -> None:
        """Raises NotFound where the caller has no such conversation."""

    async def say(
        self, socket: WebSocket, services: Services, who: Principal, scope: Scope, words: Say
    ) -> list[Rendered]:
        """Store a message, which is told like every other; what this socket is told besides."""


class Connection:
    """An accepted socket."""

    def __init__(
        self,
        socket: WebSocket,
        services: Services,
        caller: Caller,
        side: Side,
        *,
        queue: bool = False,
    ) -> None:
        """Serve nothing yet. With `queue`, it will follow the tenant's queue as well."""
        self._queue = queue
        self._kind: Kind = "queue" if queue else side.role
        self._left_with = ABNORMAL
        self._socket = socket
        self._services = services
        self._caller = caller
        self._side = side
        viewer = Viewer(side.role, caller.who.party)
        self._outlet = Outlet(socket, services, viewer, self._kind, caller.token)
        self._scope: Scope | None = None
        self._holding = Holding()
        self._typing = False
        self._pace = Pace()

    async def run(self, start: Start) -> None:
        """Serve it until either side closes it.

        Args:
            start: what to follow; the caller may.

        Raises:
            RateLimited: the caller has too many open.
        """
        who = self._caller.who
        name = who.party if who.vouched_for else address_of(self._socket.scope.get("client"))
        exchange = self._services.exchange
        with exchange.seats.taken(who.tenant, name), exchange.traffic.opened(self._kind):
            await self._serve(start)

    async def _serve(self, start: Start) -> None:
        self._start(start)
        tenant = self._caller.who.tenant
        sending = self._outlet.run(queue_of=tenant if self._queue else None)
        tasks = [asyncio.create_task(work) for work in (self._receive(), sending, self._guard())]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            ended = await asyncio.gather(*tasks, return_exceptions=True)
            self._type(on=False)
            self._outlet.leave()
            self._services.exchange.hub.unfollow_queue(tenant, self._outlet.follower)
        errors = [e for e in ended if e and not isinstance(e, asyncio.CancelledError)]
        await self._close(errors[0] if errors else None)

    async def _close(self, error: BaseException | None) -> None:
        code, reason = self._left_with, ""
        if isinstance(error, SwitchboardError):
            code, reason = close_code(error), close_reason(error)
        elif isinstance(error, GONE):
            code, reason = 4503, "the database does not answer; connect again"
        elif error is not None and not isinstance(error, WebSocketDisconnect):
            logger.error("socket_failed", exc_info=error)
            code, reason = 1011, "something went wrong on our side"
        self._services.exchange.traffic.closed(code)
        with suppress(TimeoutError, RuntimeError, WebSocketDisconnect):
            async with asyncio.timeout(CLOSE_S):
                if self._socket.client_state is WebSocketState.CONNECTED:
                    await self._socket.close(code, reason)

    async def _guard(self) -> None:
        """Look now and then whether the caller still may; an operator keeps what they have.

        Raises:
            Unauthenticated: the credential expired or was revoked.
            Forbidden: its holder may no longer.
        """
        while True:
            await asyncio.sleep(RECHECK_S)
            with suppress(*GONE):  # nobody is let out meanwhile either
                who = await self._caller.again(self._services.authenticator)
                if self._scope is not None and self._side.role == "operator":
                    mine = who.scope(self._scope.conversation_id)
                    await self._holding.keep(self._services.database, mine)

    async def _receive(self) -> None:
        while True:
            await asyncio.sleep(self._pace.wait_s(asyncio.get_running_loop().time()))
            message = await self._socket.receive()
            if message["type"] == "websocket.disconnect":
                self._left_with = message["code"]
                return
            self._services.exchange.traffic.read(self._kind)
            await self._answer(message.get("text"))

    async def _answer(self, raw: str | None) -> None:
        """Do what a frame asks for, or say why not.

        Raises:
            Unauthenticated: its sender's credential is not valid any more.
            TooLarge: it is no frame of ours.
        """
        message_id = None
        try:
            if raw is None:
                raise Invalid("frame", "must be text that holds JSON")
            frame = read_frame(raw)
            message_id = frame.message_id if isinstance(frame, Say) else None
            await self._take(frame)
        except (Unauthenticated, TooLarge):
            raise
        except SwitchboardError as error:
            self._refuse(error, message_id)
        except GONE:
            again = Unavailable("the database does not answer; try again later")
            self._refuse(again, message_id)

    def _refuse(self, error: SwitchboardError, message_id: str | None) -> None:
        name = self._scope.conversation_id if self._scope else None
        self._outlet.put(error_frame(error, name, message_id))

    async def _take(self, frame: ClientFrame) -> None:
        who = await self._caller.again(self._services.authenticator)
        self._holding.heard()
        if isinstance(frame, Watch):
            await self._watch(who, frame)
        elif self._scope is None:
            raise Conflict(NOT_WATCHING)
        elif isinstance(frame, Say):
            scope = who.scope(self._scope.conversation_id)
            told = await self._side.say(self._socket, self._services, who, scope, frame)
            for each in told:
                self._outlet.put(each)
        elif isinstance(frame, Typing):
            self._type(on=frame.on)
        else:
            await self._see(self._scope, frame.seq)

    async def _watch(self, who: Principal, frame: Watch) -> None:
        scope = None
        if frame.conversation_id is not None:
            scope = who.scope(frame.conversation_id)
            await self._side.check(self._services, who, scope)
        self._start(Start(scope, frame.after))

    def _start(self, start: Start) -> None:
        self._type(on=False)
        self._scope, self._holding = start.scope, Holding()
        self._outlet.start(start)

    def _type(self, *, on: bool) -> None:
        if self._scope is not None and on is not self._typing:
            self._typing = on
            body = typing(self._outlet.viewer, on=on)
            self._services.exchange.say(self._scope, body, but=self._outlet.follower)

    async def _see(self, scope: Scope, seq: int) -> None:
        async with self._services.database.reading(scope.tenant) as db:
            last = await seen.note_seen(db, scope, self._outlet.viewer.shown, seq)
        if last is not None:
            role = self._side.role
            self._services.exchange.tell_seen(scope, role, last, but=self._outlet.follower)
