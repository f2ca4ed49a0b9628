"""Who has a handoff and until when, how long it may wait; one owner of everything open."""

from alembic import op

revision = "0020"
down_revision = "0019"

COLUMNS = {
    "claim_until": "timestamptz",
    "accepted_at": "timestamptz",
    "waiting_since": "timestamptz NOT NULL DEFAULT now()",
    "due_at": "timestamptz NOT NULL DEFAULT now() + interval '30 minutes'",
    "snoozed_until": "timestamptz",
    "offered_to": "text",
    "last_holder": "text",
    "rung": "smallint NOT NULL DEFAULT 0 CHECK (rung BETWEEN 0 AND 4)",
    "next_rung_at": "timestamptz",
    "ended_at": "timestamptz",
    "ended_by": "text",
}
OPEN = "status IN ('pending', 'accepted')"
CHECKS = {
    "handoffs_claimed": "(status = 'accepted') = (claim_until IS NOT NULL)",
    "handoffs_held": "status <> 'accepted' OR assigned_to IS NOT NULL",
    "handoffs_free": "status <> 'pending' OR assigned_to IS NULL",
    "handoffs_ended": f"({OPEN}) = (ended_at IS NULL)",
}

# Rows of before: nobody could accept one, so an open one is pending.
FILL = """
UPDATE handoffs SET waiting_since = created_at, due_at = created_at + interval '30 minutes',
    status = CASE WHEN status = 'accepted' THEN 'pending' ELSE status END,
    assigned_to = CASE WHEN status IN ('pending', 'accepted') THEN NULL ELSE assigned_to END,
    next_rung_at = CASE WHEN status IN ('pending', 'accepted')
        THEN created_at + interval '30 minutes' END,
    ended_at = CASE WHEN status IN ('pending', 'accepted') THEN NULL ELSE updated_at END
"""
OWNERS = """
UPDATE conversations c SET owner = CASE
        WHEN EXISTS (SELECT FROM handoffs h WHERE h.tenant = c.tenant AND h.conversation_id = c.id
            AND h.status = 'pending') THEN 'queue'
        WHEN c.status = 'closed' THEN 'closed' ELSE 'ai' END
WHERE c.owner IN ('queue', 'operator') OR EXISTS (SELECT FROM handoffs h
    WHERE h.tenant = c.tenant AND h.conversation_id = c.id AND h.status = 'pending')
"""

# At the end of each transaction that touched either side: who owns the conversation is who its
# open handoff says.
ONE_OWNER = """
CREATE FUNCTION one_owner() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public AS $$
DECLARE
    conversation text := coalesce(to_jsonb(NEW) ->> 'conversation_id', to_jsonb(NEW) ->> 'id');
    present text;
    needed text;
BEGIN
    SELECT owner INTO present FROM conversations
        WHERE tenant = NEW.tenant AND id = conversation;
    SELECT CASE status WHEN 'pending' THEN 'queue' ELSE 'operator' END INTO needed FROM handoffs
        WHERE tenant = NEW.tenant AND conversation_id = conversation
        AND status IN ('pending', 'accepted');
    IF present <> needed OR (needed IS NULL AND present IN ('queue', 'operator')) THEN
        RAISE check_violation USING
            MESSAGE = format('conversation %s is owned by %s, its open handoff says %s',
                             conversation, present, coalesce(needed, 'nobody')),
            CONSTRAINT = 'one_owner';
    END IF;
    RETURN NULL;
END $$
"""
TRIGGERS = (
    "CREATE CONSTRAINT TRIGGER one_owner AFTER INSERT OR UPDATE OF status ON handoffs"
    " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION one_owner()",
    "CREATE CONSTRAINT TRIGGER one_owner AFTER UPDATE OF owner ON conversations"
    " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW"
    " WHEN (OLD.owner IS DISTINCT FROM NEW.owner) EXECUTE FUNCTION one_owner()",
)

# The ladder's job looks across tenants, which nobody else may.
DUE = """
CREATE FUNCTION ops.due_handoffs(at timestamptz, most integer)
RETURNS TABLE (tenant text, conversation_id text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    SELECT h.tenant, h.conversation_id FROM handoffs h
    WHERE h.status IN ('pending', 'accepted') AND coalesce(h.claim_until, h.next_rung_at) <= at
    ORDER BY coalesce(h.claim_until, h.next_rung_at) LIMIT most
$$
"""

# What the shipped answers called things before they were filled in by the server.
NAMES = {
    "name": "customer.name",
    "operator": "operator.name",
    "order_id": "order.id",
    "tracking": "order.tracking",
    "ticket_id": "ticket.id",
    "date": "date",
}
SECURED = ("handoffs", "conversations", "canned_responses")


def upgrade() -> None:
    added = ", ".join(f"ADD {name} {kind}" for name, kind in COLUMNS.items())
    op.execute(f"ALTER TABLE handoffs {added}")
    for table in SECURED:  # the owner is bound, too, and would change nothing
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    op.execute(FILL)
    op.execute(OWNERS)
    for old, new in NAMES.items():
        op.execute(
            "UPDATE canned_responses SET content ="
            f" regexp_replace(content, '(?<!\\{{)\\{{{old}\\}}(?!\\}})', '{{{{{new}}}}}', 'g')"
        )
    for table in SECURED:
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    for name, check in CHECKS.items():
        op.execute(f"ALTER TABLE handoffs ADD CONSTRAINT {name} CHECK ({check})")
    op.execute(
        f"CREATE INDEX handoffs_due ON handoffs (coalesce(claim_until, next_rung_at)) WHERE {OPEN}"
    )
    op.execute(ONE_OWNER)
    for trigger in TRIGGERS:
        op.execute(trigger)
    op.execute(DUE)
    op.execute("REVOKE ALL ON FUNCTION ops.due_handoffs FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION ops.due_handoffs TO switchboard_ops")


def downgrade() -> None:
    op.execute("DROP FUNCTION ops.due_handoffs")
    op.execute("DROP TRIGGER one_owner ON conversations")
    op.execute("DROP TRIGGER one_owner ON handoffs")
    op.execute("DROP FUNCTION one_owner")
    op.execute("DROP INDEX handoffs_due")
    for name in CHECKS:
        op.execute(f"ALTER TABLE handoffs DROP CONSTRAINT {name}")
    dropped = ", ".join(f"DROP {name}" for name in COLUMNS)
    op.execute(f"ALTER TABLE handoffs {dropped}")
