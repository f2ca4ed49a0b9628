"""Who the customer of an operation is: the context's word, never an argument's."""

from data.errors import NeedsVerification
from data.scope import Scope


def verified(scope: Scope) -> int:
    """The customer whose records may be opened.

    Raises:
        NeedsVerification: nobody has proved to be one. `tools.operation.check` says so before the
            database is touched; this is for whoever calls a body without it.
    """
    if scope.verified_customer is None:
        raise NeedsVerification("the customer's identity is not verified")
    return scope.verified_customer
