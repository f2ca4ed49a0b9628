"""Every business action there is, by name. A new one is declared in its file and listed here.

OPERATIONS are those a model may be given; REQUESTS are asked for by people and back ends only.
"""

from tools.billing import get_invoices, get_subscription
from tools.canned import add_canned_response, delete_canned_response
from tools.conversations import close_conversation
from tools.curated import delete_curated_answer, put_curated_answer
from tools.customers import (
    edit_profile,
    get_customer_history,
    lookup_customer,
    update_customer_email,
)
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
from tools.leads import book_appointment, create_lead, request_quote, update_lead
from tools.operation import Operation
from tools.orders import flag_refund, get_orders
from tools.replies import send_reply
from tools.service import get_service_status, run_line_diagnostics
from tools.tickets import (
    change_ticket,
    create_ticket,
    escalate_ticket,
    get_tickets,
    open_ticket,
    update_ticket,
)

OPERATIONS: dict[str, Operation] = {
    declared.name: declared
    for declared in (
        lookup_customer,
        get_customer_history,
        update_customer_email,
        get_orders,
        flag_refund,
        get_invoices,
        get_subscription,
        run_line_diagnostics,
        get_service_status,
        get_tickets,
        create_ticket,
        update_ticket,
        escalate_ticket,
        create_lead,
        update_lead,
        request_quote,
        book_appointment,
        send_reply,
    )
}

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
