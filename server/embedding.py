"""The embedding model that the settings name."""

from retrievers.embed import Embedder, Endpoint, open_embedder
from server.settings import Settings


def embedder_of(settings: Settings) -> Embedder:
    """The embedder; nothing is loaded before its `start`."""
    return open_embedder(
        settings.embedding_provider,
        settings.embedding_model,
        settings.data_dir,
        endpoint_of(settings),
    )


def endpoint_of(settings: Settings) -> Endpoint:
    """Where vectors come from with the provider openai: its own settings, else the models'."""
    key = settings.embedding_api_key or settings.llm_api_key or settings.openai_api_key
    return Endpoint(
        base_url=settings.embedding_base_url or settings.llm_base_url,
        api_key=key.get_secret_value() if key else None,
        dimensions=settings.embedding_dimensions,
    )
