"""Two questions in one message are answered one by one: here they are told apart."""

import re

MOST_CLAUSES = 3
FEWEST_WORDS = 3  # "How long?" belongs to what was said before

_SENTENCE_END = re.compile(r"(?<=[.!?;…])\s+|\n+")
_REQUEST = (
    r"(?:how|what|when|where|why|which|who|can|could|do|does|did|is|are|was|will|would|should|may"
    r"|please|i (?:also )?(?:want|need|would like|wanna|have (?:a|another) question)|i'd like)\b"
)
_JOINED = re.compile(rf"[,;]?\s+(?:and|but|plus)\s+(?:also\s+)?(?={_REQUEST})", re.IGNORECASE)
_OPENER = re.compile(
    r"(?:and |oh |,)*(?:also|plus|another (?:thing|question|issue)|one more|secondly?|2\)|besides"
    r"|additionally|separately|by the way|btw|on top of that|apart from that)\b",
    re.IGNORECASE,
)
_ASKS = re.compile(
    rf"\?|^(?:and |but |so )?{_REQUEST}|\b(?:i (?:want|need)|i'd like|please|(?:can|could) you)\b",
    re.IGNORECASE,
)
_REFERS_BACK = re.compile(
    r"\b(?:it|its|that|them|they|this|those|these|then|instead)\b", re.IGNORECASE
)


def split_clauses(text: str) -> list[str]:
    """What the message asks for, in order: at most MOST_CLAUSES parts that are all of its words.

    Background stays with the request it belongs to; a part that only adds to what was said does
    too. What comes after the last part allowed is added to it.

    >>> split_clauses("My internet is down. Also, when is my bill due?")
    ['My internet is down.', 'Also, when is my bill due?']
    >>> split_clauses("Hi! I bought headphones last week. Can I return them?")
    ['Hi! I bought headphones last week. Can I return them?']
    >>> split_clauses("how do I reset the router and when does the store open")
    ['how do I reset the router', 'when does the store open']
    >>> split_clauses("Where is my order? How long? When will it get here?")
    ['Where is my order? How long? When will it get here?']
    """
    clauses: list[str] = []
    for part in _parts(text):
        if clauses and (len(clauses) == MOST_CLAUSES or not _begins_another(part, clauses[-1])):
            clauses[-1] = f"{clauses[-1]} {part}"
        else:
            clauses.append(part)
    return clauses


def _parts(text: str) -> list[str]:
    sentences = _SENTENCE_END.split(text)
    return [part.strip() for s in sentences for part in _JOINED.split(s) if part.strip()]


def _begins_another(part: str, current: str) -> bool:
    if len(part.split()) < FEWEST_WORDS or len(current.split()) < FEWEST_WORDS:
        return False
    if _OPENER.match(part):
        return True
    return bool(_ASKS.search(part) and _ASKS.search(current) and not _REFERS_BACK.search(part))
