"""Forks servers and commands from a process that has imported everything: most of a start's work.

A line of JSON on standard input starts one: `{"port": …, "environment": {…}}` a server,
`{"words": […], "folder": …, "said": …, "environment": {…}}` the command, which reads the file `in`
of the folder `said` and leaves `out`, `err` and its exit `code` there. A process id comes back on
standard output. When the input ends, all servers end.

python -m tests.nursery
"""

import atexit
import contextlib
import gc
import json
import os
import signal
import sys
from multiprocessing import get_context
from pathlib import Path
from typing import Any


def serve(wanted: dict[str, Any]) -> None:
    """Be a server until the process is killed."""
    try:
        os.environ.update(wanted["environment"])
        import uvicorn

        from server.app import create_app

        sys.stdout = sys.stderr
        uvicorn.run(create_app(), port=wanted["port"], log_level="warning")
    finally:
        os._exit(1)


def command(wanted: dict[str, Any]) -> None:
    """See a process be `switchboard`, and note how it ended."""
    process = get_context("fork").Process(target=run, args=[wanted])
    process.start()
    process.join()
    (Path(wanted["said"]) / "code").write_text(str(process.exitcode))
    os._exit(0)


def run(wanted: dict[str, Any]) -> None:
    said = Path(wanted["said"])
    for number, name in enumerate(("in", "out", "err")):
        os.dup2(os.open(said / name, os.O_RDWR | os.O_CREAT), number)
    sys.stdin = os.fdopen(0, closefd=False)
    sys.stdout = os.fdopen(1, "w", closefd=False)
    sys.stderr = os.fdopen(2, "w", buffering=1, errors="backslashreplace", closefd=False)
    os.environ.clear()
    os.environ.update(wanted["environment"])
    os.chdir(wanted["folder"])
    sys.argv = ["switchboard", *wanted["words"]]
    from server.cli import main

    try:
        main()
    finally:
        atexit._run_exitfuncs()  # a forked process does not by itself


def born() -> None:
    """Fork what is asked for, until there is no more to be asked."""
    servers: list[int] = []
    for line in sys.stdin:
        wanted = json.loads(line)
        be = serve if "port" in wanted else command
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            be(wanted)
        if be is serve:
            servers.append(child)
        print(child, flush=True)  # noqa: T201
    for child in servers:
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)


def main() -> None:
    import alembic
    import httptools
    import langchain_openai
    import onnxruntime
    import openai.resources  # imported with the first client otherwise: most of a start

    import agents.openai_chat
    import server.app
    import server.embedded
    import server.prepare
    import server.progress

    assert alembic
    assert httptools
    assert langchain_openai
    assert onnxruntime
    assert openai.resources
    assert agents.openai_chat
    assert server.app
    assert server.embedded
    assert server.prepare
    assert server.progress
    gc.collect()
    gc.freeze()  # what is imported is no garbage: children need not look through it again
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody has to wait for the dead
    born()


if __name__ == "__main__":
    main()
