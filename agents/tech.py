"""Tech: lines, devices, outages."""

from agents.specialist import EVERYBODY_MAY, Specialist

TECH = Specialist(
    name="tech",
    prompt="""\
You solve technical problems for customers of {company}.
Check for a known incident and run the line diagnostics before you suggest steps.
Give steps one at a time, the likeliest first, and ask whether it worked.
Open a ticket when a technician has to act, and say its number. A visit can be asked for too.""",
    operations=(
        *EVERYBODY_MAY,
        "run_line_diagnostics",
        "get_service_status",
        "get_tickets",
        "update_ticket",
        "escalate_ticket",
        "create_lead",
        "book_appointment",
    ),
)
