"""What waits or repeats, run by procrastinate on the same Postgres.

Declared here and nowhere else. A job names its tenant and conversation; it finds the rest in the
tables, so running it twice is harmless.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from procrastinate import App, PsycopgConnector, exceptions
from psycopg.conninfo import make_conninfo

from data import approvals as approval_rows
from data import claims, events
from data import turns as turn_rows
from data.db import OPS_ROLE, Database, as_role
from data.errors import Forbidden, NotFound
from data.scope import Role
from graph.approvals import Approvals
from graph.handback import HandBacks
from graph.ladder import Ladder
from graph.turns import Turns
from server.auth.permissions import ALLOWED, Permission

logger = logging.getLogger(__name__)

EVERY_FEW_SECONDS = "* * * * * */5"  # cron with seconds last: every five seconds
FORGET_EVERY = "0 17 * * * *"  # once an hour
MOST_FORGOTTEN = 5000  # in one transaction
MOST_AT_ONCE = 100  # conversations looked at in one round
CONCURRENCY = 8
STALLED_AFTER_S = 30.0
DRAIN_S = 20.0
AGAIN_AFTER_S = 1.0


class Jobs:
    """The queue and this process's worker.

    `working`: it takes jobs at this moment. `permissions`: what each job was declared with.
    """

    def __init__(self, app: App, database: Database, turns: Turns, handbacks: HandBacks) -> None:
        self.working = False
        self.permissions: dict[str, Permission] = {}
        self._app = app
        self._database = database
        self._turns = turns
        self._ladder = Ladder(database, handbacks)
        self._approvals = Approvals(database)
        self._worker: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Work on jobs in the background of this process, until `stop`."""
        self._worker = asyncio.create_task(self._work())

    async def stop(self) -> None:
        """Finish the jobs at hand; after DRAIN_S they are left to other processes."""
        if self._worker:
            self._worker.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._worker

    async def _work(self) -> None:
        """One worker after the other: they end for good when the database once does not answer."""
        while True:
            self.working = True
            try:
                await self._app.run_worker_async(
                    concurrency=CONCURRENCY,
                    install_signal_handlers=False,
                    listen_notify=True,
                    delete_jobs="successful",
                    update_heartbeat_interval=5.0,
                    stalled_worker_timeout=STALLED_AFTER_S,
                    shutdown_graceful_timeout=DRAIN_S,
                )
            except Exception:
                logger.exception("worker_failed")
            finally:
                self.working = False
            await asyncio.sleep(AGAIN_AFTER_S)

    async def recover(self) -> int:
        """Queue the turns whose process died; how many there were."""
        async with self._database.ops_transaction() as ops:
            stale = await turn_rows.stale_conversations(ops, MOST_AT_ONCE)
        for tenant, conversation_id in stale:
            job = self._app.configure_task("answer", queueing_lock=f"{tenant}:{conversation_id}")
            with contextlib.suppress(exceptions.AlreadyEnqueued):
                await job.defer_async(tenant=tenant, conversation_id=conversation_id)
        return len(stale)

    async def escalate(self) -> int:
        """Queue the handoffs whose claim ran out or that nobody took in time; how many."""
        async with self._database.ops_transaction() as ops:
            due = await claims.due(ops, await claims.moment(ops), MOST_AT_ONCE)
        for tenant, conversation_id in due:
            job = self._app.configure_task(
                "climb", queueing_lock=f"climb:{tenant}:{conversation_id}"
            )
            with contextlib.suppress(exceptions.AlreadyEnqueued):
                await job.defer_async(tenant=tenant, conversation_id=conversation_id)
        return len(due)

    async def settle(self, tenant: str, approval_id: UUID) -> None:
        """Queue an approval that was granted, or that nobody decided on in time."""
        job = self._app.configure_task("settle", queueing_lock=f"approval:{approval_id}")
        with contextlib.suppress(exceptions.AlreadyEnqueued):
            await job.defer_async(tenant=tenant, approval_id=str(approval_id))

    async def settle_due(self) -> int:
        """Queue the approvals that are due: those of a dead process, and late ones."""
        async with self._database.ops_transaction() as ops:
            due = await approval_rows.due_approvals(ops, MOST_AT_ONCE)
        for tenant, approval_id in due:
            await self.settle(tenant, approval_id)
        return len(due)

    async def forget_events(self) -> int:
        """Delete what conversations' logs need no longer keep; how many entries there were."""
        before, total = datetime.now(UTC) - events.KEPT, 0
        while True:
            async with self._database.ops_transaction() as ops:
                count = await events.forget_events(ops, before, MOST_FORGOTTEN)
            total += count
            if count < MOST_FORGOTTEN:
                return total

    async def retry_stalled(self) -> None:
        """Give the jobs of dead workers to living ones.

        One that cannot be given is left alone: another process has taken it in this moment, or
        the same work waits in the queue already and ours is taken in a later round.
        """
        for job in await self._app.job_manager.get_stalled_jobs(
            seconds_since_heartbeat=STALLED_AFTER_S
        ):
            with contextlib.suppress(exceptions.ConnectorException):
                await self._app.job_manager.retry_job(job)

    def declare(self) -> None:
        """The jobs there are."""

        @self._task("answer", Permission.ANSWER_TURNS)
        async def answer(tenant: str, conversation_id: str) -> None:
            await self._turns.recover(tenant, conversation_id)

        @self._app.periodic(cron=FORGET_EVERY)
        @self._task("forget_events", Permission.FORGET_EVENTS, queueing_lock="forget_events")
        async def forget_events(timestamp: int) -> None:
            await self.forget_events()

        @self._task("climb", Permission.ESCALATE_HANDOFFS)
        async def climb(tenant: str, conversation_id: str) -> None:
            await self._ladder.climb(tenant, conversation_id)

        @self._app.periodic(cron=EVERY_FEW_SECONDS)
        @self._task("escalate", Permission.ESCALATE_HANDOFFS, queueing_lock="escalate")
        async def escalate(timestamp: int) -> None:
            await self.escalate()

        @self._task("settle", Permission.SETTLE_APPROVALS)
        async def settle(tenant: str, approval_id: str) -> None:
            with contextlib.suppress(NotFound):  # its customer was forgotten
                await self._approvals.settle(tenant, UUID(approval_id))

        @self._app.periodic(cron=EVERY_FEW_SECONDS)
        @self._task("settle_due", Permission.SETTLE_APPROVALS, queueing_lock="settle_due")
        async def settle_due(timestamp: int) -> None:
            await self.settle_due()

        @self._app.periodic(cron=EVERY_FEW_SECONDS)
        @self._task("recover", Permission.RECOVER_TURNS, queueing_lock="recover")
        async def recover(timestamp: int) -> None:
            await self.retry_stalled()
            await self.recover()

    def _task(self, name: str, permission: Permission, **options: Any) -> Callable[..., Any]:
        """Declare a job and what it does in the system's name.

        Raises:
            Forbidden: the table of roles and permissions does not let it.
        """
        if permission not in ALLOWED[Role.SYSTEM]:
            raise Forbidden(f"the job {name} needs {permission}, which the system lacks")
        self.permissions[name] = permission
        return self._app.task(name=name, **options)


@asynccontextmanager
async def open_jobs(
    url: str, database: Database, turns: Turns, handbacks: HandBacks
) -> AsyncIterator[Jobs]:
    """The queue with a worker of this process at work."""
    connector = PsycopgConnector(
        conninfo=make_conninfo(as_role(url, OPS_ROLE)), min_size=1, max_size=4
    )
    app = App(connector=connector)
    jobs = Jobs(app, database, turns, handbacks)
    jobs.declare()
    async with app.open_async():
        jobs.start()
        try:
            yield jobs
        finally:
            await jobs.stop()
