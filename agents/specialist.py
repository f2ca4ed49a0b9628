"""What a specialist is. Each one is a value in its own module; `agents/registry.py` lists them."""

from dataclasses import dataclass

DEFAULT_PROMPT = """\
You answer customers of {company}.
Look things up before you speak about them, and say only what a tool or a passage told you."""

EVERYBODY_MAY = ("knowledge_search", "lookup_customer", "create_ticket", "send_reply")


@dataclass(frozen=True, slots=True, kw_only=True)
class Specialist:
    """An AI agent node.

    `operations` are names in `tools.registry`; `prompt` may use `{company}`.
    """

    name: str
    prompt: str = DEFAULT_PROMPT
    operations: tuple[str, ...] = EVERYBODY_MAY
