import pytest

from data.db import Database
from data.errors import Forbidden, NeedsVerification
from data.scope import Identity, Role, Scope
from tests.acme import ACME
from tools.operation import Effect, check
from tools.permissions import PERMISSIONS
from tools.registry import OPERATIONS
from tools.requests import REQUESTS

OPEN_TO_ALL = {
    "book_appointment",
    "create_lead",
    "create_ticket",
    "get_service_status",
    "request_quote",
    "send_reply",
    "update_lead",
}
READS = {name for name, declared in OPERATIONS.items() if declared.effect is Effect.READ}
TICKETS = {"create_ticket", "escalate_ticket", "get_tickets", "update_ticket"}
BUSINESS = {
    Role.CUSTOMER_AI: set(OPERATIONS),
    Role.AGENT_ASSIST: READS | {"update_ticket", "escalate_ticket", "flag_refund"},
    Role.CUSTOMER: {"create_ticket"},
    Role.APP: TICKETS,
    Role.OPERATOR: TICKETS | {"send_reply"},  # no route offers it: they have their own way
    Role.ADMIN: TICKETS | {"send_reply"},
    Role.SYSTEM: set[str](),
}
STAFF = {"close_conversation", "open_ticket", "change_ticket", "rate_knowledge"}
MANAGERS = STAFF | {
    *("upload_document", "delete_document", "clear_documents"),
    *("put_curated_answer", "delete_curated_answer", "label_example", "forget_example"),
}
DESK = {
    *("accept_handoff", "assign_handoff", "snooze_handoff", "send_to_customer", "add_note"),
    *("link_customer", "add_canned_response", "delete_canned_response"),
}
MERGES = {"merge_customers", "unmerge_customers"}
REQUESTED = {
    Role.CUSTOMER_AI: set[str](),
    Role.AGENT_ASSIST: {"change_ticket"},
    Role.CUSTOMER: {"close_conversation", "open_ticket", "edit_profile", "rate_knowledge"},
    Role.APP: MANAGERS | {"forget_customer"},
    Role.OPERATOR: STAFF | MERGES | DESK | {"decide_approval"},
    Role.ADMIN: MANAGERS | MERGES | DESK | {"forget_customer", "decide_approval", "put_policy"},
    Role.SYSTEM: set[str](),
}


def verified(role: Role) -> Scope:
    return Scope(ACME, role, "customer:1", "talk", 1, Identity.VERIFIED)


def test_the_operations_are_these() -> None:
    assert {
        "lookup_customer",
        "get_orders",
        "get_tickets",
        "get_customer_history",
        "get_invoices",
        "get_subscription",
        "create_ticket",
        "update_ticket",
        "update_customer_email",
        "flag_refund",
        "escalate_ticket",
        "run_line_diagnostics",
        "get_service_status",
        "create_lead",
        "update_lead",
        "request_quote",
        "book_appointment",
        "send_reply",
    } <= OPERATIONS.keys()


@pytest.mark.parametrize("name", sorted(BUSINESS[Role.CUSTOMER_AI]))
@pytest.mark.parametrize("role", list(Role))
def test_a_role_may_do_what_the_table_says(role: Role, name: str) -> None:
    declared = OPERATIONS[name]
    touches = declared.reads | declared.writes
    if name in BUSINESS[role] or not touches:
        check(declared, verified(role))
    else:
        with pytest.raises(Forbidden, match=f"^{role} may not touch "):
            check(declared, verified(role))


@pytest.mark.parametrize("name", sorted(REQUESTS))
@pytest.mark.parametrize("role", list(Role))
def test_a_role_may_ask_for_what_the_table_says(role: Role, name: str) -> None:
    if name in REQUESTED[role]:
        check(REQUESTS[name], verified(role))
    else:
        with pytest.raises(Forbidden, match=f"^{role} may not touch "):
            check(REQUESTS[name], verified(role))


def test_what_a_role_may_ask_for_is_declared() -> None:
    assert set().union(*REQUESTED.values()) == REQUESTS.keys()


def test_no_model_is_given_what_people_ask_for() -> None:
    assert OPERATIONS.keys().isdisjoint(REQUESTS)


def test_the_operators_assistant_writes_exactly_three_columns() -> None:
    assert PERMISSIONS[Role.AGENT_ASSIST].writes == {
        "tickets.status",
        "tickets.assigned_to",
        "orders.status",
    }


def test_nobody_may_read_canned_responses_keys_or_other_peoples_words() -> None:
    for permission in PERMISSIONS.values():
        assert not permission.reads & {"canned_responses", "messages", "api_keys", "tenants"}


async def test_permissions_name_tables_and_columns_that_exist(db: Database) -> None:
    async with db.transaction(ACME) as tx:
        cursor = await tx.execute(
            "SELECT table_name, column_name FROM information_schema.columns"
            " WHERE table_schema = 'public'"
        )
        columns = {(str(table), str(column)) for table, column in await cursor.fetchall()}
    there = {table for table, _ in columns} | {f"{table}.{column}" for table, column in columns}
    there.add("orders.status=refund_requested")
    named = {name for p in PERMISSIONS.values() for name in p.reads | p.writes}
    declared = {
        name for o in (*OPERATIONS.values(), *REQUESTS.values()) for name in o.reads | o.writes
    }
    assert (named | declared) - there == set()


@pytest.mark.parametrize("name", sorted(OPERATIONS))
@pytest.mark.parametrize(
    ("identity", "customer_id"), [(Identity.ANONYMOUS, None), (Identity.CLAIMED, 1)]
)
def test_an_unproved_caller_may_only_do_what_opens_no_account(
    name: str, identity: Identity, customer_id: int | None
) -> None:
    declared = OPERATIONS[name]
    scope = Scope(ACME, Role.CUSTOMER_AI, "visitor:1", "talk", customer_id, identity)
    if name in OPEN_TO_ALL or not declared.reads | declared.writes:
        check(declared, scope)
    else:
        with pytest.raises(NeedsVerification):
            check(declared, scope)


def test_who_proved_nothing_is_not_verified_by_the_level_alone() -> None:
    nobody = Scope(ACME, Role.CUSTOMER_AI, "visitor:1", "talk", None, Identity.VERIFIED)
    with pytest.raises(NeedsVerification):
        check(OPERATIONS["get_orders"], nobody)
