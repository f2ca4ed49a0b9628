"""A conversation as the terminal shows it: words plain, what happens behind them dimmed."""

from typing import Any

from rich.console import Console

WITH_PEOPLE = "Your message is with our team; their answer appears here."
LATER = "This takes longer than usual; the answer will be in the conversation."


class Screen:
    """Shows one message's events after another. `with_people` after a handoff."""

    def __init__(self, console: Console) -> None:
        self.with_people = False
        self._console = console
        self._path: list[str] = []
        self._spoken = False

    def begin(self) -> None:
        """A message was sent."""
        self._path, self._spoken = [], False

    def show(self, event: dict[str, Any]) -> None:
        """One event of the message."""
        match event:
            case {"event": "step", "name": name} if not self._spoken:
                self._walk(name)
            case {"event": "tool", "name": name, "failed": code}:
                self._walk(f"{name} failed ({code})")
            case {"event": "tool", "name": name}:
                self._walk(f"{name}()")
            case {"event": "text", "content": content}:
                self._speak(content)
            case {"event": "error"}:
                self.complain(str(event.get("detail", "something went wrong")))
            case {"event": "result", "result": result}:
                self._end(result)

    def operator(self, words: str) -> None:
        """What a person of the company wrote, perhaps while the customer types."""
        self._console.print()
        self._console.print("operator ›", style="bold magenta", end=" ")
        self._plain(words, end="\n")

    def complain(self, problem: str) -> None:
        """Something did not work, and the conversation goes on."""
        self._console.print(problem, style="red", markup=False, highlight=False, soft_wrap=True)

    def _walk(self, step: str) -> None:
        self._dim(f" › {step}" if self._path else f"  {step}", end="")
        self._path.append(step)

    def _speak(self, content: str) -> None:
        if self._path and not self._spoken:
            self._console.print()
        self._spoken = True
        self._plain(content)

    def _end(self, result: dict[str, Any]) -> None:
        if not self._spoken and (response := result.get("response")):
            self._speak(response)
        if self._path or self._spoken:
            self._console.print()
        if result.get("status") == "accepted":
            self._dim(LATER)
            return
        best = {source["source"]: source for source in reversed(result["sources"])}
        for source in reversed(best.values()):
            self._dim(f"  [{source['title']}] {source['source']}, {source['score']:.2f}")
        self._handoff(result)

    def _handoff(self, result: dict[str, Any]) -> None:
        self.with_people = bool(result["handoff"])
        if result["handoff_reason"]:
            self._console.print(
                f"  A colleague takes over ({result['handoff_reason']}).", style="yellow"
            )
        elif self.with_people:
            self._console.print(f"  {WITH_PEOPLE}", style="yellow")

    def _plain(self, words: str, end: str = "") -> None:
        self._console.print(words, end=end, markup=False, highlight=False, soft_wrap=True)

    def _dim(self, words: str, end: str = "\n") -> None:
        self._console.print(
            words, style="dim", end=end, markup=False, highlight=False, soft_wrap=True
        )
