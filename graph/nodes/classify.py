"""Second node: what does the customer want?"""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from langchain_core.messages import AnyMessage, HumanMessage
from langchain_core.runnables import RunnableConfig
from langgraph.runtime import Runtime

from agents.clauses import split_clauses
from agents.colleagues import told_before
from agents.cues import asks, points_back
from agents.curated import CuratedIndex, match_curated
from agents.human_request import only_sounds_like, wants_call, wants_to_talk
from agents.intents import IntentIndex, classify_text, is_outside, outside_of
from agents.registry import FALLBACK
from agents.repeats import MODEL, comparable, is_question, same_meaning, same_words
from agents.route_head import HANDOFF, OUT_OF_SCOPE
from agents.second_look import DECIDED, PATIENCE_S, second_look
from agents.sentiment import mood_of, whole_vector
from agents.structured import Structured
from agents.topic import Playbooks, goes_on, is_weak, rules_that_hold, without_follow_up
from agents.urgency import signs_of, urgency
from data.errors import Unavailable
from data.intents import Intent
from data.vectors import Vector
from graph.colleagues import is_colleagues, people_said
from graph.deps import Deps
from graph.draft import curated_source
from graph.moods import moods_after
from graph.routing import MIN_CONFIDENCE, owner_of
from graph.scope import Run
from graph.state import Clause, Curated, State, unanswered
from retrievers.embed import Embedder

logger = logging.getLogger(__name__)

MOST_CHARS = 2000  # of a message that are read for its intent; the rest rarely changes it
SURE = 0.5  # a person is asked for by rules first; the intent alone has to be likelier than not
MOST_LIKELY = 4  # guesses that a customer may be asked about
LIKELY = 0.08  # three times what chance gives each of some forty intents
UNKNOWN = Clause(text="", intent="unknown", specialist="general", account=False, confidence=0.0)


async def classify(
    state: State, config: RunnableConfig, runtime: Runtime[Run], *, deps: Deps
) -> dict[str, Any]:
    """Find the intents, the urgency, and whether a curated answer or a person is wanted.

    Reads: `messages`, `memory`, `moods`. Writes: `understanding`, `moods`.
    Where the embedding model is not loaded, or fails, keywords alone decide. What is unclear then
    is put to the language model, if there is one.
    """
    run = await deps.run_of(runtime, config)
    text = said_now(state["messages"])
    parts = split_clauses(text[:MOST_CHARS]) or [text[:MOST_CHARS]]
    index = await deps.intents.of(run.scope.tenant)
    vectors = await vectors_of(parts, deps.embedder)
    memory = state.get("memory", {})
    going_on = "topic" in memory
    clauses = [
        clause_of(*each, index, going_on=going_on) for each in zip(parts, vectors, strict=True)
    ]
    playbooks = await deps.content.playbooks_of(run.scope.tenant)
    wants_human = asks_for_people(text, clauses, memory, playbooks)
    if not wants_human and not run.replay and "playbook" not in memory:
        clauses = await clearer(clauses, state, run, deps, playbooks)
    answers = await deps.curated.of(run.scope.tenant)
    curated = None
    if may_be_curated(clauses, memory, playbooks):
        curated = curated_for(clauses[0], vectors[0], answers)
    else:
        clauses = [
            with_ready(clause, vector, answers, playbooks)
            for clause, vector in zip(clauses, vectors, strict=True)
        ]
    head = deps.sentiment
    comparable = deps.embedder.model == head.embedding_model
    mood = mood_of(text, whole_vector(parts, vectors) if comparable else None, head)
    return {
        "moods": moods_after(state.get("moods", []), state["messages"], mood, head),
        "understanding": {
            "text": text,
            "clauses": clauses,
            "urgency": urgency(text),
            "urgent_because": [sign.name for sign in signs_of(text)],
            "wants_human": wants_human,
            "curated": curated,
            "resumed": run.replay[0].specialist if run.replay else None,
            "rules": rules_that_hold(text, playbooks),
            "repeated": await asked_before(state, text, clauses, playbooks, deps.embedder),
            "told": told_before(text, people_said(state)),
        },
    }


async def asked_before(
    state: State,
    text: str,
    clauses: Sequence[Clause],
    playbooks: Playbooks,
    embedder: Embedder,
) -> bool:
    """Whether it was asked and answered before, by the assistant, and in vain.

    Not while a detail is waited for, nor after the customer was told to sign in and ask again, or
    has just shown who they are.
    """
    memory = state.get("memory", {})
    weak = all(is_weak(playbooks.get(c["intent"])) and not is_question(c["text"]) for c in clauses)
    if "playbook" in memory or "sign_in" in memory or state.get("proved") or weak:
        return False
    earlier = answered_questions(state["messages"])
    if same_words(text, earlier):
        return True
    others = comparable(text, earlier)
    if not others:
        return False
    vector, *known = await vectors_of([text, *others], embedder)
    if vector is None or embedder.model != MODEL:
        return False
    return same_meaning(vector, [each for each in known if each is not None])


def answered_questions(messages: Sequence[AnyMessage]) -> list[str]:
    """What the customer said before this turn, since people last spoke, oldest first."""
    before = messages[: len(messages) - len(unanswered(messages))]
    said: list[str] = []
    for message in before:
        if is_colleagues(message):
            said = []
        elif isinstance(message, HumanMessage):
            said.append(str(message.content))
    return said


async def vectors_of(parts: Sequence[str], embedder: Embedder) -> list[Vector | None]:
    """A vector for each part; None for all of them where there is no model or it fails."""
    if embedder.ready:
        try:
            return list(await embedder.embed(parts))
        except Unavailable:
            logger.warning("classified_without_vectors", exc_info=True)
    return [None] * len(parts)


def said_now(messages: Sequence[AnyMessage]) -> str:
    """What the customer wrote since the last answer, as one text."""
    return "\n".join(str(message.content) for message in unanswered(messages))


def clause_of(
    text: str, vector: Vector | None, index: IntentIndex, *, going_on: bool = False
) -> Clause:
    """One question with its likeliest intent, or nobody's: then nothing is done for it.

    In a conversation that has a subject it may belong to that, so it is not called nobody's.
    """
    guesses = classify_text(text, vector, index, going_on=going_on)
    if not guesses:
        return Clause({**UNKNOWN, "text": text})
    best = guesses[0]
    outside = round(outside_of(guesses), 4)
    if not going_on and is_outside(guesses, index):
        return Clause({**UNKNOWN, "text": text, "intent": OUT_OF_SCOPE, "outside": outside})
    return Clause(
        text=text,
        intent=best.name,
        specialist=owner_of(guesses),
        account=best.account,
        confidence=round(best.confidence, 4),
        outside=outside,
        likely={
            guess.name: guess.specialist
            for guess in guesses[:MOST_LIKELY]
            if guess.confidence >= LIKELY and guess.specialist != HANDOFF
        },
    )


async def clearer(
    clauses: Sequence[Clause], state: State, run: Run, deps: Deps, playbooks: Playbooks
) -> list[Clause]:
    """The clauses, with the language model's word for those that the tenant's examples leave open.

    What goes on with the last subject is no subject of its own, however unlike any example it is.
    """
    memory = state.get("memory", {})
    open_ones = [
        at
        for at, clause in enumerate(clauses)
        if clause["confidence"] < MIN_CONFIDENCE
        and len(clause["text"].split()) > 1
        and not goes_on(clause["text"], memory, playbooks)
    ]
    model = Structured(deps.models, deps.budget, PATIENCE_S, analysis=True)
    found = await second_look(
        model,
        run.scope.tenant,
        [clauses[at]["text"] for at in open_ones],
        state["messages"],
        (await deps.intents.of(run.scope.tenant)).intents,
        run.deadline,
    )
    decided = {at: intent for at, intent in zip(open_ones, found, strict=True) if intent}
    return [
        clause_as(clause, decided[at]) if at in decided else clause
        for at, clause in enumerate(clauses)
    ]


def clause_as(clause: Clause, intent: Intent) -> Clause:
    """The clause with the intent that was decided for it."""
    return Clause(
        {
            **clause,
            "intent": intent.name,
            "specialist": FALLBACK if intent.specialist == HANDOFF else intent.specialist,
            "account": intent.account,
            "confidence": DECIDED,
        }
    )


def may_be_curated(
    clauses: Sequence[Clause], memory: Mapping[str, Any], playbooks: Playbooks
) -> bool:
    """A ready answer fits one plain question: no account, no detail that a playbook waits for.

    What a playbook does is for the playbook, unless it is asked about; what points back needs more
    than a ready answer. What sounds like nobody's matter may have an answer nevertheless.
    """
    return (
        len(clauses) == 1
        and not clauses[0]["account"]
        and (clauses[0]["confidence"] >= MIN_CONFIDENCE or clauses[0]["intent"] == OUT_OF_SCOPE)
        and not memory.keys() & {"playbook", "confirming"}
        and (is_weak(playbooks.get(clauses[0]["intent"])) or asks(clauses[0]["text"]))
        and not goes_on(clauses[0]["text"], memory, playbooks)
        and not ("told" in memory and points_back(clauses[0]["text"]))
    )


def with_ready(
    clause: Clause, vector: Vector | None, index: CuratedIndex, playbooks: Playbooks
) -> Clause:
    """A part of a message with the curated answer to it, where it is a question of that kind."""
    if not may_be_curated([clause], {}, playbooks):
        return clause
    found = curated_for(clause, vector, index)
    return Clause({**clause, "ready": dict(curated_source(found))}) if found else clause


def curated_for(clause: Clause, vector: Vector | None, index: CuratedIndex) -> Curated | None:
    """The curated answer of a question, where its intent agrees."""
    found = match_curated(clause["text"], vector, index, intents=[clause["intent"]])
    if found is None:
        return None
    return Curated(
        specialist=found.answer.specialist,
        name=found.answer.name,
        response=found.answer.response,
        level=found.level,
        confidence=found.confidence,
    )


def asks_for_people(
    text: str, clauses: Sequence[Clause], memory: Mapping[str, Any], playbooks: Playbooks
) -> bool:
    """Whether the message asks for a person: by its words, or by an intent that is surely so.

    What goes on with the last subject does not: "escalate it" is said of a ticket. Nor does a
    call, where it is part of what a playbook arranges.
    """
    said = without_follow_up(text, memory, playbooks)
    if wants_to_talk(said):
        return True
    if calls_back(clauses, memory, playbooks):
        return False
    return wants_call(said) or any(
        clause["specialist"] == HANDOFF
        and clause["confidence"] >= SURE
        and not only_sounds_like(clause["text"])
        and not goes_on(clause["text"], memory, playbooks)
        for clause in clauses
    )


def calls_back(clauses: Sequence[Clause], memory: Mapping[str, Any], playbooks: Playbooks) -> bool:
    """Whether the playbook that waits for a detail, or one that surely fits, has people call."""
    waiting = memory.get("playbook")
    fitting = [c["intent"] for c in clauses if c["confidence"] >= MIN_CONFIDENCE]
    return any(
        playbook.calls_back and (playbook.name == waiting or intent in fitting)
        for intent, playbook in playbooks.items()
    )
