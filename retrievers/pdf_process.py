"""Somebody's PDF, read in a process that has so much memory and time and no more.

A PDF of a few kilobytes can stand for gigabytes, or for hours of work; both end here without a
trace in the server.
"""

import asyncio
import json
import sys
from asyncio.subprocess import DEVNULL, PIPE

from data.errors import Invalid, TooLarge

READER = "retrievers.pdf_text"
PATIENCE_S = 120.0  # twice what the reader may use, for a busy machine
AT_ONCE = 2  # in one server; the others wait

TOO_MUCH = "takes too much time or memory to read; print it to a new PDF, or upload it in parts"

_turn = asyncio.Semaphore(AT_ONCE)


async def read_pdf(content: bytes) -> str:
    """The document's text as Markdown.

    Raises:
        Invalid: it is no PDF, is damaged, locked or too much work, or holds pictures only.
        TooLarge: it has too many pages.
    """
    async with _turn:
        reader = await asyncio.create_subprocess_exec(
            sys.executable, "-m", READER, stdin=PIPE, stdout=PIPE, stderr=DEVNULL
        )
        try:
            async with asyncio.timeout(PATIENCE_S):
                written, _ = await reader.communicate(content)
        except TimeoutError:
            raise Invalid("content", TOO_MUCH) from None
        finally:
            if reader.returncode is None:
                reader.kill()
                await reader.wait()
    if reader.returncode:
        raise Invalid("content", TOO_MUCH)
    said: dict[str, str] = json.loads(written)
    if "too_large" in said:
        raise TooLarge(said["too_large"])
    if "invalid" in said:
        raise Invalid("content", said["invalid"].removeprefix("content: "))
    return said["text"]
