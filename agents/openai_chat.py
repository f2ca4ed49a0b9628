"""The client for every server that speaks OpenAI's chat completions. Imported when first needed."""

from collections.abc import AsyncIterator
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun
from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_openai import ChatOpenAI

from agents.faults import Unusable

CUT_SHORT = frozenset({None, "", "length", "content_filter"})


class CompleteChatOpenAI(ChatOpenAI):
    """LangChain takes an answer that ends in mid-sentence for a whole one; this one does not.

    Raises, besides what the client raises:
        Unusable: unfinished.
    """

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        result = await super()._agenerate(messages, stop, run_manager, **kwargs)
        for generation in result.generations:
            _whole((generation.generation_info or {}).get("finish_reason"))
        return result

    async def _astream(self, *args: Any, **kwargs: Any) -> AsyncIterator[ChatGenerationChunk]:
        reason = None
        async for chunk in super()._astream(*args, **kwargs):
            reason = (chunk.generation_info or {}).get("finish_reason") or reason
            yield chunk
        _whole(reason)


def _whole(finish_reason: str | None) -> None:
    if finish_reason in CUT_SHORT:
        raise Unusable("unfinished", f"the answer ended with {finish_reason or 'no finish reason'}")
