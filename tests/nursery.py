"""Forks servers from a process that has imported everything: a quarter of a start's work.

A line of JSON on standard input, `{"port": …, "environment": {…}}`, starts one; its process id
comes back on standard output. When the input ends, all servers end.

python -m tests.nursery
"""

import contextlib
import gc
import json
import os
import signal
import sys
from typing import Any


def serve(wanted: dict[str, Any]) -> None:
    """Be a server until the process is killed."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.environ.update(wanted["environment"])
    import uvicorn

    from server.app import create_app

    sys.stdout = sys.stderr
    uvicorn.run(create_app(), port=wanted["port"], log_level="warning")


def main() -> None:
    import httptools
    import langchain_openai
    import onnxruntime
    import openai.resources  # imported with the first client otherwise: most of a start

    import agents.openai_chat
    import server.app

    assert httptools
    assert langchain_openai
    assert onnxruntime
    assert openai.resources
    assert agents.openai_chat
    assert server.app
    gc.collect()
    gc.freeze()  # what is imported is no garbage: children need not look through it again
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody has to wait for the dead
    children: list[int] = []
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            try:
                serve(json.loads(line))
            finally:
                os._exit(1)
        children.append(child)
        print(child, flush=True)  # noqa: T201
    for child in children:
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)


if __name__ == "__main__":
    main()
