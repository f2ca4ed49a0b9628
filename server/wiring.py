"""Where everything is opened and closed again. Nothing else in Switchboard opens a resource."""

import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace

from threadpoolctl import threadpool_limits

from agents import route_head
from agents.budget import Budget
from agents.content import Contents
from agents.curated_index import CuratedIndexes
from agents.intent_index import IntentIndexes
from agents.models import ModelConfig, Models
from agents.sentiment_head import head_in
from agents.structured import Structured
from checkpoints.saver import TurnSaver
from data import changes
from data.db import Database, open_database
from data.identity_providers import IdentityProvider
from graph.approvals import Approvals
from graph.build import Graph, build_graph
from graph.copilot import Copilot
from graph.deps import Deps
from graph.events import Events
from graph.feelings import Feelings
from graph.handback import HandBacks
from graph.runner import Runner
from graph.state import LASTING
from graph.turns import Turns
from retrievers.embed import Embedder
from server.auth.attempts import Attempts
from server.auth.authenticator import Authenticator
from server.auth.oidc import SingleSignOn
from server.auth.passwords import Passwords
from server.auth.sign_in import SignIn
from server.carriers import open_carrier
from server.changes import forgetting
from server.code_limit import CodeLimit
from server.embedding import embedder_of
from server.hints import Hints
from server.installation import channel_prefix, code_key, installation_secrets, keyring
from server.jobs.queue import Jobs, open_jobs
from server.limits import Limits, open_limits
from server.notices import Notices
from server.settings import Settings
from server.sockets.exchange import Exchange
from server.sockets.suggesting import Suggesting
from server.tenant_rules import AllRules
from tools.codes import CodeKey
from tools.gaps import GapReport
from tools.knowledge import knowledge_search_in
from tools.operation import Operation
from tools.refusals import Refusals
from tools.registry import OPERATIONS

logger = logging.getLogger(__name__)

ARTICLE_S = 30.0  # how long a model may write a whole article
DRAIN_S = 20.0  # how long a stopping server lets its turns end


@dataclass(frozen=True, slots=True)
class Services:
    """What doors work with."""

    settings: Settings
    database: Database
    embedder: Embedder
    models: Models
    graph: Graph
    turns: Turns
    handbacks: HandBacks
    copilot: Copilot
    feelings: Feelings
    approvals: Approvals
    gaps: GapReport
    article_model: Structured
    authenticator: Authenticator
    sign_in: SignIn
    single_sign_on: SingleSignOn
    jobs: Jobs
    content: Contents
    curated: CuratedIndexes
    intents: IntentIndexes
    limits: Limits
    rules: AllRules
    refusals: Refusals
    codes: CodeKey
    exchange: Exchange
    notices: Notices


@asynccontextmanager
async def open_services(settings: Settings, url: str) -> AsyncIterator[Services]:
    """Open everything a server needs, on a database whose schema is up to date.

    The embedding model loads in the background; until it is there, keywords serve.
    """
    async with AsyncExitStack() as stack:
        # the products here are small: a second thread costs more in waiting than it brings
        stack.enter_context(threadpool_limits(1, "blas"))
        database = await stack.enter_async_context(
            open_database(
                url,
                minimum=settings.db_pool_min,
                maximum=settings.db_pool_max,
                keyring=keyring(settings),
            )
        )
        carrier = await stack.enter_async_context(
            open_carrier(database, url, settings.redis_url, channel_prefix(settings))
        )
        hints = Hints(carrier)
        await stack.enter_async_context(hints.told())
        database = replace(database, told=hints.put)
        embedder = embedder_of(settings)
        embedder.start()
        stack.callback(embedder.close)
        limits = await stack.enter_async_context(open_limits(settings.redis_url))
        deps = replace(
            make_deps(settings, database, embedder),
            codes=code_key(settings),
            admit_code=CodeLimit(limits).admit,
        )
        notices = Notices(database, deps.codes, shown=settings.env == "dev")
        saver, events = TurnSaver(database, LASTING), Events()
        graph = build_graph(deps, saver)
        runner = Runner(
            database, graph, saver, events, settings.turn_deadline_s, deliver=notices.deliver
        )
        feelings = Feelings(database, embedder, deps.sentiment)
        turns = Turns(database, runner, events, feelings, deps.codes)
        handbacks = HandBacks(database, graph, saver, turns)
        jobs = await stack.enter_async_context(open_jobs(url, database, turns, handbacks))
        stack.push_async_callback(turns.drain, DRAIN_S)
        secrets = installation_secrets(settings)
        authenticator = Authenticator(database, secrets, allow_visitors=not settings.needs_api_key)
        await stack.enter_async_context(authenticator.last_used.written())
        kept = {
            "company": deps.content.forget,
            "curated": deps.curated.forget,
            "intents": deps.intents.forget,
        }
        copilot = Copilot(deps, graph)
        exchange = Exchange(database, events, carrier)
        Suggesting(database, exchange, copilot)
        heard_by = {changes.CHANNEL: forgetting(kept), **exchange.heard_by}
        await stack.enter_async_context(carrier.hearing(heard_by, exchange.missed))
        await stack.enter_async_context(exchange.running())
        yield Services(
            settings=settings,
            database=database,
            embedder=embedder,
            models=deps.models,
            graph=graph,
            turns=turns,
            handbacks=handbacks,
            copilot=copilot,
            feelings=feelings,
            approvals=Approvals(database),
            gaps=GapReport(database, embedder),
            article_model=Structured(deps.models, deps.budget, ARTICLE_S),
            authenticator=authenticator,
            sign_in=SignIn(
                database,
                secrets.operators,
                Passwords(settings.password_hash_cost),
                Attempts(limits).admit,
            ),
            single_sign_on=single_sign_on(settings, database, secrets.operators),
            jobs=jobs,
            limits=limits,
            content=deps.content,
            curated=deps.curated,
            intents=deps.intents,
            rules=AllRules(database, settings),
            refusals=deps.refusals,
            exchange=exchange,
            codes=deps.codes,
            notices=notices,
        )


def make_deps(settings: Settings, database: Database, embedder: Embedder) -> Deps:
    """What the graph's nodes work with."""
    content = Contents(database)
    search = knowledge_search_in(database, embedder)
    operations: dict[str, Operation] = {**OPERATIONS, search.name: search}
    return Deps(
        database=database,
        embedder=embedder,
        models=Models(model_config(settings)),
        operations=operations,
        content=content,
        curated=CuratedIndexes(database, embedder),
        intents=IntentIndexes(
            database, embedder, route_head.head_in(settings.data_dir, embedder.model)
        ),
        default_tone=settings.default_tone,
        budget=Budget(database, content, settings.model_tokens_per_day),
        sentiment=head_in(settings.data_dir),
    )


def single_sign_on(settings: Settings, database: Database, secret: str) -> SingleSignOn:
    """Through a company's own identity provider, else the one that the settings name, if any."""
    given = settings.oidc_client_secret
    usual = None
    if settings.oidc_issuer is not None and settings.oidc_client_id is not None:
        usual = IdentityProvider(
            issuer=settings.oidc_issuer,
            client_id=settings.oidc_client_id,
            client_secret=given.get_secret_value() if given else None,
        )
    here = f"http://{settings.host}:{settings.port}/v1/auth/oidc/callback"
    return SingleSignOn(database, secret, settings.oidc_redirect_url or here, usual)


def model_config(settings: Settings) -> ModelConfig:
    """The language model that the settings name."""
    key = settings.llm_api_key
    return ModelConfig(
        provider=settings.llm_provider,
        api_key=key.get_secret_value() if key else None,
        base_url=settings.llm_base_url,
        model=settings.llm_model,
        analysis_model=settings.llm_analysis_model,
        timeout_s=settings.turn_deadline_s / 2,
    )
