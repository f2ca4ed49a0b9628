"""Messages that are nothing but a detail: a name, a number, an address. Pure functions."""

import re

from agents.cues import names_another
from agents.persons import find_name
from agents.slots import CODE, EMAIL, PHONE
from agents.words import words

WORD = re.compile(r"[^\W\d_][\w'’.-]*")
FEW_WORDS = 3  # a name has hardly more
PLAIN_WORDS = 2  # and hardly more than that without capitals


def is_number(text: str) -> bool:
    """Whether a message has digits and not one word.

    >>> is_number("5478"), is_number("# 10-03"), is_number("INV-2041"), is_number("ok")
    (True, True, True, False)
    """
    rest = CODE.sub("0", EMAIL.sub("0", text))
    return any(c.isdigit() for c in rest) and not any(c.isalpha() for c in rest)


def is_details(text: str) -> bool:
    """Whether a message says who somebody is, or a number, and nothing of what they want.

    >>> [is_details(t) for t in ("rana najesh", "My name is James, account number 87889876564")]
    [True, True]
    >>> [is_details(t) for t in ("where is order 1003?", "no internet", "and on repairs")]
    [False, False, False]
    """
    if "?" in text or names_another(text):
        return False
    rest = CODE.sub(" ", PHONE.sub(" ", EMAIL.sub(" ", text)))
    said = [word.rstrip(".").lower() for word in WORD.findall(rest)]
    unknown = [w for w in said if w not in words("beside_a_name") | words("of_ids")]
    has_digits = rest != text or any(c.isdigit() for c in text)
    if not unknown:
        return has_digits
    if len(unknown) > FEW_WORDS or words("common") & set(unknown):
        return False
    if has_digits or find_name(text, asked=False):
        return True
    if len(unknown) > PLAIN_WORDS and not all(word.istitle() for word in WORD.findall(rest)):
        return False
    alone = len(said) == 1 and not text.strip().istitle()  # it may be anything
    return not alone and find_name(text, asked=True) is not None
