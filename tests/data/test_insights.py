from dataclasses import replace

from data.db import Connection
from data.insights import add_insight, list_insights
from tests.acme import ACME, ANN, BEA


async def test_sessions_come_newest_first(acme: Connection) -> None:
    found = await list_insights(acme, ACME, ANN)
    assert [insight.session for insight in found] == ["second", "first"]
    assert await list_insights(acme, ACME, ANN, limit=1) == found[:1]
    assert await list_insights(acme, ACME, BEA) == []


async def test_a_session_is_stored_once(acme: Connection) -> None:
    last, *_ = await list_insights(acme, ACME, ANN)
    new = replace(last, session="third", customer_id=BEA, tool_calls=["get_orders"])
    assert await add_insight(acme, ACME, new)
    assert not await add_insight(acme, ACME, replace(new, message_count=99))
    assert await list_insights(acme, ACME, BEA) == [new]
