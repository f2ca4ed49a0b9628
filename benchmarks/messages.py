"""What customers ask in a benchmark: ordinary questions that no record has to be opened for."""

ASKED = (
    "How do I set up {thing}?",
    "Where can I read more about {thing}?",
    "Can I change {thing} during the month?",
    "What do I have to know about {thing}?",
    "Is there a limit on {thing}?",
    "I get an error with {thing}, what can I try?",
    "How long does it take until {thing} works?",
    "Does an invoice show {thing}?",
    "Who may use {thing}?",
    "Is {thing} part of every plan?",
    "How do I switch {thing} off?",
    "What happens to {thing} when I move?",
    "Can you explain {thing} in simple words?",
)
THINGS = (
    "the router",
    "roaming",
    "the e-mail forwarding",
    "parental control",
    "the guest network",
    "call forwarding",
    "the mobile app",
    "paperless billing",
    "the voicemail",
    "the second SIM card",
    "the data volume",
    "a fixed address",
    "the streaming bundle",
    "direct debit",
    "number porting",
    "the cable modem",
    "wi-fi calling",
)


def message(number: int) -> str:
    """The same question for the same number; 221 different ones before they start again."""
    asked, thing = ASKED[number % len(ASKED)], THINGS[number % len(THINGS)]
    return asked.format(thing=thing)
