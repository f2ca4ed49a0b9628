"""What the wording of a message tells about the conversation itself. Pure functions."""

import re

FEW_WORDS = 5
MORE_WORDS = 12

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
    r"\W*(?:and|or|what about|how about|and what about)\b(.*)", re.IGNORECASE
)
WHOLE_QUESTION = re.compile(
    r"\b(?:when|where|how|why|who|which|is|are|can|could|do|does|did|will|would|want|need|please)\b",
    re.IGNORECASE,
)
IN_VAIN = re.compile(
    r"\b(?:still|again) (?:not|no\b|nothing|does ?n.?t|is ?n.?t|can.?t|the same|there|down|broken"
    r"|slow|bad|weak)"
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


def was_in_vain(text: str) -> bool:
    """Whether the customer says that what they were told did not help.

    >>> was_in_vain("tried that, did not help"), was_in_vain("it works now, thanks")
    (True, False)
    """
    return len(text.split()) <= MORE_WORDS and IN_VAIN.search(text) is not None
