"""What one process tells of the moment is read by the others as it was told."""

from contextlib import aclosing
from typing import Any

from data.db import Database
from data.signals import signals
from server.carriers import ByPostgres
from server.sockets.moments import CHANNEL, MOST_PIECES, PIECE_CHARS, Moments

LONG = {"said": "“Größe” \N{SLIGHTLY SMILING FACE} " * 900}
TOO_LONG = {"said": "x" * PIECE_CHARS * MOST_PIECES}


async def test_moments_arrive_whole_in_order_and_once(db: Database, database_url: str) -> None:
    one = ByPostgres(db, database_url)
    untold: list[int] = []
    here, there = Moments(one, untold.append), Moments(ByPostgres(db, database_url))
    sent: list[dict[str, Any]] = [{"on": True}, {"on": False}, {"on": True}, LONG]
    heard: list[tuple[int, dict[str, Any]]] = []
    async with aclosing(signals(database_url, 2, [CHANNEL])) as listening, here.told():
        await anext(listening)
        for moment in (*sent, TOO_LONG):
            here.send(moment)
        here.stand("a", {"viewers": 1})
        here.stand("a", {"viewers": 2})
        while len(heard) < 5:
            signal = await anext(listening)
            assert signal
            assert here.read(signal.payload) is None
            told = there.read(signal.payload)
            heard += [told] if told else []
    assert heard == [(one.process, each) for each in ({"viewers": 2}, *sent)]
    assert untold == [1]
