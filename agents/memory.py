"""What the offline engine remembers from turn to turn, as plain values in the graph's state.

`playbook`, `slots`, `asked`, `again`: the playbook that waits for a detail, what it has, what it
asked for, and whether it asked twice. `said`: the message it began with. `specialist`: whose
playbook that is. `parked`: playbooks that were left, and with what. `person`: what holds for the
whole conversation. `about`: what was last spoken of, its `matter` in the customer's words.
`topic`: the playbook played last ("" where an article answered, then with the question's `intent`
if that was sure), and whose. `told`: what was last said about a subject.
`confirming`: the change that the customer was last asked to confirm: the message and the `waiting`
memory that led to it, its `intent` and `specialist`.
`in_vain`: the customer has said that an article was no help. `named`: the e-mail address that
somebody unknown gave last. `nothing_found`: the last look into the knowledge base was in vain.
`offered`: the subjects that were named last to choose from. `sign_in`: the customer was asked to
sign in.

Within a turn that is passed on to another specialist, `fresh`: its question was asked in this very
turn; `passed`: intents that were passed on without an answer.
"""

from collections.abc import Mapping
from typing import Any

Memory = dict[str, Any]

WAITING = ("playbook", "slots", "asked", "again", "said", "specialist")
WITHIN_A_TURN = ("fresh", "passed")
MOST_PARKED = 3
FEW_WORDS = 5  # a question as short as this goes on with what was asked before
MOST_SAID_CHARS = 2000
MOST_TOLD_CHARS = 800


def waiting_specialist(memory: Mapping[str, Any]) -> str | None:
    """Who should get the customer's next message, because it is likely an answer to them."""
    if "confirming" in memory:
        return str(memory["confirming"]["specialist"])
    return memory.get("specialist") if memory.get("playbook") else None


def without_waiting(memory: Mapping[str, Any]) -> Memory:
    """Nothing waits any more."""
    return {key: value for key, value in memory.items() if key not in WAITING}


def after_turn(memory: Mapping[str, Any], before: Mapping[str, Any]) -> Memory:
    """Without what only counted within the turn, and what was offered or asked before it."""
    kept = {key: value for key, value in memory.items() if key not in WITHIN_A_TURN}
    for name in ("offered", "confirming"):
        if kept.get(name) == before.get(name):
            kept.pop(name, None)
    return kept


def after_telling(memory: Mapping[str, Any], text: str) -> Memory:
    """Something was said on a subject; the source is a part of its end."""
    if "topic" not in memory and "playbook" not in memory:
        return {key: value for key, value in memory.items() if key != "told"}
    if not text:
        return dict(memory)
    return {**memory, "told": text[-MOST_TOLD_CHARS:]}


def parked(memory: Mapping[str, Any]) -> Memory:
    """The waiting playbook is left; what it has got so far is kept for when it is wanted again."""
    others = {k: v for k, v in memory.get("parked", {}).items() if k != memory["playbook"]}
    left = {key: memory[key] for key in ("slots", "asked", "said", "specialist") if key in memory}
    kept = [*others.items(), (memory["playbook"], left)][-MOST_PARKED:]
    return {**without_waiting(memory), "parked": dict(kept)}


def after_asking(
    memory: Mapping[str, Any],
    *,
    playbook: str,
    slot: str,
    slots: dict[str, Any],
    said: str,
    specialist: str,
) -> Memory:
    """The playbook waits for that slot."""
    again = memory.get("playbook") == playbook and memory.get("asked") == slot
    waiting = {
        "playbook": playbook,
        "slots": slots,
        "asked": slot,
        "again": again,
        "said": said[:MOST_SAID_CHARS],
        "specialist": specialist,
    }
    return {**without_waiting(memory), **waiting}


def after_playing(
    memory: Mapping[str, Any],
    *,
    playbook: str,
    specialist: str,
    person: dict[str, Any],
    about: dict[str, Any],
) -> Memory:
    """The playbook is through. What another one waits for still counts."""
    kept = without_waiting(memory) if memory.get("playbook") == playbook else dict(memory)
    kept.pop("nothing_found", None)
    kept["parked"] = {k: v for k, v in memory.get("parked", {}).items() if k != playbook}
    kept["person"] = {**memory.get("person", {}), **person}
    kept["about"] = {**memory.get("about", {}), **about}
    kept["topic"] = {"playbook": playbook, "specialist": specialist}
    return {key: value for key, value in kept.items() if value or key == "again"}


def after_confirming(
    memory: Mapping[str, Any], *, playbook: str, text: str, intent: str, specialist: str
) -> Memory:
    """The customer is to say yes to a change; `memory` is what its playbook was played with."""
    pending = {
        "playbook": playbook,
        "text": text[:MOST_SAID_CHARS],
        "intent": intent,
        "specialist": specialist,
        "waiting": {key: memory[key] for key in WAITING if key in memory},
    }
    return {**without_waiting(memory), "confirming": pending}


def after_offering(memory: Mapping[str, Any], offered: Mapping[str, Any]) -> Memory:
    """The customer is to say which of some subjects it is."""
    return {**memory, "offered": dict(offered)}


def after_search(memory: Mapping[str, Any], *, in_vain: bool) -> Memory | None:
    """What is remembered of a turn's look-ups; None where asking once more did not help either.

    >>> after_search({}, in_vain=True), after_search({"nothing_found": True}, in_vain=True)
    ({'nothing_found': True}, None)
    >>> after_search({"nothing_found": True}, in_vain=False)
    {}
    """
    if in_vain and memory.get("nothing_found"):
        return None
    kept = {key: value for key, value in memory.items() if key != "nothing_found"}
    return {**kept, "nothing_found": True} if in_vain else kept


def after_people(memory: Mapping[str, Any]) -> Memory:
    """People had the conversation meanwhile: nothing waits, and no search was in vain."""
    over = {"nothing_found", "offered", "parked", "sign_in"}
    return {key: value for key, value in without_waiting(memory).items() if key not in over}


def after_sign_in_request(memory: Mapping[str, Any]) -> Memory:
    """The customer is to sign in first."""
    kept = {key: value for key, value in memory.items() if key != "nothing_found"}
    return {**kept, "sign_in": True}


def after_look_up(
    memory: Mapping[str, Any], text: str, specialist: str, intent: str = ""
) -> Memory:
    """An article answered; `intent` is the question's where that is sure."""
    kept = {key: value for key, value in memory.items() if key not in ("nothing_found", "in_vain")}
    before = memory.get("about", {})
    goes_on = "told" in memory and len(text.split()) <= FEW_WORDS
    matter = f"{before.get('matter', '')} {text}".strip() if goes_on else text
    about = {**before, "matter": matter[-MOST_SAID_CHARS:]}
    topic = {"playbook": "", "specialist": specialist} | ({"intent": intent} if intent else {})
    return {**kept, "about": about, "topic": topic}
