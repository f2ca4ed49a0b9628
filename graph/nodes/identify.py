"""Who is it? Takes codes that the customer wrote, and has them sent; no model is asked.

What they wanted before is kept, and answered as if they had just said it once they are known.
"""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid5

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, RemoveMessage, ToolMessage

from agents.evidence import is_refusal
from agents.phrases import phrase
from agents.proof import Proof, address_in, begun, begun_for, next_step
from agents.registry import FALLBACK
from data.errors import NotFound, RateLimited
from graph.deps import Deps
from graph.scope import Run
from graph.state import Draft, State, Understanding, unanswered
from graph.tone import tone_of
from tools.codes import Purpose, ask_code
from tools.operation import Effect, Operation
from tools.perform import values_of
from tools.ruling import purpose_of

TRIED = "code"  # in a message's metadata and additional_kwargs: what came of its code
GIVEN_UP = "The customer wrote too many wrong codes; somebody has to find out who they are."


async def identified(state: State, run: Run, deps: Deps) -> dict[str, Any]:
    """What a code, or a wish for one, makes of the turn; empty where it is about something else.

    Either the customer's `messages` anew, as their earlier request, or a `draft` or `handoff` of
    its own; and `proof`, `proved`, `mailed`. With a code for an action it is as it was when the
    customer asked for that: `memory`, and `shown`, what may be done now.
    """
    asked = unanswered(state["messages"])
    tries = [str(m.additional_kwargs[TRIED]) for m in asked if TRIED in m.additional_kwargs]
    text = "\n".join(str(message.content) for message in asked)
    step = next_step(
        state.get("proof"),
        text,
        ("right" if "right" in tries else tries[-1]) if tries else None,
        verified=run.scope.verified_customer is not None,
        tone=await tone_of({**state, "understanding": _understood(text)}, run, deps),
    )
    if step is None:
        return {}
    update: dict[str, Any] = {"proof": step.proof, "proved": step.proved}
    if step.go_on is not None:
        last = asked[-1]
        others = [RemoveMessage(str(message.id)) for message in asked[:-1]]
        update["messages"] = [*others, HumanMessage(step.go_on, id=last.id)]
        if step.shown:
            then = {"specialist": step.shown["specialist"]}
            update |= {"shown": step.shown["action"] | then, "memory": step.shown["memory"]}
        return update
    if step.give_up:
        request = {"reasons": ["tool_limit"], "summary": GIVEN_UP, "priority": "medium"}
        return {**update, "understanding": _understood(text), "handoff": request}
    said = step.say
    if step.send and step.proof:
        said = await send_code(deps, run, step.proof)
        update["mailed"] = True
    return {**update, "understanding": _understood(text), "draft": _draft(said)}


async def send_code(deps: Deps, run: Run, proof: Proof) -> str:
    """Have a code sent, if there is such an account; what to say, which is the same if not.

    A repeated turn sends it once.
    """
    tone = run.tone or deps.default_tone
    action, address = proof.get("action"), proof["address"]
    purpose = Purpose(action["operation"], action["arguments"]) if action else Purpose()
    matter = action["matter"] if action else None
    try:
        await deps.admit_code(run.scope)
        async with deps.database.transaction(run.scope.tenant) as db:
            number = uuid5(run.turn_id, "code")
            await ask_code(db, run.scope, deps.codes, purpose, address, number, matter)
    except RateLimited as error:
        minutes = math.ceil(error.retry_after_s / 60)
        return phrase("code.too_often", tone, minutes=minutes)
    except NotFound:  # no server has taken the conversation in: nobody could show the code
        return phrase("unverified", tone)
    return phrase("code.sent" if address else "code.for_action", tone, address=address)


async def with_proof(
    draft: Draft, said: Sequence[AnyMessage], state: State, run: Run, deps: Deps
) -> dict[str, Any]:
    """A specialist's draft; where it lacks a known customer, with a code that is sent or offered.

    Where a call has to wait for a code of its own, that is sent.

    Args:
        draft: what the specialist would say.
        said: the turn's messages by models and tools.
        state: the turn.
        run: who it is for.
        deps: what nodes work with.
    """
    tone = await tone_of(state, run, deps)
    if held := held_for_code(said, deps.operations):
        return await _with_action_code(draft, held, state, run, deps)
    plea = phrase("unverified", tone)
    # what was written down for somebody unknown is what they wanted
    writes = {name for name, each in deps.operations.items() if each.effect is Effect.WRITE}
    served = not writes.isdisjoint(draft["done"])
    lacking = plea in draft["text"] or (_refused(said) and not served)
    if run.scope.verified_customer is not None or not lacking:
        return {"draft": draft}
    before = state.get("proof") or {}
    words = [str(m.content) for m in state["messages"] if isinstance(m, HumanMessage)]
    address = address_in(words[-1]) or before.get("address") or address_in(*words)
    more, mailed = phrase("offer_code", tone), False
    if address and address == before.get("address"):
        more = phrase("code.waiting", tone, address=address)
    elif address:
        more, mailed = await send_code(deps, run, begun("", address)), True
    said_before = draft["text"].replace(plea, "").strip() if address else draft["text"]
    text = said_before if plea in said_before else f"{said_before}\n\n{more}".strip()
    return {
        "draft": {**draft, "text": text, "evidence": [*draft["evidence"], more]},
        "proof": begun(state["understanding"]["text"], address),
        "mailed": mailed,
    }


def held_for_code(
    said: Sequence[AnyMessage], operations: Mapping[str, Operation]
) -> dict[str, Any] | None:
    """The first call that was held back until a code is shown: what a code for it is bound to."""
    calls = {c["id"]: c for m in said if isinstance(m, AIMessage) for c in m.tool_calls}
    for message in said:
        call = calls.get(getattr(message, "tool_call_id", None))
        if call is None or not is_refusal(str(message.content), "needs_code"):
            continue
        operation = operations[call["name"]]
        purpose = purpose_of(operation, values_of(operation, call["args"]))
        matter = json.loads(str(message.content))["matter"]
        return {"operation": purpose.action, "arguments": purpose.parameters, "matter": matter}
    return None


async def _with_action_code(
    draft: Draft, held: Mapping[str, Any], state: State, run: Run, deps: Deps
) -> dict[str, Any]:
    wanted, memory = state["understanding"]["text"], state.get("memory", {})
    proof = begun_for(wanted, held, draft["specialist"], memory)
    needed = phrase("code.needed", await tone_of(state, run, deps), matter=held["matter"])
    more = await send_code(deps, run, proof)
    before = draft["text"].replace(needed, "").strip()
    text = "\n\n".join(filter(None, [before, f"{needed} {more}"]))
    evidence = [*draft["evidence"], needed, more]
    return {
        "draft": {**draft, "text": text, "evidence": evidence},
        "proof": proof,
        "mailed": True,
    }


def _refused(said: Sequence[AnyMessage]) -> bool:
    """Whether a tool was refused because nobody has proved who they are."""
    answers = [str(m.content) for m in said if isinstance(m, ToolMessage)]
    return any(is_refusal(answer, "needs_verification") for answer in answers)


def _understood(text: str) -> Understanding:
    """Nothing is left to be understood of such a message."""
    return {
        "text": text,
        "clauses": [],
        "urgency": "low",
        "wants_human": False,
        "curated": None,
    }


def _draft(text: str) -> Draft:
    return Draft(
        text=text,
        specialist=FALLBACK,
        answered_by="tools",
        match_level=None,
        confidence=1.0,
        sources=[],
        tool_calls=[],
        done=[],
        evidence=[text],
    )
