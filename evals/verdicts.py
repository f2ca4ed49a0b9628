"""What the judge said of a conversation."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from evals.judge import Failure, Played
from evals.scripts import Conversation
from evals.suite import Outcome


@dataclass(frozen=True, slots=True)
class Verdict:
    """A conversation passed when nothing is held against it."""

    conversation: Conversation
    played: Played
    failures: tuple[Failure, ...]

    @property
    def passed(self) -> bool:
        return not self.failures


def kinds(verdicts: Sequence[Verdict]) -> Sequence[tuple[str, int]]:
    """In how many conversations something of each kind went wrong, the commonest first."""
    return Counter(
        kind for each in verdicts for kind in {failure.kind for failure in each.failures}
    ).most_common()


def outcome_of(verdict: Verdict) -> Outcome:
    """A verdict as every suite has it: why it failed, and what was said."""
    return Outcome(
        case=f"{verdict.conversation.name} ({verdict.conversation.where})",
        passed=verdict.passed,
        why="\n".join(map(str, verdict.failures)),
        said="\n".join(_transcript(verdict)),
    )


def _transcript(verdict: Verdict) -> list[str]:
    lines = []
    for turn in verdict.played.turns:
        people = f" [people: {turn.reason or 'theirs'}]" if turn.handoff else ""
        lines.append(f"> {turn.said}")
        lines.append(f"< {turn.reply} ({', '.join(turn.called) or 'no tools'}){people}")
    return lines
