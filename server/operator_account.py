"""Operators made from the terminal: how an installation gets its first admin."""

import asyncio

from data import operators, sessions, tenants
from data.condition import read_condition
from data.db import open_database
from data.operators import Change, Operator
from server.auth.passwords import Passwords
from server.prepare import database_url
from server.settings import Settings


async def put_operator(
    settings: Settings, tenant: str, email: str, role: str, password: str
) -> Operator:
    """Add an operator, or give one that is there this role and password and open the account.

    Sessions of one that is there end.

    Raises:
        NotFound: there is no such tenant.
        psycopg.OperationalError: the database does not answer.
    """
    url = database_url(settings)
    await asyncio.to_thread(read_condition, url)  # a pool would wait half a minute for nobody
    hashed = await Passwords(settings.password_hash_cost).hash(password)
    async with open_database(url, minimum=1, maximum=2) as database:
        async with database.ops_transaction() as ops:
            await tenants.get_tenant(ops, tenant)
        async with database.transaction(tenant) as db:
            account = await operators.find_account(db, tenant, email)
            if account is None:
                operator_id = (await operators.add_operator(db, tenant, email, "", role)).id
            else:
                operator_id = account.id
            await operators.set_password(db, tenant, operator_id, hashed)
            await sessions.revoke_sessions(db, tenant, operator_id)
            change = Change(role=role, active=True)
            return await operators.change_operator(db, tenant, operator_id, change)
