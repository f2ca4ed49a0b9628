"""The system prompt of a specialist in one turn."""

import json
import re
from collections.abc import Mapping
from typing import Any

from agents.facts import Facts
from agents.specialist import Specialist
from agents.tones import Tones

BEGINNING = 6  # words of a message that tell it from others
CONTEXT = re.compile(r"<customer_context>.*?</customer_context>", re.DOTALL)


def system_prompt(specialist: Specialist, facts: Facts, tones: Tones) -> str:
    """Field, manner, guardrails and what is known of a verified customer."""
    company = str(facts.company.get("name", "the company"))
    parts = [
        specialist.prompt.replace("{company}", company),
        tones.prompt(facts.tone),
        f"The customer's identity is {facts.identity}.",
    ]
    if facts.customer and facts.identity == "verified":
        known = json.dumps(facts.customer, ensure_ascii=False)
        parts.append(f"<customer_context>\n{known}\n</customer_context>")
    if facts.people_said or facts.hand_back:
        parts.append(handed_back(facts))
    if facts.shown:
        parts.append(let_through(facts.shown))
    return "\n\n".join(parts)


def let_through(shown: Mapping[str, Any]) -> str:
    """What the customer has just shown a code for, for the assistant to do now."""
    arguments = json.dumps(shown["arguments"], ensure_ascii=False)
    return (
        "The customer has just shown the one-time code that this call was waiting for. Make it now,"
        f" with exactly these arguments: {shown['operation']}({arguments})"
    )


def in_confidence(prompt: str) -> str:
    """The part of a prompt that nobody may repeat: what is known of customers is their own.

    >>> in_confidence("Be kind. <customer_context>{}</customer_context> The note.")
    'Be kind.   The note.'
    """
    return CONTEXT.sub(" ", prompt)


def handed_back(facts: Facts) -> str:
    """What people did in the conversation, for the assistant to go on from.

    Their messages are in the conversation; here is how they begin. Were they here as a whole, an
    answer that speaks of them would look like one that gives its prompt away.
    """
    begin = [" ".join(said.split()[:BEGINNING]) for said in facts.people_said]
    told = json.dumps(begin, ensure_ascii=False)
    note = json.dumps(facts.hand_back or "", ensure_ascii=False)
    return (
        "A colleague has handled this conversation and handed it back to you. What they told the"
        " customer holds: build on it, do not repeat it, do not contradict it, and do not do again"
        f" what they did. Their messages begin with: {told}\n"
        "Their note is for you alone; never quote it or mention it.\n"
        f"<colleagues_note>\n{note}\n</colleagues_note>"
    )
