"""The talk about who somebody is: asking for an address, sending a code, taking it. Pure functions.

What is remembered between turns (`proof` in the graph's state): `wanted`, the request that needs an
account; `address`, where the last code went; `stage`, whether an `address` or a `code` is awaited.
A code for one action of who is known already goes to the address on file; then `action` holds what
it is for, and `memory` what the engine remembered when the customer asked for it.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agents.cues import gives_up
from agents.phrases import phrase
from agents.slots import EMAIL
from tools.code_words import beside_code
from tools.confirmation import says_no

Proof = dict[str, Any]

OTHER_THINGS = re.compile(
    r"\b(?:orders?|refund|parcel|package|delivery|invoice|bill|money|credit|ticket|technician|call"
    r"|answer|reply|internet|signal|discount)\b",
    re.IGNORECASE,
)  # not to have got these says nothing of a code
WITHOUT = re.compile(
    r"\b(?:(?:do|does|have|has)(?: not|n[o']?t|n’t) (?:have|got|know|remember) (?:it|one|any|them"
    r"|that|access|(?:the|a|any|my|which|what)\b.{0,20}(?:code|mail|address|number|digits))\b"
    r"|no (?:longer|access)|lost (?:access|it)|what code|which code"
    r"|ca(?:nnot|n['’]?t|n not) (?:find|see|open|access|read|get (?:to|into|at)|log ?in)\b"
    r".{0,20}\b(?:it|one|any|code|mails?|e-?mails?|inbox|address|account|that)\b"
    r"|(?:old|wrong|different|another|dead) (?:e-?)?mail)",
    re.IGNORECASE,
)
AGAIN = re.compile(
    r"\b(?:re-?send|send (?:it|me|the|a|another)|new code|another code|one more code"
    r"|(?:did ?n[o']?t|did not|have ?n[o']?t|have not|has ?n[o']?t|has not|not|never|no)"
    r" (?:get|got|gotten|receiv\w*|arriv\w*|come|came|see|code|e-?mail|mail)"
    r"|nothing (?:came|comes|arrived|yet|in my (?:e-?mail|mail|inbox|spam))"
    r"|no (?:code|mail|e-?mail)|where(?: is|'?s) (?:the|my) (?:code|mail|e-?mail))\b",
    re.IGNORECASE,
)
DIGITS = re.compile(r"\W*\d[\d .-]*\W*")
ALONE_WORDS = 6  # "no, I don't want that"; more than these say something else


@dataclass(frozen=True, slots=True)
class Step:
    """What comes next: words for the customer, a code to send, people, or a text to answer now.

    `proof` is what to remember, and whom a code is for (`send`); `go_on` the customer's request,
    now that they are known (`proved`); `shown` the proof of the action that may be done now.
    """

    proof: Proof | None = None
    say: str = ""
    send: bool = False
    give_up: bool = False
    go_on: str | None = None
    proved: bool = False
    shown: Proof | None = None


def next_step(
    proof: Proof | None, text: str, tried: str | None, *, verified: bool, tone: str
) -> Step | None:
    """What a message means for the proof; None where it is about something else.

    Args:
        proof: what is remembered.
        text: what the customer wrote, without codes.
        tried: what came of a code in it, if there was one.
        verified: they are known by now.
        tone: the conversation's.
    """
    acting = proof is not None and "action" in proof
    if tried == "spent":
        return Step(give_up=True)
    if verified and (tried in ("right", "known") or not (acting or tried)):
        return _known(proof, text, tried, tone)
    if tried == "used":
        return _used(proof, text, tone)
    if tried is not None:
        return Step(proof=proof, say=phrase(f"code.{tried}", tone))
    if proof is None:
        return None
    return _without_code(proof, text, tone)


def _without_code(proof: Proof, text: str, tone: str) -> Step | None:
    """A message without a code, where an address or a code is waited for."""
    acting, waits = "action" in proof, proof["stage"] == "code"
    if waits and _asks_again(text):
        return Step(proof=proof, send=True)
    address = None if acting else address_in(text)
    if WITHOUT.search(text) and not (address or OTHER_THINGS.search(text)):
        kind = "action" if acting else proof["stage"]
        return Step(proof=proof, say=phrase(f"code.without.{kind}", tone))
    if gives_up(text) or (says_no(text) and len(text.split()) <= ALONE_WORDS):
        return Step(say=phrase("left", tone))
    if address:
        return Step(proof={**proof, "stage": "code", "address": address}, send=True)
    if waits and DIGITS.fullmatch(text):
        return Step(proof=proof, say=phrase("code.no_code", tone))
    return None


def _asks_again(text: str) -> bool:
    """Whether somebody wants another code, or says that none has come."""
    return AGAIN.search(text) is not None and not OTHER_THINGS.search(text)


def begun(wanted: str, address: str | None) -> Proof:
    """The proof that a request needs."""
    return {"stage": "code" if address else "address", "wanted": wanted, "address": address}


def begun_for(
    wanted: str, action: Mapping[str, Any], specialist: str, memory: Mapping[str, Any]
) -> Proof:
    """The proof that an action needs: its `operation`, `arguments`, and what it is in words."""
    return {
        "stage": "code",
        "wanted": wanted,
        "address": None,
        "action": dict(action),
        "specialist": specialist,
        "memory": dict(memory),
    }


def address_in(*texts: str) -> str | None:
    """The one address that was named; None where there are several, or it is a new one to use.

    >>> address_in("where is my order? I'm alice@example.com")
    'alice@example.com'
    >>> address_in("change a@x.test to b@x.test"), address_in("change it to b@x.test")
    (None, None)
    """
    whole = "\n".join(texts)
    found = {address.rstrip(".").lower(): address.rstrip(".") for address in EMAIL.findall(whole)}
    if len(found) != 1:
        return None
    (address,) = found.values()
    as_new = rf"\b(?:to|new)\W+(?:\w+\W+){{0,2}}{re.escape(address)}"
    return None if re.search(as_new, whole, re.IGNORECASE) else address


def _known(proof: Proof | None, text: str, tried: str | None, tone: str) -> Step | None:
    """They have just shown a code, or were known already and write one all the same."""
    rest = beside_code(text) if tried else text
    if tried == "right" and proof:
        wanted: Sequence[str] = [proof["wanted"], rest]
        shown = proof if "action" in proof else None
        return Step(go_on="\n".join(filter(None, wanted)), proved=True, shown=shown)
    if tried is not None:
        name = "code.right" if tried == "right" else "code.known"
        return Step(go_on=rest) if rest else Step(say=phrase(name, tone))
    return Step(go_on=text) if proof else None


def _used(proof: Proof | None, text: str, tone: str) -> Step:
    """A code that was good before: what it was for is over, what else they say counts."""
    rest = beside_code(text)
    return (
        Step(proof=proof, go_on=rest) if rest else Step(proof=proof, say=phrase("code.used", tone))
    )
