import httpx
import pytest

from server.replay.patience import Patience


class Slept:
    """Remembers how long it was asked to sleep."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


async def test_a_limit_is_waited_for_and_the_way_around_it_said_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    slept = Slept()
    patience = Patience(slept)
    for _ in range(2):
        assert await patience.waited(httpx.Response(429, headers={"retry-after": "7"}))
    assert slept.seconds == [7, 7]
    assert capsys.readouterr().err.count("RATE_LIMIT_CHAT=") == 1


@pytest.mark.parametrize(
    "response",
    [
        httpx.Response(200),
        httpx.Response(503, headers={"retry-after": "7"}),
        httpx.Response(429),
        httpx.Response(429, headers={"retry-after": "86400"}),
        httpx.Response(429, headers={"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}),
    ],
)
async def test_nothing_else_is_waited_for(response: httpx.Response) -> None:
    slept = Slept()
    assert not await Patience(slept).waited(response)
    assert slept.seconds == []
