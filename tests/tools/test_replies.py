"""`send_reply`: a message besides the answer, to the run's own customer only."""

from typing import Any

import pytest

from data.scope import Identity
from tests.tools.conftest import Begin, Turn

WORDS = "Here are the steps."
OUTBOX = "SELECT conversation_id, channel, content, recipient FROM outbox"
SAID = "SELECT role, direction, content, metadata FROM messages WHERE role = 'assistant'"


async def on(turn: Turn, channel: str) -> Turn:
    await turn.rows(f"UPDATE conversations SET channel = '{channel}' RETURNING id")
    return turn


async def test_a_verified_customer_is_written_to_at_the_address_on_file(turn: Turn) -> None:
    outcome = await turn.ask("send_reply", channel="email", content=WORDS)
    assert (outcome.refused, outcome.result["channel"]) == (None, "email")
    assert await turn.rows(OUTBOX) == [
        {
            "conversation_id": turn.scope.conversation_id,
            "channel": "email",
            "content": WORDS,
            "recipient": "Ann@acme.test",
        }
    ]
    (said,) = await turn.rows(SAID)
    assert (said["direction"], said["content"], said["metadata"]) == (
        "outbound",
        WORDS,
        {"channel": "email"},
    )


@pytest.mark.parametrize("channel", ["email", "whatsapp", "webform"])
async def test_anybody_is_written_to_on_the_channel_they_wrote_on(
    visit: Turn, channel: str
) -> None:
    await on(visit, channel)
    assert (await visit.ask("send_reply", channel=channel, content=WORDS)).refused is None
    (out,) = await visit.rows(OUTBOX)
    assert (out["channel"], out["recipient"]) == (channel, None)


async def test_what_a_browser_fetches_itself_is_said_and_not_delivered(visit: Turn) -> None:
    assert (await visit.ask("send_reply", channel="web", content=WORDS)).refused is None
    assert await visit.rows(OUTBOX) == []
    assert len(await visit.rows(SAID)) == 1


@pytest.mark.parametrize("identity", [Identity.ANONYMOUS, Identity.CLAIMED])
@pytest.mark.parametrize("channel", ["email", "whatsapp"])
async def test_an_unproved_caller_cannot_have_a_customer_written_to(
    begin: Begin, identity: Identity, channel: str
) -> None:
    turn = await begin(identity)
    outcome = await turn.ask("send_reply", channel=channel, content=WORDS)
    assert outcome.refused == "needs_verification"
    assert await turn.rows(OUTBOX) == await turn.rows(SAID) == await turn.writes() == []


@pytest.mark.parametrize("channel", ["whatsapp", "webform", "api"])
async def test_a_channel_that_does_not_reach_the_customer_is_a_conflict(
    turn: Turn, channel: str
) -> None:
    outcome = await turn.ask("send_reply", channel=channel, content=WORDS)
    assert outcome.refused == "conflict"
    assert await turn.rows(OUTBOX) == await turn.rows(SAID) == []


async def test_the_same_message_asked_for_again_is_sent_once(turn: Turn) -> None:
    for content in (WORDS, "In other words."):
        await turn.ask("send_reply", channel="email", content=content, key="k")
    assert [row["content"] for row in await turn.rows(OUTBOX)] == [WORDS]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("content", ""),
        ("content", " "),
        ("content", "x" * 4001),
        ("content", "x" * 100_000),
        ("content", "a\x00b"),
        ("content", ["x"]),
        ("channel", "fax"),
        ("channel", "email; DROP TABLE outbox"),
        ("recipient", "eve@evil.test"),
        ("to", "eve@evil.test"),
        ("conversation_id", "another"),
    ],
)
async def test_what_cannot_be_sent_is_refused(unplugged: Turn, field: str, value: Any) -> None:
    given = {"channel": "email", "content": WORDS} | {field: value}
    outcome = await unplugged.ask("send_reply", given)
    assert outcome.refused == "invalid"
    assert outcome.result.startswith(f"{field}: ")
