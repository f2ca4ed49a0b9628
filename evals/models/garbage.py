"""A provider on its worst day: every kind of answer a client must survive, one after another."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from evals.models import wire
from evals.models.script import Answer, Call, Raw, Reply, Request

HTML = {"content-type": "text/html"}
SILENCE_S = 30.0
RETRY_AFTER_S = 1
LONG = Reply(text="Your order was shipped on Monday and will arrive within three days.")


def html(request: Request) -> Answer:
    """A proxy's error page under status 200."""
    return Raw(body=b"<html><body><h1>502 Bad Gateway</h1></body></html>", headers=HTML)


def broken_json(request: Request) -> Answer:
    if request.streamed:
        return Raw(body=b'data: {"id": "x", "choices": [{"del\n\n', headers=wire.EVENTS)
    return Raw(body=wire.whole(request, LONG)[:-20], headers=wire.JSON)


def unknown_tool(request: Request) -> Answer:
    return Reply(calls=(Call("no_such_tool", {"anything": 1}),))


def broken_arguments(request: Request) -> Answer:
    """A tool that is on offer, called with half a JSON object."""
    return Reply(calls=(Call(_offered(request), '{"order_id": '),))


def wrong_arguments(request: Request) -> Answer:
    """Valid JSON that no tool's schema allows."""
    return Reply(calls=(Call(_offered(request), {"order_id": {"no": ["such"]}, "x": None}),))


def no_choices(request: Request) -> Answer:
    empty = {"id": "x", "object": "chat.completion", "created": 0, "model": "m", "choices": []}
    if request.streamed:
        return Raw(body=wire.event(empty) + wire.DONE, headers=wire.EVENTS)
    return Raw(body=wire.event(empty).removeprefix(b"data: "), headers=wire.JSON)


def cut(request: Request) -> Answer:
    """The connection drops in the middle of the answer."""
    if request.streamed:
        return Raw(body=_first_half(request), headers=wire.EVENTS, cut=True)
    whole = wire.whole(request, LONG)
    length = {"content-length": str(len(whole))}
    return Raw(body=whole[: len(whole) // 2], headers=wire.JSON | length, cut=True)


def unfinished(request: Request) -> Answer:
    """The answer ends politely, but in mid-sentence: no finish reason, no `[DONE]`."""
    if request.streamed:
        return Raw(body=_first_half(request), headers=wire.EVENTS)
    whole = json.loads(wire.whole(request, Reply(text="Your order was shi")))
    whole["choices"][0]["finish_reason"] = None
    return Raw(body=json.dumps(whole).encode(), headers=wire.JSON)


def rate_limited(request: Request) -> Answer:
    headers = wire.JSON | {"retry-after": str(RETRY_AFTER_S)}
    return Raw(status=429, body=wire.error("rate_limit_exceeded", "Slow down."), headers=headers)


def server_error(request: Request) -> Answer:
    return Raw(status=500, body=wire.error("server_error", "Sorry."), headers=wire.JSON)


def too_long(request: Request) -> Answer:
    """Words without end."""
    return Reply(text="word" * 250_000)


def wrong_shape(request: Request) -> Answer:
    """JSON, but of some other API."""
    other = {"result": {"answer": 42}, "choices": {"message": "hello"}}
    if request.streamed:
        return Raw(body=wire.event(other) + wire.DONE, headers=wire.EVENTS)
    return Raw(body=wire.event(other).removeprefix(b"data: "), headers=wire.JSON)


FAULTS: Mapping[str, Callable[[Request], Answer]] = {
    fault.__name__: fault
    for fault in (
        html,
        broken_json,
        unknown_tool,
        broken_arguments,
        wrong_arguments,
        no_choices,
        cut,
        unfinished,
        rate_limited,
        server_error,
        too_long,
        wrong_shape,
    )
}
SILENCE = "silence"


@dataclass(slots=True)
class Garbage:
    """Serves its faults in order and starts again. `served` names them in the order they went."""

    faults: Sequence[str] = (*FAULTS, SILENCE)
    silence_s: float = SILENCE_S
    delay_s: float = 0.0
    served: list[str] = field(default_factory=list)

    def answer(self, request: Request) -> Answer:
        name = self.faults[len(self.served) % len(self.faults)]
        self.served.append(name)
        if name == SILENCE:
            return Reply(text="Sorry, I fell asleep.", delay_s=self.silence_s)
        return FAULTS[name](request)


def _first_half(request: Request) -> bytes:
    return b"".join(islice(wire.events(request, LONG), 6))


def _offered(request: Request) -> str:
    return next(iter(request.tools), "no_such_tool")
