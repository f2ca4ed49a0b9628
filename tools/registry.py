"""Every business action that a model may be given, by name.

A new one is declared in its file and listed here; what only people and back ends ask for stands in
`tools.requests`.
"""

from tools.billing import get_invoices, get_subscription
from tools.customers import (
    get_customer_history,
    lookup_customer,
    update_customer_email,
)
from tools.leads import book_appointment, create_lead, request_quote, update_lead
from tools.operation import Operation
from tools.orders import flag_refund, get_orders
from tools.replies import send_reply
from tools.service import get_service_status, run_line_diagnostics
from tools.tickets import (
    create_ticket,
    escalate_ticket,
    get_tickets,
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
