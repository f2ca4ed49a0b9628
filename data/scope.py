"""Who a piece of work is done for. Made from a credential, never from a message or a model."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Self

CUSTOMER = "customer:"  # how the party of a known customer begins; their id follows


def party_of(customer_id: int) -> str:
    """A known customer as conversations remember them."""
    return f"{CUSTOMER}{customer_id}"


class Role(StrEnum):
    """Who acts: people and their programs, what the AI may be, and the installation itself."""

    CUSTOMER = "customer"
    APP = "app"
    OPERATOR = "operator"
    ADMIN = "admin"
    CUSTOMER_AI = "customer_ai"
    AGENT_ASSIST = "agent_assist"
    SYSTEM = "system"


class Identity(StrEnum):
    """How sure we are who writes: nothing known, an address was named, or it was proved."""

    ANONYMOUS = "anonymous"
    CLAIMED = "claimed"
    VERIFIED = "verified"


@dataclass(frozen=True, slots=True)
class Scope:
    """Tenant, party and conversation of one request, turn or job.

    `party` is the credential's own name for whoever holds the conversation (`customer:1`,
    `visitor:<uuid>`, `key:<id>`): the same party may come back to it, nobody else. `specialist` is
    the one of the AI's that acts. `address` stands for the network address of a visitor, whom
    nobody vouches for.
    """

    tenant: str
    role: Role
    party: str
    conversation_id: str = ""
    customer_id: int | None = None
    identity: Identity = Identity.ANONYMOUS
    specialist: str | None = None
    address: str | None = None

    @property
    def verified_customer(self) -> int | None:
        """The customer whose records may be opened; None unless identity is proved."""
        return self.customer_id if self.identity is Identity.VERIFIED else None

    @property
    def thread_id(self) -> str:
        """The LangGraph thread. The tenant comes first, so none can name another's thread."""
        return f"{self.tenant}:{self.conversation_id}"

    def within(self, conversation_id: str) -> Self:
        """The same caller, in one conversation."""
        return replace(self, conversation_id=conversation_id)

    def acting_as(self, role: Role) -> Self:
        """The same customer and conversation, in another role."""
        return replace(self, role=role)
