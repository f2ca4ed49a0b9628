"""What the judge said of many conversations, as a table."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from rich.markup import escape
from rich.table import Table

from evals.judge import Failure, Played
from evals.scripts import Conversation


@dataclass(frozen=True, slots=True)
class Verdict:
    """A conversation passed when nothing is held against it."""

    conversation: Conversation
    played: Played
    failures: tuple[Failure, ...]

    @property
    def passed(self) -> bool:
        return not self.failures


def share(verdicts: Sequence[Verdict]) -> float:
    """Conversations that passed, 0..1; 0 of none."""
    return sum(each.passed for each in verdicts) / len(verdicts) if verdicts else 0.0


def kinds(verdicts: Sequence[Verdict]) -> Sequence[tuple[str, int]]:
    """In how many conversations something of each kind went wrong, the commonest first."""
    return Counter(
        kind for each in verdicts for kind in {failure.kind for failure in each.failures}
    ).most_common()


def table_of(verdicts: Sequence[Verdict], *, everything: bool) -> Table:
    """A row for every conversation that failed, or for all with what was said."""
    table = Table("conversation", "", "why", show_lines=everything)
    for each in verdicts:
        if each.passed and not everything:
            continue
        mark = "[green]passed[/]" if each.passed else "[red]failed[/]"
        why = [str(failure) for failure in each.failures]
        if everything:
            why = [*_transcript(each), *why]
        where = f"{each.conversation.name}\n[dim]{each.conversation.where}[/]"
        table.add_row(where, mark, escape("\n".join(why)))
    return table


def summary(verdicts: Sequence[Verdict]) -> str:
    """The figure in a sentence, and what goes wrong most."""
    passed = sum(each.passed for each in verdicts)
    lines = [f"{passed} of {len(verdicts)} conversations passed, {share(verdicts):.1%}."]
    lines += [f"{count:4} {kind.replace('_', ' ')}" for kind, count in kinds(verdicts)]
    return "\n".join(lines)


def _transcript(verdict: Verdict) -> list[str]:
    lines = []
    for turn in verdict.played.turns:
        people = f" [people: {turn.reason or 'theirs'}]" if turn.handoff else ""
        lines.append(f"> {turn.said}")
        lines.append(f"< {turn.reply} ({', '.join(turn.called) or 'no tools'}){people}")
    return lines
