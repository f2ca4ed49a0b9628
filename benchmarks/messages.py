"""What customers ask in a benchmark: ordinary questions that no record has to be opened for.

They are about the demo company, so that the offline engine has something to say too.
"""

OPENINGS = ("", "Hi, ", "Quick question: ", "One more thing: ")
QUESTIONS = (
    "what are your opening hours?",
    "how much is shipping?",
    "how do I activate my SIM card?",
    "which payment methods do you accept?",
    "what do the lights on the Hub 6 mean?",
    "how do I set up autopay?",
    "how do I return an item?",
    "where can I find my invoice?",
    "how do I measure my speed properly?",
    "can I keep my phone number when I switch to you?",
    "where is your store?",
    "how do I set up an eSIM?",
    "what is your refund policy?",
    "how long does shipping take?",
    "where do I find the router password?",
    "how does your loyalty program work?",
    "what are the APN settings?",
    "is there a status page for outages?",
    "do you have an app?",
    "where is my PUK code?",
    "how can I contact you?",
    "is there a warranty on shop products?",
    "how do I get better Wi-Fi in every room?",
    "how does roaming work when I am abroad?",
    "what does the notice period for cancelling a contract look like?",
    "my headphones do not pair, what can I try?",
    "what happens when an invoice is paid late?",
    "what do I have to do when I move home?",
    "how do I change my e-mail address?",
    "why does my connection keep dropping in the evening?",
    "how do I install the Hub 6?",
    "my power bank does not charge, what now?",
    "what happens to my data when I leave?",
)


def message(number: int) -> str:
    """The same question for the same number; no two of 130 in a row are worded alike."""
    opening = OPENINGS[number // len(QUESTIONS) % len(OPENINGS)]
    return opening + QUESTIONS[number % len(QUESTIONS)]
