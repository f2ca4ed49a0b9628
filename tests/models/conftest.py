"""A real HTTP server for every scripted model a test asks for, and a real client for it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import httpx2
import pytest
from langchain_openai import ChatOpenAI
from pydantic import SecretStr

from evals.models.script import Script
from evals.models.server import ModelServer, serve

Serve = Callable[[Script], Awaitable[ModelServer]]
Client = Callable[[str], ChatOpenAI]


@pytest.fixture
async def model_server() -> AsyncIterator[Serve]:
    """Start a script; it is stopped when the test ends."""
    async with AsyncExitStack() as running:

        async def start(script: Script) -> ModelServer:
            return await running.enter_async_context(serve(script))

        yield start


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    """A real client for a URL; its connections are closed when the test ends."""
    async with httpx2.AsyncClient() as http:

        def make(url: str) -> ChatOpenAI:
            return ChatOpenAI(
                model="scripted",
                base_url=url,
                api_key=SecretStr("none"),
                max_retries=0,
                timeout=1,
                stream_usage=True,  # a client with a URL of its own does not ask for it
                http_async_client=http,
            )

        yield make
