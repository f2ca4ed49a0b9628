"""The product's client refuses an answer that stops in mid-sentence, whole or streamed."""

import httpx2
import pytest
from langchain_core.messages import AIMessage
from pydantic import SecretStr

from agents.faults import Unusable
from agents.openai_chat import CompleteChatOpenAI
from evals.models.garbage import Garbage
from evals.models.script import Script
from evals.models.scripts import Looping, Plain
from tests.models.asking import TOOLS, Ask, both
from tests.models.conftest import Serve


async def asked(model_server: Serve, script: Script, ask: Ask) -> AIMessage:
    server = await model_server(script)
    async with httpx2.AsyncClient() as http:
        model = CompleteChatOpenAI(
            model="scripted",
            base_url=server.url,
            api_key=SecretStr("none"),
            max_retries=0,
            http_async_client=http,
        )
        return await ask(model.bind_tools(TOOLS), "Hello")


@both
async def test_an_answer_that_stops_in_mid_sentence_is_none(model_server: Serve, ask: Ask) -> None:
    with pytest.raises(Unusable, match="no finish reason"):
        await asked(model_server, Garbage(("unfinished",)), ask)


@both
async def test_whole_answers_and_calls_pass(model_server: Serve, ask: Ask) -> None:
    assert (await asked(model_server, Plain("All done."), ask)).content == "All done."
    assert (await asked(model_server, Looping("get_order"), ask)).tool_calls
