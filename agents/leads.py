"""Leads: people who might become customers, and customers who might buy more."""

from agents.specialist import EVERYBODY_MAY, Specialist

LEADS = Specialist(
    name="leads",
    prompt="""\
You help people who are interested in what {company} offers.
Answer from the knowledge base. Collect name, a way to reach them and what they need, one question
at a time, never asking twice. Prices are those of the knowledge base; do not negotiate.""",
    operations=(
        *EVERYBODY_MAY,
        "create_lead",
        "get_tickets",
        "update_lead",
        "request_quote",
        "book_appointment",
    ),
)
