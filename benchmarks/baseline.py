"""What a team gets without Switchboard: FastAPI, LangServe, a four-node graph, the stock saver.

    DATABASE_URL=... MODEL_URL=... python -m uvicorn --factory benchmarks.baseline:create_app

Everything is used as shipped: `durability="async"`, `add_messages` over the whole history, and
`AsyncPostgresSaver` with its one lock over a pool of ten. `POST /floor/invoke` in the same app
does the least that answers a customer and remembers it: one HTTP call to the model and one
transaction of three rows.

With `TRIM=1` the model is sent a window of the thread and the customer the answer alone. Both
are whole lists in the plain baseline, and on a long thread walking them costs more than all the
rest; trimmed, what add_messages and the checkpoints cost is seen by itself.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import FastAPI
from langchain_openai import ChatOpenAI
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from langgraph.graph import END, START, MessagesState, StateGraph
from langserve import add_routes
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool
from pydantic import BaseModel, SecretStr
from typing_extensions import TypedDict

POOL_SIZE = 10
MODEL = "bench"
WINDOW = 20  # messages the model is sent when trimmed
SPECIALISTS = ("tech", "billing", "general")
PROFILE = {
    "name": "Ada",
    "plan": "pro",
    "tickets": [{"id": n, "subject": f"Issue {n}", "status": "closed"} for n in range(5)],
}
FLOOR_TABLE = "CREATE TABLE floor (thread text, role text, content text)"
FLOOR_ROW = "INSERT INTO floor VALUES (%s, %s, %s)"


class Caller(TypedDict, total=False):
    """Without it LangServe drops `configurable.thread_id`."""

    thread_id: str


class Conversation(MessagesState, total=False):
    profile: dict[str, Any]
    intent: str
    turns: int
    answer: str


class Answer(TypedDict):
    answer: str


async def enrich(state: Conversation) -> dict[str, Any]:
    return {"profile": PROFILE, "turns": state.get("turns", 0) + 1}


async def classify(state: Conversation) -> dict[str, str]:
    text = str(state["messages"][-1].content)
    named = {"invoice": "billing", "error": "tech"}
    return {"intent": next((intent for word, intent in named.items() if word in text), "general")}


async def finalize(state: Conversation) -> dict[str, int]:
    return {"turns": state["turns"]}


def route(state: Conversation) -> str:
    return state["intent"]


def build_graph(model: ChatOpenAI, saver: AsyncPostgresSaver, *, trim: bool) -> Any:
    """enrich, classify, one of three specialists that ask the model, finalize."""
    window = WINDOW if trim else 0

    async def specialist(state: Conversation) -> dict[str, Any]:
        said = await model.ainvoke(state["messages"][-window:])
        return {"messages": [said]} | ({"answer": said.content} if trim else {})

    graph = StateGraph(
        Conversation,
        input_schema=MessagesState,
        output_schema=Answer if trim else Conversation,
        context_schema=Caller,
    )
    graph.add_node("enrich", enrich)
    graph.add_node("classify", classify)
    graph.add_node("finalize", finalize)
    for name in SPECIALISTS:
        graph.add_node(name, specialist)
        graph.add_edge(name, "finalize")
    graph.add_edge(START, "enrich")
    graph.add_edge("enrich", "classify")
    graph.add_conditional_edges("classify", route, list(SPECIALISTS))
    graph.add_edge("finalize", END)
    return graph.compile(checkpointer=saver)


class FloorInput(BaseModel):
    thread_id: str
    message: str


class FloorOutput(BaseModel):
    reply: str


async def take_floor_turn(
    asked: FloorInput, http: httpx.AsyncClient, pool: AsyncConnectionPool[Any]
) -> FloorOutput:
    """Ask the model, then keep question, answer and a marker row in one transaction."""
    body = {"model": MODEL, "messages": [{"role": "user", "content": asked.message}]}
    answer = (await http.post("chat/completions", json=body)).raise_for_status().json()
    reply = answer["choices"][0]["message"]["content"]
    rows = [("user", asked.message), ("assistant", reply), ("turn", "")]
    async with pool.connection() as db, db.transaction(), db.cursor() as cursor:
        await cursor.executemany(FLOOR_ROW, [(asked.thread_id, *row) for row in rows])
    return FloorOutput(reply=reply)


def create_app() -> FastAPI:
    """Serve `/baseline/invoke` (LangServe) and `/floor/invoke`; `GET /ok` once both are up."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        database, url = os.environ["DATABASE_URL"], os.environ["MODEL_URL"]
        trim = os.environ.get("TRIM") == "1"
        model = ChatOpenAI(
            model=MODEL, base_url=url, api_key=SecretStr("none"), max_retries=0, timeout=60
        )
        async with (
            _pool(database) as pool,
            httpx.AsyncClient(base_url=url) as http,
        ):
            saver = AsyncPostgresSaver(pool)
            await saver.setup()
            await _create_floor(pool)
            graph = build_graph(model, saver, trim=trim)
            add_routes(app, graph, path="/baseline", config_keys=["configurable"])

            async def floor(asked: FloorInput) -> FloorOutput:
                return await take_floor_turn(asked, http, pool)

            async def ok() -> bool:
                return True

            app.add_api_route("/floor/invoke", floor, methods=["POST"])
            app.add_api_route("/ok", ok)
            yield

    return FastAPI(lifespan=lifespan)


def _pool(url: str) -> AsyncConnectionPool[Any]:
    """The saver's documented connection settings."""
    settings = {"autocommit": True, "prepare_threshold": 0, "row_factory": dict_row}
    return AsyncConnectionPool(
        url, min_size=POOL_SIZE, max_size=POOL_SIZE, open=False, kwargs=settings
    )


async def _create_floor(pool: AsyncConnectionPool[Any]) -> None:
    async with pool.connection() as db:
        await db.execute("DROP TABLE IF EXISTS floor")
        await db.execute(FLOOR_TABLE)
