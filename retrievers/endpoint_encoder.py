"""A sentence model behind an endpoint that speaks OpenAI's embeddings API."""

from dataclasses import dataclass, field

import numpy as np

from retrievers.encoder import EncoderFailed, Vectors

TIMEOUT_S = 10.0  # for the whole batch
PATIENCE_S = 4.0  # of a customer: words find something without vectors
RETRIES = 1  # of the client, which heeds Retry-After
PROBE = "so that its vectors are known before the first customer needs one"
MOST_CHARS = 8_000  # of a text; endpoints refuse what is longer than their model reads


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where vectors come from. No `base_url`: OpenAI itself; no `dimensions`: the model's own."""

    base_url: str | None = None
    api_key: str | None = field(default=None, repr=False)
    dimensions: int | None = None


class EndpointEncoder:
    """Any number of dimensions; 0 until the endpoint has answered once.

    An index is labelled with the model's name after `openai/`, so that vectors of a model that is
    here, too, never mix with the endpoint's.
    """

    retry_s: float | None = 30.0
    patience_s: float | None = PATIENCE_S
    timeout_s: float = TIMEOUT_S

    def __init__(self, model: str, endpoint: Endpoint) -> None:
        size = f"@{endpoint.dimensions}" if endpoint.dimensions else ""
        self.model = f"openai/{model}{size}"
        self.dimensions = 0
        self._name = model
        self._endpoint = endpoint

    def load(self) -> None:
        """Ask for one vector. Raises EncoderFailed where none comes."""
        from openai import OpenAI  # noqa: PLC0415  # half a second, only where it is needed

        self._client: OpenAI = OpenAI(
            base_url=self._endpoint.base_url,
            api_key=self._endpoint.api_key or "none",
            timeout=self.timeout_s,
            max_retries=RETRIES,
        )
        self.dimensions = 0
        self.dimensions = self.encode([PROBE]).shape[1]

    def encode(self, texts: list[str]) -> Vectors:
        """One row of length 1 for each text.

        Raises:
            EncoderFailed: the endpoint refuses, is broken or not there, or what it answers are no
                vectors, or not of the length that they had.
        """
        from openai import OpenAIError, omit  # noqa: PLC0415

        try:
            answer = self._client.embeddings.create(
                model=self._name,
                input=[text[:MOST_CHARS] or " " for text in texts],
                dimensions=self._endpoint.dimensions or omit,
                encoding_format="float",
            )
            return rows_of(answer, len(texts), self.dimensions)
        except (OpenAIError, ValueError) as error:
            raise failure_of(error) from error


def failure_of(error: Exception) -> EncoderFailed:
    """What went wrong, in words and for counting, whatever the client raised."""
    import openai  # noqa: PLC0415

    match error:
        case openai.APITimeoutError():
            return EncoderFailed("timeout", "its endpoint did not answer in time", gone=True)
        case openai.APIConnectionError():
            return EncoderFailed("unreachable", "its endpoint cannot be reached", gone=True)
        case openai.RateLimitError():
            return EncoderFailed("rate_limited", "its endpoint is busy (429)", gone=True)
        case openai.APIStatusError():
            status = error.status_code
            reason = "server_error" if status >= 500 else "refused"
            said = " ".join(error.message.split())[:200]
            return EncoderFailed(reason, f"its endpoint refuses ({status}): {said}", gone=False)
    return EncoderFailed("garbage", str(error), gone=False)


def rows_of(answer: object, texts: int, dimensions: int) -> Vectors:
    """The vectors of an answer in the order of the texts, of length 1.

    Args:
        answer: what the client made of the endpoint's JSON, whatever that was.
        texts: how many vectors there should be.
        dimensions: how long each; 0: as long as they are.

    Raises:
        ValueError: the answer holds something else.
    """
    try:
        listed = sorted(answer.data, key=lambda one: one.index)  # type: ignore[attr-defined]
        rows: Vectors = np.array([one.embedding for one in listed], dtype=np.float32)
    except (AttributeError, TypeError, ValueError) as error:
        raise ValueError("the endpoint answered without vectors") from error
    wanted = (texts, dimensions or (rows.shape[1] if rows.ndim == 2 else 0))
    if rows.shape != wanted or not rows.shape[1]:
        raise ValueError(f"the endpoint sent {rows.shape} numbers where {wanted} were expected")
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    if not (np.isfinite(lengths).all() and lengths.all()):
        raise ValueError("the endpoint sent a vector without a direction")
    unit: Vectors = rows / lengths
    return unit
