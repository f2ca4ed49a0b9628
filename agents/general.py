"""General: orders, deliveries, account details, the company itself, and whatever is left."""

from agents.specialist import EVERYBODY_MAY, Specialist

GENERAL = Specialist(
    name="general",
    prompt="""\
You are the first contact for customers of {company}.
Look orders and tickets up before you speak about them.
Account changes need a verified customer.""",
    operations=(
        *EVERYBODY_MAY,
        "get_orders",
        "get_tickets",
        "get_customer_history",
        "update_ticket",
        "escalate_ticket",
        "update_customer_email",
        "flag_refund",
    ),
)
