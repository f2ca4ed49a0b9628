"""Who is calling: made from a credential, once a request."""

from dataclasses import dataclass, replace
from typing import Self

from data.errors import Forbidden
from data.scope import Identity, Role, Scope
from server.auth.permissions import ALLOWED, Permission


@dataclass(frozen=True, slots=True)
class Principal:
    """`party` is what conversations remember; `newcomer`: a visitor who had no token yet."""

    tenant: str
    role: Role
    party: str
    customer_id: int | None = None
    scopes: frozenset[str] = frozenset()
    newcomer: bool = False

    def may(self, permission: Permission) -> bool:
        """Whether role and scopes allow it."""
        within_scopes = self.role is not Role.APP or permission in self.scopes
        return permission in ALLOWED[self.role] and within_scopes

    def require(self, permission: Permission) -> None:
        """Go on only with a permission.

        Raises:
            Forbidden: the role or the key's scopes don't have it.
        """
        if not self.may(permission):
            raise Forbidden(f"this needs the permission {permission}, which {self.role} lacks")

    @property
    def sees_all(self) -> bool:
        """Whether every conversation of the tenant is open to it, not only its own."""
        return self.role in {Role.OPERATOR, Role.ADMIN}

    def acting_for(self, customer_id: int) -> Self:
        """The same back end, speaking for one of the tenant's customers.

        Raises:
            Forbidden: it may not; a customer's id in a request proves nothing by itself.
        """
        self.require(Permission.ACT_FOR_CUSTOMERS)
        return replace(self, customer_id=customer_id, party=f"customer:{customer_id}")

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
        )
