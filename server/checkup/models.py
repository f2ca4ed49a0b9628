"""The embedding model and the language model."""

from collections.abc import Iterator

import httpx

from agents.models import BASE_URLS, ModelConfig
from retrievers.onnx_export import MODEL, is_whole
from server.checkup.finding import Finding, fail, ok, warn
from server.client import problem_in
from server.settings import Settings
from server.wiring import model_config

ANSWER_S = 3.0
OPENAI_URL = "https://api.openai.com/v1"

EMBEDDING = "embedding model"
LANGUAGE = "language model"


def check_models(settings: Settings) -> Iterator[Finding]:
    """What understands and what writes."""
    yield _embedding(settings)
    yield _language(settings)


def _embedding(settings: Settings) -> Finding:
    name = settings.embedding_model
    if name.removeprefix("sentence-transformers/") != MODEL:
        return ok(EMBEDDING, f"{name}, opened by sentence-transformers at the start")
    if is_whole(settings.data_dir / "models" / f"{MODEL}.onnx"):
        return ok(EMBEDDING, f"{name} is exported")
    return warn(
        EMBEDDING, f"{name} is not exported yet", "run `switchboard setup`, or the first start does"
    )


def _language(settings: Settings) -> Finding:
    config = model_config(settings)
    if config.offline:
        return ok(LANGUAGE, "the offline engine; set LLM_API_KEY for a language model")
    url = config.base_url or BASE_URLS.get(config.provider) or OPENAI_URL
    key_from = settings.llm_key_name or "no key"
    about = f"{config.name} at {url}, key from {key_from}"
    try:
        answer = httpx.get(f"{url.rstrip('/')}/models", headers=_bearer(config), timeout=ANSWER_S)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return fail(
            LANGUAGE,
            f"{about}, does not answer ({type(error).__name__})",
            "check LLM_BASE_URL and the network; meanwhile the offline engine answers",
        )
    if answer.status_code in {401, 403}:
        return fail(LANGUAGE, f"{about}, is refused", f"check {key_from}")
    if answer.is_server_error:
        return warn(LANGUAGE, f"{about}, has trouble ({problem_in(answer)})", "try again later")
    return ok(LANGUAGE, f"{about}, answers")


def _bearer(config: ModelConfig) -> dict[str, str]:
    return {"authorization": f"Bearer {config.api_key}"} if config.api_key else {}
