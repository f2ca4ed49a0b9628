"""A specialist at work: its agent runs until it has an answer, or passes the turn on."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from langchain_core.messages import AIMessage, AnyMessage
from langchain_core.runnables import RunnableConfig
from langgraph.config import get_stream_writer
from langgraph.runtime import Runtime

from agents.context import TurnContext
from agents.control import hand_over_in, transfer_in
from agents.facts import Clause, Facts
from agents.memory import after_search
from agents.model_call import STOP
from agents.registry import SPECIALISTS
from graph.colleagues import hand_back_note, people_said
from graph.crew import Crew
from graph.deps import Deps
from graph.draft import draft_from, found_nothing
from graph.nodes.identify import with_proof
from graph.reasons import MOST_SUMMARY_CHARS
from graph.routing import HANDOFF, MOST_TRANSFERS, first_specialist
from graph.scope import Run
from graph.state import State
from graph.tone import tone_of


async def work(
    state: State,
    config: RunnableConfig,
    runtime: Runtime[Run],
    *,
    deps: Deps,
    crew: Crew,
    name: str | None = None,
) -> dict[str, Any]:
    """Answer as one specialist.

    Reads: `messages`, `understanding`, `context`, `memory`, and what specialists before carried.
    Writes: `draft` (and `proof`, `mailed`), or `handoff`, or one more of `transfers`; and `memory`.
    """
    run = await deps.run_of(runtime, config)
    who = name or _asked_specialist(state)
    carried = state.get("carried", [])
    started = [*state["messages"], *carried]
    answer = await crew.answer(who, started, await _context(state, run, deps, who))
    said: list[AnyMessage] = [*carried, *answer]
    last = _last_word(said)
    update: dict[str, Any] = {}
    if (memory := last.response_metadata.get("memory")) is not None:
        update["memory"] = memory
    if handoff := _handoff(last, state):
        return {**update, "handoff": handoff, "carried": said}
    transfer = transfer_in(last)
    if transfer and transfer.specialist in await _others(who, run.scope.tenant, deps):
        if len(state["transfers"]) >= MOST_TRANSFERS:
            return {**update, "handoff": _request("tool_limit", state), "carried": said}
        step = {"origin": who, "target": transfer.specialist, "reason": transfer.reason}
        return {**update, "transfers": [*state["transfers"], step], "carried": said}
    if "memory" not in update:  # the offline engine sees to it itself
        before = state.get("memory", {})
        if (after := after_search(before, in_vain=found_nothing(said))) is None:
            return {"handoff": _request("data_gap", state), "carried": said}
        update["memory"] = after
    drafted = await with_proof(draft_from(said, state, who), said, state, run, deps)
    return {**update, **drafted, "carried": []}


async def _others(who: str, tenant: str, deps: Deps) -> set[str]:
    """Whom a turn may be passed to: ours, and those that the tenant's own content names."""
    index = await deps.intents.of(tenant)
    curated = await deps.curated.of(tenant)
    named = {intent.specialist for intent in index.intents}
    named |= {answer.specialist for answer in curated.answers}
    return {*SPECIALISTS, *named} - {who, HANDOFF}


def _asked_specialist(state: State) -> str:
    """Whom a transfer or the intent named, where the node itself has no name."""
    transfers = state.get("transfers", [])
    return transfers[-1]["target"] if transfers else first_specialist(state)


async def _context(state: State, run: Run, deps: Deps, who: str) -> TurnContext:
    understanding = state["understanding"]
    content = await deps.content.of(run.scope.tenant)
    customer = state["context"].get("customer")
    facts = Facts(
        specialist=who,
        text=understanding["text"],
        clauses=tuple(Clause(**clause) for clause in understanding["clauses"]),
        identity=run.scope.identity,
        customer=customer,
        memory=state.get("memory", {}),
        tone=await tone_of(state, run, deps),
        company=dict(content.company),
        people_said=tuple(people_said(state)),
        hand_back=hand_back_note(state),
        shown=state.get("shown"),
        done=frozenset(
            clause["intent"]
            for clause in understanding["clauses"]
            if clause["specialist"] in {t["origin"] for t in state.get("transfers", [])}
        ),
    )
    return TurnContext(
        scope=replace(run.scope, specialist=who),
        database=deps.database,
        turn_id=run.turn_id,
        lease_token=run.lease_token,
        facts=facts,
        tones=content.tones,
        replay=run.replay,
        deadline=run.deadline,
        emit=get_stream_writer(),
        refusals=deps.refusals,
        codes=deps.codes,
    )


def _last_word(said: Sequence[AnyMessage]) -> AIMessage:
    """The model's last message; a control tool's own answer may stand after it."""
    for message in reversed(said):
        if isinstance(message, AIMessage):
            return message
    raise ValueError("an agent ended without a word of its model")


def _handoff(last: AIMessage, state: State) -> dict[str, Any] | None:
    if why := last.response_metadata.get(STOP):
        return _request(str(why), state)
    if asked := hand_over_in(last):
        return _request(asked.reason, state, asked.summary)
    return None


def _request(reason: str, state: State, summary: str | None = None) -> dict[str, Any]:
    understanding = state["understanding"]
    return {
        "reasons": [reason],
        "summary": summary or understanding["text"][:MOST_SUMMARY_CHARS],
        "priority": understanding["urgency"],
    }
