"""Every business action that people and back ends ask for, and no model, by name."""

from tools.approvals import decide_approval
from tools.canned import add_canned_response, delete_canned_response
from tools.conversations import close_conversation
from tools.curated import delete_curated_answer, put_curated_answer
from tools.customers import edit_profile
from tools.documents import clear_documents, delete_document, upload_document
from tools.handoffs import (
    accept_handoff,
    add_note,
    assign_handoff,
    link_customer,
    send_to_customer,
    snooze_handoff,
)
from tools.identities import forget_customer, merge_customers, unmerge_customers
from tools.intents import forget_example, label_example
from tools.knowledge_feedback import rate_knowledge
from tools.operation import Operation
from tools.policies import put_policy
from tools.tickets import change_ticket, open_ticket

REQUESTS: dict[str, Operation] = {
    declared.name: declared
    for declared in (
        close_conversation,
        edit_profile,
        open_ticket,
        change_ticket,
        upload_document,
        delete_document,
        clear_documents,
        put_curated_answer,
        delete_curated_answer,
        label_example,
        forget_example,
        rate_knowledge,
        merge_customers,
        unmerge_customers,
        forget_customer,
        decide_approval,
        put_policy,
        accept_handoff,
        assign_handoff,
        snooze_handoff,
        send_to_customer,
        add_note,
        link_customer,
        add_canned_response,
        delete_canned_response,
    )
}
