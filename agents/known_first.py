"""Before a language model is asked: a plain question is put to the articles.

Where a passage answers it, the offline engine says so with its source, and the model is not
needed. Where none does, the model sees what was found. Pure functions.
"""

from collections.abc import Mapping, Sequence

from langchain_core.messages import AIMessage, AnyMessage

from agents.facts import Facts
from agents.moves import Move, Result
from agents.offline import as_message, decided, results_in
from agents.playbook import Playbook
from tools.gaps import KNOWLEDGE_THRESHOLD

SEARCH = "knowledge_search"


def known_first(
    facts: Facts, playbooks: Mapping[str, Playbook], messages: Sequence[AnyMessage]
) -> AIMessage | None:
    """The search to make, or the articles' answer; None: it is for the model.

    Args:
        facts: the turn.
        playbooks: the tenant's, by intent: what they do, the articles need not be asked about.
        messages: the turn so far.
    """
    results = results_in(messages)
    if not is_plain(facts) or any(result.tool != SEARCH for result in results):
        return None
    move = decided(facts, playbooks, results)
    said = answers(move) and is_near(results)
    return as_message(move, facts) if searches(move) or said else None


def is_plain(facts: Facts) -> bool:
    """One question, about nobody's account, and no answer to one of ours."""
    clauses = facts.clauses
    return len(clauses) == 1 and not clauses[0].account and "playbook" not in facts.memory


def searches(move: Move) -> bool:
    """Whether the move looks into the articles and does nothing else."""
    return bool(move.calls) and all(call.tool == SEARCH for call in move.calls)


def is_near(results: Sequence[Result]) -> bool:
    """Whether a passage is near enough to answer by itself, whatever words it shares."""
    found = [passage for result in results for passage in result.value or ()]
    return any(passage["score"] >= KNOWLEDGE_THRESHOLD for passage in found)


def answers(move: Move) -> bool:
    """Whether the move is what an article says."""
    if move.calls or move.transfer or move.hand_over or not move.text:
        return False
    found = not move.memory.get("nothing_found")
    return found and move.memory.get("topic", {}).get("playbook") == ""
