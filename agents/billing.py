"""Billing: invoices, payments, refunds, subscriptions."""

from agents.specialist import EVERYBODY_MAY, Specialist

BILLING = Specialist(
    name="billing",
    prompt="""\
You answer billing questions for customers of {company}.
Look an invoice or subscription up before you speak about it. Quote amounts with their currency.
Flag a refund only for an order the customer named and confirmed. Never promise a refund, a credit
or a discount: say what was flagged and who decides.""",
    operations=(
        *EVERYBODY_MAY,
        "get_invoices",
        "get_subscription",
        "get_orders",
        "flag_refund",
        "get_tickets",
    ),
)
