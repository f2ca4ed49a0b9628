"""Who is calling: made from a credential, once a request."""

from dataclasses import dataclass, replace
from typing import Self
from uuid import UUID

from data.errors import Forbidden, Unauthenticated
from data.scope import CUSTOMER, Identity, Role, Scope, party_of
from server.auth.permissions import ALLOWED, FOR_NEWCOMERS, Permission

VISITOR = "visitor:"
OPERATOR = "operator:"
CREDENTIAL_NEEDED = "send an API key as x-api-key, or a token as Bearer"


def operator_party(operator_id: UUID) -> str:
    """An operator or admin who signed in."""
    return f"{OPERATOR}{operator_id}"


@dataclass(frozen=True, slots=True)
class Principal:
    """`party` is what conversations remember; `newcomer`: a visitor who had no token yet.

    `address` stands for the network address of whom nobody vouches for.
    """

    tenant: str
    role: Role
    party: str
    customer_id: int | None = None
    scopes: frozenset[str] = frozenset()
    newcomer: bool = False
    address: str | None = None

    def may(self, permission: Permission) -> bool:
        """Whether role and scopes allow it."""
        if self.newcomer and permission not in FOR_NEWCOMERS:
            return False
        within_scopes = self.role is not Role.APP or permission in self.scopes
        return permission in ALLOWED[self.role] and within_scopes

    def require(self, *permissions: Permission) -> None:
        """Go on only with one of the permissions.

        Raises:
            Unauthenticated: nobody said who calls, and it is not for everybody.
            Forbidden: the role or the key's scopes don't have it.
        """
        if any(map(self.may, permissions)):
            return
        if self.newcomer:
            raise Unauthenticated(CREDENTIAL_NEEDED)
        needed = " or ".join(permissions)
        raise Forbidden(f"this needs the permission {needed}, which {self.role} lacks")

    @property
    def vouched_for(self) -> bool:
        """Whether somebody else says who this is; a visitor's token only says: the same as then."""
        return not self.party.startswith(VISITOR)

    def calling_from(self, address: str) -> Self:
        """The same caller, with their address where nobody vouches for them."""
        return self if self.vouched_for else replace(self, address=address)

    @property
    def sees_all(self) -> bool:
        """Whether every conversation of the tenant is open to it, not only its own."""
        return self.role in {Role.OPERATOR, Role.ADMIN}

    @property
    def operator_id(self) -> UUID | None:
        """Who signed in; None for keys and customers."""
        return UUID(self.party.removeprefix(OPERATOR)) if self.party.startswith(OPERATOR) else None

    def may_see(self, party: str) -> bool:
        """Whether that party's conversations are open to it.

        A back end that may speak for any customer may also read what it said for them.
        """
        if self.sees_all or party == self.party:
            return True
        return party.startswith(CUSTOMER) and self.may(Permission.ACT_FOR_CUSTOMERS)

    def acting_for(self, customer_id: int) -> Self:
        """The same back end, speaking for one of the tenant's customers.

        Raises:
            Forbidden: it may not; a customer's id in a request proves nothing by itself.
        """
        self.require(Permission.ACT_FOR_CUSTOMERS)
        return replace(self, customer_id=customer_id, party=party_of(customer_id))

    def scope(self, conversation_id: str = "") -> Scope:
        """What work done for this caller carries with it."""
        verified = self.customer_id is not None
        return Scope(
            tenant=self.tenant,
            role=self.role,
            party=self.party,
            conversation_id=conversation_id,
            customer_id=self.customer_id,
            identity=Identity.VERIFIED if verified else Identity.ANONYMOUS,
            address=self.address,
        )
