"""What the wording of a message tells about the conversation itself. Pure functions."""

import re

FEW_WORDS = 5
MORE_WORDS = 12
MOST_POINTING_WORDS = 8  # more stand by themselves, unless they say "it"
MOST_REFERRING_WORDS = 10

REFERRING = re.compile(
    r"\b(?:it|its|it's|that|them|they|this|those|these|same|one|yes|ok|okay)\b"
    r"(?! (?:morning|afternoon|evening|week|weekend|month|year|time)\b)",
    re.IGNORECASE,
)
GIVEN_UP = re.compile(
    r"\W*(?:(?:ok(?:ay)?|no|oh|sorry|actually|thanks|well)[,. ]+)*(?:never ?mind|forget (?:it|that"
    r"|about it)|leave it|drop it|not any ?more|no thanks?|no thank you|doesn'?t matter|skip it"
    r"|i changed my mind|stop|cancel(?: that| this)?)\W*(?:thanks?|thank you|then|please)?\W*",
    re.IGNORECASE,
)
AND_THE_OTHER = re.compile(
    r"\W*(?:(?:ok(?:ay)?|so|but|then|well|yes|no)\W+)*(?:and|or|what about|how about)\b(.*)",
    re.IGNORECASE,
)
WISH = re.compile(
    r"\b(?:(?:can|could|would|will) you|please|i (?:want|need|would like)|i'd like)\b",
    re.IGNORECASE,
)
ASKS_AT_THE_END = re.compile(
    r"[,;:!.]\W*(?:and |but |so |also |then )*(?:what|how|when|where|which|who|why)\b[^,;:!.]*$",
    re.IGNORECASE,
)
WHOLE_QUESTION = re.compile(
    r"\b(?:when|where|how|why|who|which|is|are|can|could|do|does|did|will|would|want|need|please)\b",
    re.IGNORECASE,
)
QUESTION = re.compile(
    r"\W*(?:(?:and|but|so|ok(?:ay)?|oh|wait|hold on|then|also|well|hi|hello|please|by the way)\W+)*"
    r"(?:what|whats|when|where|who|whose|why|which|how|hows|is|are|am|was|were|can|could|do|does|did"
    r"|will|would|should|may|any|has|have)\b(?<!please do)",
    re.IGNORECASE,
)
OPENING = r"\W*(?:(?:and|but|so|ok(?:ay)?|then|also|well|please)\W+)*"
RULES = re.compile(
    rf"{OPENING}(?:what (?:if|happens|do (?:i|we) need|would happen)|who (?:decides|pays)"
    r"|until when)\b",
    re.IGNORECASE,
)
WAYS = re.compile(
    rf"{OPENING}(?:how (?:do|does|can|could|would|should)|can (?:i|we)|may (?:i|we)|am i allowed"
    r"|is it possible|do i (?:have|need) to)\b",
    re.IGNORECASE,
)
OWN = re.compile(r"\b(?:my|mine|our|ours|i|i'm|me|we)\b", re.IGNORECASE)
GOING_ON = re.compile(r"\W*(?:so|then|and|but)\W+", re.IGNORECASE)
EMPTY_IT = re.compile(
    r"\bis it (?:possible|true|normal|ok|okay|too late)\b|\bones?\b", re.IGNORECASE
)
ANOTHER = re.compile(
    r"\b(?:other|another|second|remaining)"
    r" (?:one|order|purchase|ticket|invoice|bill|item|thing|product)\b",
    re.IGNORECASE,
)
GOING_BACK = re.compile(
    r"\b(?:back to|return to|go on with|continue with|carry on with)\b|\bwhere were we\b",
    re.IGNORECASE,
)
IN_VAIN = re.compile(
    r"\b(?:still|again) (?:not|no\b|nothing|does ?n.?t|is ?n.?t|can.?t|the same|there|down|broken"
    r"|slow|bad|weak|blink|drop|red\b|orange|amber|dead|offline)"
    r"|\b(?:did|does|do|has|have|is|was)(?: not|n'?t|n’t) (?:help|work|change|fix|solve|any better)"
    r"|\bno (?:change|luck|success|improvement|difference|better)\b"
    r"|\bnot (?:working|fixed|solved|helped|helpful)\b|\bsame (?:problem|issue|thing)\b"
    r"|\bnothing (?:changed|helped|helps|works|happens|happened)\b|\bstill nothing\b",
    re.IGNORECASE,
)


def refers_back(text: str) -> bool:
    """Whether a message may speak of what was spoken of before: "cancel it", "the second".

    >>> refers_back("cancel it"), refers_back("I would like to know when the store opens today")
    (True, False)
    """
    return len(text.split()) <= FEW_WORDS or bool(REFERRING.search(text))


def gives_up(text: str) -> bool:
    """Whether the customer no longer wants what they were asked about.

    >>> gives_up("no thanks, never mind"), gives_up("never mind the cost, go on")
    (True, False)
    """
    return GIVEN_UP.fullmatch(text) is not None


def names_another(text: str) -> bool:
    """Whether a message only puts something else into the question before it.

    >>> names_another("and the headphones?"), names_another("and when is my bill due?")
    (True, False)
    """
    found = AND_THE_OTHER.fullmatch(text.strip())
    if found is None or len(text.split()) > FEW_WORDS + 1:
        return False
    return not WHOLE_QUESTION.search(found.group(1))


def means_another(text: str) -> bool:
    """Whether a message is about another thing of the kind that was spoken of.

    >>> means_another("and the other one?"), means_another("and that one, the other day?")
    (True, False)
    """
    return ANOTHER.search(text) is not None


def asks(text: str) -> bool:
    """Whether a message is a question, with its mark or without.

    >>> asks("whats the price"), asks("we are three, what would it be"), asks("3 Elm Street, Town")
    (True, True, False)
    """
    return (
        "?" in text
        or QUESTION.match(text) is not None
        or ASKS_AT_THE_END.search(text.strip()) is not None
    )


def points_back(text: str) -> bool:
    """Whether a short question is about what was spoken of: "does it cost anything".

    >>> points_back("how much was it again"), points_back("so what can I do instead")
    (True, True)
    >>> points_back("where is my order"), points_back("is it possible to get fiber in Kelling?")
    (False, False)
    """
    said = len(text.split())
    if not asks(text) or said > MOST_REFERRING_WORDS:
        return False
    goes_on = said <= MOST_POINTING_WORDS and GOING_ON.match(text) is not None
    return goes_on or REFERRING.search(EMPTY_IT.sub("", text)) is not None


def means_the_same(text: str) -> bool:
    """Whether a message may be about the very thing that was spoken of: "cancel it".

    >>> means_the_same("refund it"), means_the_same("and the other one?")
    (True, False)
    """
    return not means_another(text) and (refers_back(text) or points_back(text))


def asks_on(text: str) -> bool:
    """Whether a question is short enough to belong to what was spoken of before.

    >>> asks_on("how long till I hear back"), asks_on("thanks a lot")
    (True, False)
    """
    return asks(text) and len(text.split()) <= MOST_POINTING_WORDS


def asks_rules(text: str) -> bool:
    """Whether a question is about what holds for everybody: "what happens if I am late".

    >>> asks_rules("and what if it breaks?"), asks_rules("what is on my bill")
    (True, False)
    """
    return RULES.match(text) is not None


def asks_ways(text: str) -> bool:
    """Whether a question is about how something is done, and is no wish: "how do I cancel it".

    >>> asks_ways("ok so how do I cancel"), asks_ways("cancel it")
    (True, False)
    """
    return WAYS.match(text) is not None


def wishes(text: str) -> bool:
    """Whether something is to be done, however politely: "can you cancel it"."""
    return WISH.search(text) is not None


def is_general(text: str) -> bool:
    """Whether a few words, or "and …?", ask for nothing of the customer's own.

    >>> is_general("and for mobile?"), is_general("how soon"), is_general("and my bill?")
    (True, True, False)
    """
    few = len(text.split()) < FEW_WORDS - 1
    if any(c.isdigit() for c in text) or OWN.search(text):
        return False
    return AND_THE_OTHER.match(text) is not None or (few and asks(text))


def goes_further(text: str) -> bool:
    """Whether a question may be one about the answer before it.

    >>> goes_further("and if one of the parts never arrives at my place?"), goes_further("how soon")
    (True, True)
    >>> goes_further("I would like to know when the store in Port Alden opens today")
    False
    """
    said = len(text.split())
    return (
        AND_THE_OTHER.match(text) is not None
        or said <= MOST_POINTING_WORDS
        or (said <= MORE_WORDS and REFERRING.search(text) is not None)
    )


def only_asks_on(text: str) -> bool:
    """Whether nothing else in it points back."""
    return asks_on(text) and not (refers_back(text) or points_back(text) or names_another(text))


def goes_back(text: str) -> bool:
    """Whether the customer wants to go on with what was left.

    >>> goes_back("ok back to the offer. Sara Lind"), goes_back("I want my money back")
    (True, False)
    """
    return GOING_BACK.search(text) is not None


def was_in_vain(text: str) -> bool:
    """Whether the customer says that what they were told did not help.

    >>> was_in_vain("tried that, did not help"), was_in_vain("it works now, thanks")
    (True, False)
    """
    return len(text.split()) <= MORE_WORDS and IN_VAIN.search(text) is not None
