"""Servers as child processes: start them, wait until they answer, read what they used."""

import os
import socket
import subprocess
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import psutil

START_TIMEOUT_S = 120.0  # a first start may migrate and load demo data
STOP_TIMEOUT_S = 15.0
LOG_LINES_SHOWN = 25
ROOT = Path(__file__).parents[1]


class DidNotStart(Exception):
    """The server ended or stayed silent. Carries the end of its log."""


@dataclass(frozen=True, slots=True)
class Running:
    """A server that has answered once."""

    name: str
    pid: int
    url: str
    started_in_s: float
    log: Path

    @property
    def last_words(self) -> str:
        """The end of its log."""
        return _end_of(self.log)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def running(
    name: str, command: Sequence[str], env: Mapping[str, str], *, port: int, ready: str, log: Path
) -> Iterator[Running]:
    """Run the command until the block ends; its output goes to `log`.

    Args:
        name: for messages only.
        command: started in the project's root.
        env: on top of this process's own environment.
        port: where the command will listen.
        ready: a path that answers with a status below 400 once turns can be taken.
        log: written anew.

    Raises:
        DidNotStart: it ended, or did not answer within START_TIMEOUT_S.
    """
    before = time.perf_counter()
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, **env}, stdout=output, stderr=output
        )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_until_ready(process, url + ready, before + START_TIMEOUT_S)
        started_in_s = time.perf_counter() - before
    except DidNotStart as error:
        _stop(process)
        raise DidNotStart(f"{name}: {error}\n{_end_of(log)}") from error
    try:
        yield Running(name, process.pid, url, started_in_s, log)
    finally:
        _stop(process)


def _wait_until_ready(process: subprocess.Popen[bytes], url: str, deadline: float) -> None:
    while time.perf_counter() < deadline:
        if process.poll() is not None:
            raise DidNotStart(f"ended with status {process.returncode}")
        try:
            with urlopen(url, timeout=5):
                return
        except (URLError, OSError):
            time.sleep(0.02)
    raise DidNotStart(f"no answer from {url}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _end_of(log: Path) -> str:
    with log.open(errors="replace") as lines:
        return "".join(deque(lines, LOG_LINES_SHOWN))


def cpu_s(pid: int) -> float:
    """CPU seconds of a process and all below it, the ended ones included. Never falls."""
    return sum(sum(process.cpu_times()[:4]) for process in _tree(pid))


def rss_bytes(pid: int) -> int:
    """Resident memory of a process and all below it; shared pages count for each."""
    return sum(process.memory_info().rss for process in _tree(pid))


def machine_cpu_s() -> tuple[float, float]:
    """Seconds all cores have been busy, and seconds they could have been, since the boot."""
    times = psutil.cpu_times()
    # guests are counted in user and nice already
    total = sum(times) - getattr(times, "guest", 0.0) - getattr(times, "guest_nice", 0.0)
    return total - times.idle - getattr(times, "iowait", 0.0), total


def _tree(pid: int) -> list[psutil.Process]:
    root = psutil.Process(pid)
    tree = [root, *root.children(recursive=True)]
    return [process for process in tree if process.is_running()]
