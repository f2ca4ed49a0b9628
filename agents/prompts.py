"""The system prompt of a specialist in one turn."""

import json

from agents.facts import Facts
from agents.specialist import Specialist
from agents.tones import Tones


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
    return "\n\n".join(parts)
