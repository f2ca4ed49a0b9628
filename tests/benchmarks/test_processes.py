"""Child processes: started, waited for, measured and stopped."""

import os
import sys
from pathlib import Path
from subprocess import PIPE

import psutil
import pytest

from benchmarks.processes import DidNotStart, cpu_s, free_port, rss_bytes, running

SERVER = (sys.executable, "-m", "http.server", "--bind", "127.0.0.1")
BURN = """
import time
while time.process_time() < 0.3:
    pass
print("burnt", flush=True)
open(0).read()
"""


def test_a_server_is_up_in_the_block_and_gone_after_it(tmp_path: Path) -> None:
    port = free_port()
    log = tmp_path / "log"
    with running("web", (*SERVER, str(port)), {}, port=port, ready="/", log=log) as web:
        assert psutil.pid_exists(web.pid)
        assert rss_bytes(web.pid) > 1_000_000
        assert "GET / HTTP" in web.last_words
    assert not psutil.pid_exists(web.pid)


def test_a_server_that_ends_at_once_says_why(tmp_path: Path) -> None:
    command = (sys.executable, "-c", "raise SystemExit('no database')")
    with (
        pytest.raises(DidNotStart, match="web: ended with status 1\nno database"),
        running("web", command, {}, port=free_port(), ready="/", log=tmp_path / "log"),
    ):
        pass


def test_cpu_of_children_counts_while_they_live_and_after_they_ended() -> None:
    before = cpu_s(os.getpid())
    with psutil.Popen([sys.executable, "-c", BURN], stdin=PIPE, stdout=PIPE) as child:
        assert child.stdout.readline() == b"burnt\n"
        alive = cpu_s(os.getpid()) - before
    ended = cpu_s(os.getpid()) - before
    assert 0.28 <= alive <= ended  # the clock ticks in 10 ms
