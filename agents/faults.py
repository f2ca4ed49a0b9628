"""What a provider's failure is called, and whether it says anything about the next call."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Literal

Reason = Literal[
    "rate_limited",
    "server_error",
    "unreachable",
    "timeout",
    "out_of_time",
    "refused",
    "rejected",
    "garbage",
    "empty",
    "unfinished",
    "too_long",
    "unknown_tool",
    "schema",
    "leak",
    "circuit_open",
    "budget",
    "tool_limit",
]
"""Why the language model did not answer. `out_of_time`: the turn had no time left to ask it;
`refused`: the key is; `rejected`: the request is; `leak`: it repeated its prompt."""

OF_THIS_CALL: frozenset[Reason] = frozenset(
    {"out_of_time", "rejected", "unknown_tool", "schema", "leak", "circuit_open"}
)
"""After these the next call may well succeed: the provider itself answered, or was not asked."""


class Unusable(Exception):
    """An answer that came, and is none."""

    def __init__(self, reason: Reason, why: str) -> None:
        super().__init__(why)
        self.reason: Reason = reason


@dataclass(frozen=True, slots=True)
class Fault:
    """`retry_after_s` is how long the provider asked to be left alone, if it did."""

    reason: Reason
    retry_after_s: float | None = None

    @property
    def of_provider(self) -> bool:
        """Whether the next call is likely to end the same way."""
        return self.reason not in OF_THIS_CALL


def fault_of(error: Exception) -> Fault:
    """What went wrong with a model's call, whatever its client raised."""
    import httpx2  # noqa: PLC0415  # both are loaded with the client, and never without one
    import openai  # noqa: PLC0415

    match error:
        case Unusable():
            return Fault(error.reason)
        case TimeoutError() | openai.APITimeoutError() | httpx2.TimeoutException():
            return Fault("timeout")
        case openai.RateLimitError():
            return Fault("rate_limited", retry_after_s(error.response.headers))
        case openai.AuthenticationError() | openai.PermissionDeniedError():
            return Fault("refused")
        case openai.APIStatusError(status_code=404):
            return Fault("refused")  # there is no such model, or not for this key
        case openai.APIStatusError():
            reason: Reason = "server_error" if error.status_code >= 500 else "rejected"
            return Fault(reason, retry_after_s(error.response.headers))
        case openai.APIConnectionError() | httpx2.TransportError() | OSError():
            return Fault("unreachable")
    return Fault("garbage")


def retry_after_s(headers: Any, now: datetime | None = None) -> float | None:
    """What a Retry-After header says, in seconds from now; None where it says nothing usable.

    >>> [retry_after_s({"retry-after": said}) for said in ("1.5", "soon", "nan")]
    [1.5, None, None]
    """
    said = headers.get("retry-after")
    if said is None:
        return None
    try:
        given = float(said)
    except ValueError:
        pass
    else:
        return max(0.0, given) if math.isfinite(given) else None
    try:
        until = parsedate_to_datetime(said)
    except ValueError:
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return max(0.0, (until - (now or datetime.now(UTC))).total_seconds())
