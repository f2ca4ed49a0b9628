"""Every error Switchboard raises on purpose.

SwitchboardError                500  internal
├── Invalid                     422  invalid          the payload's shape or a value in it
├── Unauthenticated             401  unauthenticated
├── Forbidden                   403  forbidden
├── NotFound                    404  not_found
├── Conflict                    409  conflict
│   └── LeaseLost               409  lease_lost       another process took the conversation over
├── TooSlow                     408  too_slow         the body did not arrive in time
├── TooLarge                    413  too_large
├── UnsupportedType             415  unsupported_type
├── NeedsVerification           403  needs_verification
├── WrongCode                   403  wrong_code
├── RateLimited                 429  rate_limited     (retryable)
└── Unavailable                 503  unavailable      (retryable)

`server/errors.py` renders them as problem documents, jobs retry only the retryable ones, and
`tools/operation.py` shows their text to the model. Anything else is a bug and stays a 500.
"""

from collections.abc import Mapping
from typing import ClassVar


class SwitchboardError(Exception):
    """Base class. The message is safe to show to the caller: no secrets, no personal data."""

    code: ClassVar[str] = "internal"
    title: ClassVar[str] = "Internal error"
    status: ClassVar[int] = 500
    retryable: ClassVar[bool] = False


class Invalid(SwitchboardError):
    """A value the caller sent cannot be used. `field` is its path, such as `input.messages`."""

    code = "invalid"
    title = "Invalid input"
    status = 422

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field


class Unauthenticated(SwitchboardError):
    code = "unauthenticated"
    title = "Credentials needed"
    status = 401


class Forbidden(SwitchboardError):
    code = "forbidden"
    title = "Not allowed"
    status = 403


class NeedsVerification(Forbidden):
    """The customer's own records are asked for by somebody who has not shown to be them."""

    code = "needs_verification"
    title = "Identity not verified"


class WrongCode(Forbidden):
    """A one-time code that is wrong, spent, too old or tried too often: which, stays unsaid."""

    code = "wrong_code"
    title = "Wrong code"


class NotFound(SwitchboardError):
    """The row does not exist, or belongs to another tenant. The two look the same on purpose."""

    code = "not_found"
    title = "Not found"
    status = 404

    def __init__(self, kind: str, key: object) -> None:
        super().__init__(f"{kind} {str(key)!r} not found")


class Conflict(SwitchboardError):
    code = "conflict"
    title = "Conflict"
    status = 409


class LeaseLost(Conflict):
    """The turn's lease ran out and another process holds the conversation; nothing was written."""

    code = "lease_lost"


class TooSlow(SwitchboardError):
    code = "too_slow"
    title = "Request took too long to arrive"
    status = 408


class TooLarge(SwitchboardError):
    code = "too_large"
    title = "Too large"
    status = 413


class UnsupportedType(SwitchboardError):
    code = "unsupported_type"
    title = "Unsupported content type"
    status = 415


class Unavailable(SwitchboardError):
    """A dependency is gone for the moment. `retry_after_s` becomes the Retry-After header."""

    code = "unavailable"
    title = "Temporarily unavailable"
    status = 503
    retryable = True

    def __init__(self, message: str, retry_after_s: int = 5) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class RateLimited(SwitchboardError):
    """Too much was asked. `headers` say where the caller stands."""

    code = "rate_limited"
    title = "Too many requests"
    status = 429
    retryable = True

    def __init__(
        self, message: str, retry_after_s: int, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s
        self.headers = dict(headers or {})
