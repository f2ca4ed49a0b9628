"""Roles for what an AI asks for, bound to columns and to the customer of its run.

Also: when an order arrived, who a notice in the outbox is for, and the company's own facts.
"""

from alembic import op

revision = "0009"
down_revision = "0008"

CUSTOMER_AI, AGENT_ASSIST = "switchboard_customer_ai", "switchboard_agent_assist"
BOTH = f"{CUSTOMER_AI}, {AGENT_ASSIST}"

# Roles belong to the cluster: another database may have made them already.
ROLE = """
DO $$ BEGIN
    CREATE ROLE {role} NOLOGIN NOSUPERUSER NOBYPASSRLS;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$
"""

ME = "nullif(current_setting('app.customer', true), '')::bigint"
HERE = "current_setting('app.conversation', true)"
OF_ME = f"customer_id = {ME}"
OF_HERE = f"conversation_id = {HERE}"
OF_LEAD = "EXISTS (SELECT FROM leads l WHERE l.tenant = {table}.tenant AND l.id = lead_id)"

READ_BY_ALL = ("plans", "incidents", "company")

# The rows of a table that concern the run; what is read there is decided by the grants.
ROWS = {
    "customers": f"id = {ME}",
    "orders": OF_ME,
    "invoices": OF_ME,
    "subscriptions": OF_ME,
    "lines": OF_ME,
    "profiles": OF_ME,
    "session_insights": OF_ME,
    "tickets": f"{OF_ME} OR (customer_id IS NULL AND {OF_HERE})",
    "leads": OF_HERE,
    "quotes": OF_LEAD.format(table="quotes"),
    "appointments": OF_LEAD.format(table="appointments"),
    "conversations": f"id = {HERE}",
    "messages": f"{OF_HERE} AND role = 'assistant'",
    "outbox": OF_HERE,
}
READ_BY_BOTH = (
    "customers",
    "orders",
    "invoices",
    "subscriptions",
    "lines",
    "profiles",
    "session_insights",
    "tickets",
)
GRANTS = (
    f"GRANT SELECT ON {', '.join((*READ_BY_ALL, *READ_BY_BOTH))} TO {BOTH}",
    f"GRANT SELECT ON leads, quotes, appointments TO {CUSTOMER_AI}",
    f"GRANT SELECT (tenant, id, channel) ON conversations TO {CUSTOMER_AI}",
    f"GRANT SELECT (tenant, id, conversation_id, role, digest) ON messages TO {CUSTOMER_AI}",
    f"GRANT INSERT ON tickets, leads, quotes, appointments, messages, outbox TO {CUSTOMER_AI}",
    f"GRANT UPDATE (status, updated_at) ON tickets, orders TO {CUSTOMER_AI}",
    f"GRANT UPDATE (email, updated_at) ON customers TO {CUSTOMER_AI}",
    f"GRANT UPDATE (name, phone, email, details, updated_at) ON leads TO {CUSTOMER_AI}",
    f"GRANT UPDATE (status, assigned_to, updated_at) ON tickets TO {AGENT_ASSIST}",
    f"GRANT UPDATE (status, updated_at) ON orders TO {AGENT_ASSIST}",
)


def upgrade() -> None:
    op.execute("ALTER TABLE orders ADD COLUMN delivered_at timestamptz")
    # null: whoever the conversation is with
    op.execute("ALTER TABLE outbox ADD COLUMN recipient text")
    op.execute(
        "CREATE VIEW company WITH (security_barrier) AS SELECT name, settings FROM ops.tenants"
        " WHERE id = current_setting('app.tenant', true)"
    )
    op.execute("GRANT SELECT ON company TO switchboard_app")
    for role in (CUSTOMER_AI, AGENT_ASSIST):
        op.execute(ROLE.format(role=role))
        op.execute(f"GRANT {role} TO CURRENT_USER")
        op.execute(f"GRANT USAGE ON SCHEMA public TO {role}")
    for grant in GRANTS:
        op.execute(grant)
    for table, rows in ROWS.items():
        op.execute(
            f"CREATE POLICY one_run ON {table} AS RESTRICTIVE TO {BOTH}"
            f" USING ({rows}) WITH CHECK ({rows})"
        )
    op.execute(
        f"CREATE POLICY refund_only ON orders AS RESTRICTIVE FOR UPDATE TO {CUSTOMER_AI}"
        " USING (true) WITH CHECK (status = 'refund_requested')"
    )


def downgrade() -> None:
    op.execute("DROP POLICY refund_only ON orders")
    for table in ROWS:
        op.execute(f"DROP POLICY one_run ON {table}")
    # the roles stay: another database of the cluster may use them
    op.execute(f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {BOTH}")
    op.execute(f"REVOKE ALL ON SCHEMA public FROM {BOTH}")
    op.execute("DROP VIEW company")
    op.execute("ALTER TABLE outbox DROP COLUMN recipient")
    op.execute("ALTER TABLE orders DROP COLUMN delivered_at")
