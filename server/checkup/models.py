"""The embedding model and the language model."""

from collections.abc import Iterator
from typing import Any

import httpx

from agents.models import BASE_URLS, ModelConfig
from retrievers.endpoint_encoder import EndpointEncoder
from retrievers.onnx_export import MODEL, is_whole
from server.checkup.finding import Finding, fail, ok, warn
from server.client import problem_in
from server.embedding import endpoint_of
from server.listening import base_url
from server.settings import Settings
from server.wiring import model_config

ANSWER_S = 3.0
EMBEDDING = "embedding model"
LANGUAGE = "language model"


def check_models(settings: Settings) -> Iterator[Finding]:
    """What understands and what writes."""
    yield _embedding(settings)
    yield _language(settings)
    yield from _left_alone(settings)


def _embedding(settings: Settings) -> Finding:
    name = settings.embedding_model
    if settings.embedding_provider == "openai":
        return _endpoint(settings)
    if name.removeprefix("sentence-transformers/") != MODEL:
        return ok(EMBEDDING, f"{name}, opened by sentence-transformers at the start")
    if is_whole(settings.data_dir / "models" / f"{MODEL}.onnx"):
        return ok(EMBEDDING, f"{name} is exported")
    return warn(
        EMBEDDING, f"{name} is not exported yet", "run `switchboard setup`, or the first start does"
    )


def _endpoint(settings: Settings) -> Finding:
    endpoint = endpoint_of(settings)
    about = f"{settings.embedding_model} at {endpoint.base_url or BASE_URLS['openai']}"
    encoder = EndpointEncoder(settings.embedding_model, endpoint)
    try:
        encoder.load()
    except Exception as error:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        return fail(
            EMBEDDING,
            f"{about}, gives no vectors: {reason}",
            "check EMBEDDING_BASE_URL, its key and EMBEDDING_MODEL; meanwhile words serve",
        )
    return ok(EMBEDDING, f"{about}, gives {encoder.dimensions} dimensions")


def _language(settings: Settings) -> Finding:
    config = model_config(settings)
    if config.offline:
        return ok(LANGUAGE, "the offline engine; set LLM_API_KEY for a language model")
    url = config.base_url or BASE_URLS[config.provider]
    key_from = settings.llm_key_name
    two = f", {config.analysis_model} for analysis" if config.analysis_model else ""
    about = f"{config.name}{two} at {url}, {f'key from {key_from}' if key_from else 'no key'}"
    if not config.chat_model:
        return fail(LANGUAGE, f"{about}, has no name", "set LLM_MODEL to the model's name there")
    try:
        answer = httpx.get(f"{url.rstrip('/')}/models", headers=_bearer(config), timeout=ANSWER_S)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return fail(
            LANGUAGE,
            f"{about}, does not answer ({type(error).__name__})",
            "check LLM_BASE_URL and the network; meanwhile the offline engine answers",
        )
    if answer.status_code in {401, 403}:
        return fail(LANGUAGE, f"{about}, is refused", f"check {key_from or 'LLM_API_KEY'}")
    if answer.is_server_error:
        return warn(LANGUAGE, f"{about}, has trouble ({problem_in(answer)})", "try again later")
    listing = _body(answer)
    if answer.is_error or not isinstance(listing, dict):
        return warn(
            LANGUAGE,
            f"{about}, answers, but has no list of models ({answer.status_code})",
            "check LLM_BASE_URL, which mostly ends in /v1; some servers have no list",
        )
    if missing := not_listed(listing, config):
        return warn(
            LANGUAGE,
            f"{about}, answers, but does not list {' or '.join(missing)}",
            "check LLM_MODEL and LLM_ANALYSIS_MODEL",
        )
    return ok(LANGUAGE, f"{about}, answers")


def not_listed(listing: Any, config: ModelConfig) -> list[str]:
    """The configured models that a provider's own list does not have; none where it has no list.

    >>> not_listed({"data": [{"id": "big"}]}, ModelConfig("x", model="big", analysis_model="small"))
    ['small']
    """
    data = listing.get("data") if isinstance(listing, dict) else None
    if not isinstance(data, list) or not data:
        return []
    known = {each.get("id") for each in data if isinstance(each, dict)}
    wanted = dict.fromkeys(filter(None, (config.chat_model, config.analysis_model)))
    return [name for name in wanted if name not in known]


def _left_alone(settings: Settings) -> Iterator[Finding]:
    """Models that a running server has stopped asking for a while."""
    url = base_url(settings.host, settings.port)
    try:
        answer = httpx.get(f"{url}/v1/health?detailed=true", timeout=ANSWER_S)
    except (httpx.HTTPError, httpx.InvalidURL):
        return
    health = _body(answer)
    breakers = health.get("breakers") if isinstance(health, dict) else None
    for name, state in breakers.items() if isinstance(breakers, dict) else ():
        if state != "closed":
            yield warn(
                LANGUAGE,
                f"{name} failed again and again, so the server at {url} leaves it alone for now",
                "the server tries it again by itself; its log says `llm_fallback` with the reason",
            )


def _body(answer: httpx.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        return None


def _bearer(config: ModelConfig) -> dict[str, str]:
    return {"authorization": f"Bearer {config.api_key}"} if config.api_key else {}
