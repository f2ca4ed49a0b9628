"""What people told a customer while they had the conversation. Pure functions.

After they handed it back, the assistant neither contradicts them nor does their work again: where
the customer asks about what was agreed, it says what was said.
"""

import re
from collections.abc import Sequence

from agents.cues import asks
from agents.extract import stems_of

MOST_QUOTED_CHARS = 600
FEWEST_SHARED = 2  # words with a meaning that a question and what was said have in common
COVERED = 0.6  # of the question's words

AGREED = re.compile(
    r"\b(?:did|has|have|what|whatever|as|like|when|how much|remember|remind)\b.{0,40}"
    r"\b(?:agree[ds]?|promis\w+|said|say|told|tell|offer(?:ed)?|mention(?:ed)?|decid\w+)\b",
    re.IGNORECASE,
)
WHO = re.compile(
    r"\b(?:colleagues?|agents?|operators?|persons?|humans?|we|you|he|she|they|somebody|someone)\b",
    re.IGNORECASE,
)
KINDS = (
    (
        re.compile(
            r"\b(?:when|(?:what|which) (?:day|time|date)|how (?:soon|long))\b", re.IGNORECASE
        ),
        re.compile(r"day\b|\b(?:tomorrow|tonight|week|month|hour|minute)s?\b", re.IGNORECASE),
    ),
    (
        re.compile(r"\bhow much\b|\b(?:sum|amount|price)\b", re.IGNORECASE),
        re.compile(r"[$€£]|\b(?:USD|EUR|GBP|dollars?|euros?|pounds?|free)\b", re.IGNORECASE),
    ),
)
"""What is asked for and what a sentence must hold to say it: then one word in common will do."""
SENTENCE = re.compile(r"(?<=[.!?])\s+")


def told_before(question: str, said: Sequence[str]) -> str | None:
    """What people said that answers the question; None where they said nothing of it.

    Args:
        question: the customer's message.
        said: what people wrote to them, oldest first.

    >>> told_before("what did your colleague say about my refund?", ["Hi!", "You get 20 USD back."])
    'You get 20 USD back.'
    >>> told_before("when does my replacement router arrive?",
    ...     ["Your replacement router will arrive on Monday. Bye!"])
    'Your replacement router will arrive on Monday.'
    >>> told_before("When do I get it, the router?", ["You get a new router on Friday."])
    'You get a new router on Friday.'
    >>> told_before("how do I reset it?", ["Your replacement router arrives on Monday."]) is None
    True
    """
    if not said or not asks(question):
        return None
    wanted = stems_of(_without_kind(question))
    sentences = [one for text in said for one in SENTENCE.split(text.strip()) if one]
    fewest = {one: 1 if _of_a_kind(question, one) else FEWEST_SHARED for one in sentences}
    fitting = [one for one in sentences if len(wanted & stems_of(one)) >= fewest[one]]
    covered = wanted & frozenset[str]().union(*map(stems_of, fitting))
    if fitting and len(covered) >= COVERED * len(wanted):
        return " ".join(fitting)[:MOST_QUOTED_CHARS]
    if AGREED.search(question) and WHO.search(question):
        return said[-1].strip()[:MOST_QUOTED_CHARS]
    return None


def _without_kind(question: str) -> str:
    for asked, _ in KINDS:
        question = asked.sub(" ", question)
    return question


def _of_a_kind(question: str, sentence: str) -> bool:
    return any(asked.search(question) and told.search(sentence) for asked, told in KINDS)
