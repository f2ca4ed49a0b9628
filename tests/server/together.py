"""Two operators and three customers on two servers, one of which is killed in the middle.

python -m tests.server.together
"""

import asyncio
import os
import signal
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from textwrap import shorten
from typing import Any

from rich.console import Console
from rich.markup import escape

from benchmarks.postgres import throwaway
from data.db import open_database
from tests.served import ROOT, served
from tests.server.callers import ALICE, BOB, CAROL, Callers, history
from tests.server.people import signed_in
from tests.server.steady import Steady
from tests.server.wires import Frame, wired

PERSON = "I want to talk to a human"
ROUNDS = 5
MOST_SHOWN = 60
SHOWN = {"message": ("role", "content"), "state": ("owner", "status")}

Show = Callable[[str, str], None]
"""Is given who, and what they said or heard."""


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation as its two sides have it."""

    name: str
    customer: Steady
    operator: Steady


class Script:
    """What happens in one conversation: somebody asks, an operator answers, five times."""

    def __init__(self, name: str, show: Show) -> None:
        self.name = name
        self.done = 0
        self._show = show

    def customer(self, frame: Frame) -> str | None:
        """The next question, when the last is answered."""
        self._show(self.name, told(frame))
        if frame.get("role") != "operator":
            return None
        self.done += 1
        return f"{self.name} asks {self.done}" if self.done < ROUNDS else None

    def is_under_way(self, _: list[Frame]) -> bool:
        """Whether some of it is done and some is not."""
        return self.done >= 2

    @staticmethod
    def operator(frame: Frame) -> str | None:
        """An answer to each question."""
        if frame.get("role") == "customer" and " asks " in frame["content"]:
            return f"Re: {frame['content']}"
        return None


def told(frame: Frame) -> str:
    """An entry of the log in a few words."""
    keys = SHOWN.get(frame["type"], ("label",))
    words = " ".join(f"{frame[key]}" for key in keys if frame.get(key))
    return f"{frame['seq']:>4} {frame['type']}: {shorten(words, MOST_SHOWN)}"


async def play(
    callers: Callers, one: str, other: str, kill: Callable[[], None], show: Show
) -> list[Talk]:
    """Let everybody talk to the end.

    Args:
        callers: credentials.
        one: the server that will be killed; all of Alice's and Carol's begin there.
        other: the one that goes on; Bob's talk is there from the beginning.
        kill: kills the first.
        show: is told what the customers hear.
    """
    people = {"Alice": (ALICE, [one, other]), "Bob": (BOB, [other]), "Carol": (CAROL, [one, other])}
    async with callers.http(callers.admin) as http:
        kim, lee = await signed_in(http), await signed_in(http)
    operators = {"Alice": kim, "Bob": lee, "Carol": kim}
    scripts = {name: Script(name, show) for name in people}
    talks: dict[str, Talk] = {}

    async def begin(name: str) -> None:
        number, urls = people[name]
        headers = await callers.customer(number)
        customer = Steady(urls, "customer", headers, scripts[name].customer).begin(PERSON)
        await customer.until(lambda heard: any(f.get("owner") == "queue" for f in heard))
        where = str(customer.conversation_id)
        answer, who = scripts[name].operator, operators[name].headers
        talks[name] = Talk(name, customer, Steady(urls, "operator", who, answer, where).begin())
        async with wired(urls[-1], f"/ws/customer/{where}", headers) as also:
            await also.next()
            await also.words(f"{name} asks 0", f"{name}-0")
            await also.kind("message", message_id=f"{name}-0")

    async with wired(other, "/ws/operator", callers.admin) as queue:
        await asyncio.gather(*map(begin, people))
        for name in ("Alice", "Carol"):
            await talks[name].customer.until(scripts[name].is_under_way)
        kill()
        sides = [side for talk in talks.values() for side in (talk.customer, talk.operator)]
        await asyncio.gather(*(side.until(ended) for side in sides))
        await asyncio.gather(*(side.end() for side in sides))
        queued = {str(talk.customer.conversation_id) for talk in talks.values()}
        while queued:
            queued.discard((await queue.next())["conversation_id"])
    return list(talks.values())


def faults(talk: Talk, kept: list[dict[str, Any]]) -> list[str]:
    """What was lost, doubled or out of order.

    Args:
        talk: as its two sides heard it.
        kept: the messages of the history.
    """
    asked = [f"{talk.name} asks {number}" for number in range(ROUNDS)]
    wanted = {"customer": [PERSON, *asked], "operator": [f"Re: {each}" for each in asked]}
    stored = [(m["seq"], m["content"]) for m in kept if m["role"] != "note"]
    found = []
    for side, heard in (("customer", talk.customer), ("operator", talk.operator)):
        for role, contents in wanted.items():
            if heard.contents(role) != contents:
                found.append(f"the {side} heard of the {role}: {heard.contents(role)}")
        if [(f["seq"], f["content"]) for f in heard.heard if f["type"] == "message"] != stored:
            found.append(f"the {side} heard what is not the history")
        seqs = [frame["seq"] for frame in heard.heard]
        if seqs != sorted(set(seqs)):
            found.append(f"the {side} heard {seqs}")
    return found


def ended(heard: list[Frame]) -> bool:
    """Whether the last question is answered."""
    last = f"asks {ROUNDS - 1}"
    return any(f.get("role") == "operator" and f["content"].endswith(last) for f in heard)


async def show_it(url: str, folder: Path, console: Console) -> bool:
    """Play it on a database of its own; whether nobody missed anything."""

    def show(who: str, what: str) -> None:
        clock = f"{datetime.now(UTC):%H:%M:%S.%f}"[:-3]
        console.print(f"[dim]{clock}[/] [bold]{who:<6}[/] {escape(what)}", highlight=False)

    models = ROOT / "var" / "models"
    if models.is_dir():
        (folder / "models").symlink_to(models)
    console.print("Two servers on one database are starting …")
    async with (
        served(url, folder) as one,
        served(url, folder) as other,
        open_database(url, minimum=1, maximum=2) as rows,
    ):

        def kill() -> None:
            show("", "[the first server is killed]")
            os.kill(one.pid, signal.SIGKILL)

        talks = await play(Callers(one, rows), one.url, other.url, kill, show)
        survivor = Callers(other, rows)
        found: Mapping[str, list[str]] = {
            talk.name: faults(talk, await history(survivor, str(talk.customer.conversation_id)))
            for talk in talks
        }
    for talk in talks:
        verdict = "; ".join(found[talk.name]) or "nothing lost, nothing twice, all in order"
        times = f"connected {talk.customer.connected} and {talk.operator.connected} times"
        console.print(f"[bold]{talk.name:<6}[/] {times}: {escape(verdict)}", highlight=False)
    return not any(found.values())


def main() -> None:
    with throwaway() as postgres, tempfile.TemporaryDirectory(prefix="together-") as folder:
        fine = asyncio.run(
            show_it(postgres.create_database("together"), Path(folder), Console(width=100))
        )
    raise SystemExit(0 if fine else 1)


if __name__ == "__main__":
    main()
