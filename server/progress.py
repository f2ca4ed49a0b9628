"""Progress bars for long work, on standard error."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

console = Console(stderr=True)


class Bars:
    """One bar for each thing that takes time: what is done when first heard of gets none."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._tasks: dict[str, TaskID] = {}

    def report(self, what: str, done: int, of: int) -> None:
        """Move a bar; the first report of something unfinished shows it."""
        if what not in self._tasks:
            if done == of:
                return
            self._progress.start()  # not before: without a bar it would leave an empty line
            self._tasks[what] = self._progress.add_task(what, total=of)
        self._progress.update(self._tasks[what], completed=done, total=of)


@contextmanager
def bars() -> Iterator[Bars]:
    """Show bars while the block runs."""
    columns = (TextColumn("{task.description:<28}"), BarColumn(), MofNCompleteColumn())
    progress = Progress(*columns, console=console)
    try:
        yield Bars(progress)
    finally:
        if progress.live.is_started:
            progress.stop()
