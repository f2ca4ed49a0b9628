"""Statements that an AI asked for run as its own database role.

The role's grants name the columns it may write, and policies leave it the rows of the run's
verified customer and conversation: a body that forgets to ask whose a row is finds nothing.
"""

from data.db import APP_ROLE, Connection
from data.errors import Forbidden
from data.scope import Role, Scope

DATABASE_ROLES = {
    Role.CUSTOMER_AI: "switchboard_customer_ai",
    Role.AGENT_ASSIST: "switchboard_agent_assist",
}


async def act_as(db: Connection, scope: Scope) -> None:
    """From here to the transaction's end, or to `act_freely`, only what the scope's role may do.

    Raises:
        Forbidden: the scope's role has no database role.
    """
    role = DATABASE_ROLES.get(scope.role)
    if role is None:
        raise Forbidden(f"{scope.role} may not use operations")
    me = scope.verified_customer
    await db.execute(
        "SELECT set_config('app.customer', %s, true), set_config('app.conversation', %s, true),"
        " set_config('role', %s, true)",
        ("" if me is None else str(me), scope.conversation_id, role),
    )


async def act_freely(db: Connection) -> None:
    """Back to what the application itself may do."""
    await db.execute("SELECT set_config('role', %s, true)", [APP_ROLE])
