"""What a provider's failures are called, and what its pauses come to."""

from datetime import UTC, datetime

import httpx2
import openai
import pytest

from agents.faults import Fault, Unusable, fault_of, retry_after_s

REQUEST = httpx2.Request("POST", "https://models.example/v1/chat/completions")
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def answered(kind: type[openai.APIStatusError], status: int, **headers: str) -> Exception:
    response = httpx2.Response(status, headers=headers, request=REQUEST)
    return kind("no", response=response, body=None)


@pytest.mark.parametrize(
    ("error", "fault", "of_provider"),
    [
        (answered(openai.RateLimitError, 429), Fault("rate_limited"), True),
        (answered(openai.InternalServerError, 500), Fault("server_error"), True),
        (answered(openai.AuthenticationError, 401), Fault("refused"), True),
        (answered(openai.NotFoundError, 404), Fault("refused"), True),
        (answered(openai.BadRequestError, 400), Fault("rejected"), False),
        (openai.APITimeoutError(REQUEST), Fault("timeout"), True),
        (TimeoutError(), Fault("timeout"), True),
        (openai.APIConnectionError(request=REQUEST), Fault("unreachable"), True),
        (httpx2.RemoteProtocolError("cut"), Fault("unreachable"), True),
        (ValueError("<html>"), Fault("garbage"), True),
        (Unusable("leak", "so"), Fault("leak"), False),
    ],
)
def test_a_failure_has_a_name(error: Exception, fault: Fault, *, of_provider: bool) -> None:
    found = fault_of(error)
    assert (found, found.of_provider) == (fault, of_provider)


def test_the_pause_that_was_asked_for_is_kept() -> None:
    error = answered(openai.RateLimitError, 429, **{"retry-after": "7"})
    assert fault_of(error) == Fault("rate_limited", 7.0)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("30", 30.0),
        ("-3", 0.0),
        ("Sun, 01 Mar 2026 12:00:20 GMT", 20.0),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0.0),
        ("soon", None),
        ("", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(said: str, seconds: float | None) -> None:
    assert retry_after_s({"retry-after": said}, NOW) == seconds


def test_without_the_header_nothing_was_asked_for() -> None:
    assert retry_after_s({}) is None
