"""What in a question is one customer's, and says nothing of its subject. Pure functions."""

import re

ADDRESS = r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}"
INTRODUCED = (
    r"(?:\b(?:and |so )?(?:(?:my|the) )?(?:account(?:'s)? )?(?:(?:e-?mail|mail)(?: address)?"
    r"|address|login|account)(?: is|:)|\bi am|\bi'm|\bit's|\bthis is|\bunder|\bhere is)\W*"
)
"""How somebody says whose address it is: then these words say nothing more either."""
CODE = r"\[one-time code\]"
PHONE = (
    r"(?<![\w.,:/$€£-])(?:\+\d[\d ().-]{6,18}\d|\(?\d{3}\)?[ .-]?\d{3}[ .-]?\d{4})"
    r"(?![\w:/%]|[.,]\d)"
)
NUMBER_OF = (
    r"\b(?P<what>order|ticket|invoice|customer)"
    r"(?:\s+(?:number|no\.?|nr\.?|id))?(?:\s+is)?\s*[:#]?\s*#?(?:[A-Z]{2,5}-)?\d+\b"
    r"|\b[A-Z]{2,5}-\d{3,}\b|(?<!\w)#\d+\b"
)
IDENTIFIERS = re.compile(
    "|".join((f"{INTRODUCED}{ADDRESS}", ADDRESS, CODE, NUMBER_OF, PHONE)), re.IGNORECASE
)


def without_identifiers(text: str) -> str:
    """A question without addresses, phone numbers and numbers of orders; itself if that is all.

    >>> without_identifiers("I'm ann@acme.test. Where is order #7411?")
    'Where is order ?'
    >>> without_identifiers("How do I set up the Hub 6 for 5 GHz?"), without_identifiers("a@b.test")
    ('How do I set up the Hub 6 for 5 GHz?', 'a@b.test')
    """
    left = " ".join(IDENTIFIERS.sub(_left, text).split())
    left = left.strip(" .,;:")
    return left if re.search(r"[^\W\d_]{2}", left) else text


def _left(found: re.Match[str]) -> str:
    """What it is a number of still counts."""
    return f" {found['what'] or ''} "
