"""Role × permission: who may call what. Every route and every job declares one of these names."""

from enum import StrEnum

from data.scope import Role


class Permission(StrEnum):
    CHAT = "chat"
    READ_CONVERSATIONS = "conversations:read"
    CLOSE_CONVERSATIONS = "conversations:close"
    ACT_FOR_CUSTOMERS = "act_for_customers"
    WORK_HANDOFFS = "handoffs:work"
    ESCALATE_HANDOFFS = "handoffs:escalate"
    WRITE_CANNED = "canned-responses:write"
    MANAGE_KEYS = "api-keys:manage"
    MANAGE_TONES = "tones:manage"
    MANAGE_OPERATORS = "operators:manage"
    MANAGE_SESSIONS = "sessions:manage"
    MANAGE_CONFIG = "config:manage"
    READ_CUSTOMERS = "customers:read"
    READ_PROFILES = "profiles:read"
    MERGE_CUSTOMERS = "customers:merge"
    FORGET_CUSTOMERS = "customers:forget"
    OWN_PROFILE = "profile:own"
    READ_TICKETS = "tickets:read"
    CREATE_TICKETS = "tickets:create"
    UPDATE_TICKETS = "tickets:update"
    SEARCH_KNOWLEDGE = "knowledge:search"
    RATE_KNOWLEDGE = "knowledge:rate"
    READ_KNOWLEDGE = "knowledge:read"
    WRITE_KNOWLEDGE = "knowledge:write"
    ANSWER_TURNS = "turns:answer"
    RECOVER_TURNS = "turns:recover"
    DECIDE_APPROVALS = "approvals:decide"
    MANAGE_POLICIES = "policies:manage"
    SETTLE_APPROVALS = "approvals:settle"
    FORGET_EVENTS = "events:forget"


SCOPES: frozenset[str] = frozenset(Permission)  # what an API key may be given

# What somebody without any credential may do, where visitors are let in at all.
FOR_NEWCOMERS: frozenset[Permission] = frozenset({Permission.CHAT, Permission.SEARCH_KNOWLEDGE})

ALLOWED: dict[Role, frozenset[Permission]] = {
    # a customer, known or not, on what is their own
    Role.CUSTOMER: frozenset(
        {
            Permission.CHAT,
            Permission.READ_CONVERSATIONS,
            Permission.CLOSE_CONVERSATIONS,
            Permission.READ_CUSTOMERS,
            Permission.OWN_PROFILE,
            Permission.READ_TICKETS,
            Permission.CREATE_TICKETS,
            Permission.SEARCH_KNOWLEDGE,
            Permission.RATE_KNOWLEDGE,
        }
    ),
    # an application: what its key's scopes say, of these
    Role.APP: frozenset(
        {
            Permission.CHAT,
            Permission.READ_CONVERSATIONS,
            Permission.CLOSE_CONVERSATIONS,
            Permission.ACT_FOR_CUSTOMERS,
            Permission.READ_CUSTOMERS,
            Permission.READ_PROFILES,
            Permission.READ_TICKETS,
            Permission.CREATE_TICKETS,
            Permission.UPDATE_TICKETS,
            Permission.SEARCH_KNOWLEDGE,
            Permission.RATE_KNOWLEDGE,
            Permission.READ_KNOWLEDGE,
            Permission.WRITE_KNOWLEDGE,
            Permission.FORGET_CUSTOMERS,
        }
    ),
    Role.OPERATOR: frozenset(
        {
            Permission.READ_CONVERSATIONS,
            Permission.CLOSE_CONVERSATIONS,
            Permission.WORK_HANDOFFS,
            Permission.WRITE_CANNED,
            Permission.DECIDE_APPROVALS,
            Permission.MANAGE_SESSIONS,  # their own
            Permission.READ_CUSTOMERS,
            Permission.READ_PROFILES,
            Permission.READ_TICKETS,
            Permission.CREATE_TICKETS,
            Permission.UPDATE_TICKETS,
            Permission.SEARCH_KNOWLEDGE,
            Permission.RATE_KNOWLEDGE,
            Permission.READ_KNOWLEDGE,
            Permission.MERGE_CUSTOMERS,
        }
    ),
    Role.ADMIN: frozenset(Permission),
    Role.CUSTOMER_AI: frozenset(),
    Role.AGENT_ASSIST: frozenset(),
    # jobs, which nobody calls: they were queued for work that was allowed
    Role.SYSTEM: frozenset(
        {
            Permission.ANSWER_TURNS,
            Permission.RECOVER_TURNS,
            Permission.ESCALATE_HANDOFFS,
            Permission.SETTLE_APPROVALS,
            Permission.FORGET_EVENTS,
        }
    ),
}


def roles_with(*permissions: Permission) -> list[Role]:
    """The roles that have one of the permissions, in the order of the table."""
    return [role for role, allowed in ALLOWED.items() if not allowed.isdisjoint(permissions)]
