"""What nodes work with, bound once when the graph is built."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from langchain_core.runnables import RunnableConfig
from langgraph.runtime import Runtime

from agents.budget import Budget
from agents.content import Contents
from agents.curated_index import CuratedIndexes
from agents.intent_index import IntentIndexes
from agents.models import Models
from agents.sentiment_head import Head, shipped_head
from data.db import Database
from data.scope import Scope
from graph.scope import Run
from retrievers.embed import Embedder
from tools.codes import CodeKey
from tools.operation import Operation
from tools.refusals import Refusals

RunOf = Callable[[Runtime[Run], RunnableConfig], Awaitable[Run]]


AdmitCode = Callable[[Scope], Awaitable[None]]
"""Counts a one-time code that is about to be sent; raises RateLimited where it is one too many."""


async def unlimited(scope: Scope) -> None:
    """Codes are limited by conversation and account only: nobody comes in from outside."""


async def given_run(runtime: Runtime[Run], config: RunnableConfig) -> Run:
    """The identity the server put into the run.

    Raises:
        RuntimeError: it put none: a bug, not a user's error.
    """
    if runtime.context is None:
        raise RuntimeError("a run needs an identity in its context")
    return runtime.context


@dataclass(frozen=True, slots=True)
class Deps:
    """`content` is what tenants wrote; `run_of` is replaced where no server gives identities."""

    database: Database
    embedder: Embedder
    models: Models
    operations: Mapping[str, Operation]
    content: Contents
    intents: IntentIndexes
    curated: CuratedIndexes
    default_tone: str = "friendly"
    sentiment: Head = field(default_factory=shipped_head)
    refusals: Refusals = field(default_factory=Refusals)
    budget: Budget | None = None
    codes: CodeKey = field(default_factory=CodeKey.of_nobody)
    admit_code: AdmitCode = unlimited
    run_of: RunOf = given_run
