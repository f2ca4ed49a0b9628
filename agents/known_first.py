"""Before an agent is asked: a question is put to the articles.

Where a passage answers it, the offline engine says so with its source, and neither a language
model nor an agent's loop is needed. Where none does, the agent sees what was found.
"""

import asyncio
from collections.abc import Mapping, Sequence

from langchain_core.messages import AnyMessage, ToolCall, ToolMessage

from agents.context import TurnContext
from agents.facts import Facts
from agents.model_call import MOST_ROUNDS, numbered
from agents.moves import Move, Result
from agents.offline import as_message, decided, results_in
from agents.playbook import Playbook
from agents.toolbox import answer_of, rounds_in
from tools.gaps import KNOWLEDGE_THRESHOLD
from tools.operation import Operation

SEARCH = "knowledge_search"


async def known_first(
    context: TurnContext,
    search: Operation,
    playbooks: Mapping[str, Playbook],
    messages: Sequence[AnyMessage],
    *,
    with_model: bool,
) -> list[AnyMessage]:
    """The search, what it found and, where that answers the question, the answer.

    Nothing where the articles need not be asked, or were asked already. A turn that is run again
    takes the way that it took.

    Args:
        context: the specialist's share of the turn.
        search: the operation of that name.
        playbooks: the tenant's, by intent: what they do, the articles need not be asked about.
        messages: the turn so far.
        with_model: whether a language model answers what the articles don't.
    """
    number = len(rounds_in(messages))
    if context.replay or number >= MOST_ROUNDS:
        return []
    move = first_move(context.facts, playbooks, results_in(messages), with_model=with_model)
    if move is None:
        return []
    asked = numbered(as_message(move, context.facts), number)
    turn = [*messages, asked]
    found = await asyncio.gather(*(_looked(context, search, turn, c) for c in asked.tool_calls))
    results = results_in([*turn, *found])
    said = decided(context.facts, playbooks, results)
    enough = not with_model or (answers(said) and is_near(results))
    answer = [as_message(said, context.facts)] if enough and is_last(said) else []
    return [asked, *found, *answer]


def first_move(
    facts: Facts, playbooks: Mapping[str, Playbook], results: Sequence[Result], *, with_model: bool
) -> Move | None:
    """The search to begin with; None: something else comes first."""
    if any(result.tool == SEARCH for result in results) or (with_model and not is_plain(facts)):
        return None
    move = decided(facts, playbooks, results)
    return move if searches(move) else None


async def _looked(
    context: TurnContext, search: Operation, turn: list[AnyMessage], call: ToolCall
) -> ToolMessage:
    number = str(call["id"])
    content = await answer_of(search, context, turn, number, call["args"])
    return ToolMessage(content, name=search.name, tool_call_id=number)


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


def is_last(move: Move) -> bool:
    """Whether the move ends the specialist's work with words."""
    return bool(move.text) and not (move.calls or move.transfer or move.hand_over)


def answers(move: Move) -> bool:
    """Whether the move is what an article says."""
    found = not move.memory.get("nothing_found")
    return found and move.memory.get("topic", {}).get("playbook") == ""
