"""Whether somebody has said yes, and whether a thing was named: plain looks at plain words.

Strict on purpose: where a yes is open to doubt the customer is asked once more.
"""

import re

YES = re.compile(
    r"\W*(?:yes|yeah|yep|yup|sure|ok|okay|please do|do it|do that|go ahead|correct|exactly"
    r"|right|of course|confirm(?:ed)?|absolutely|definitely|agreed|that'?s (?:right|correct|fine)"
    r"|i (?:do )?(?:confirm|agree)|i'?m sure|y)\b",
    re.IGNORECASE,
)
NO = re.compile(
    r"\W*(?:no|nope|nah|n|not|never|don'?t|do not|stop|wait|rather not|cancel|forget it"
    r"|leave it|never ?mind)\b",
    re.IGNORECASE,
)
DOUBT = re.compile(
    r"\b(?:no|nope|wait|hold on|not (?:yet|sure|now|that|this|the)|don'?t|do not|stop|but|instead"
    r"|actually|rather|except|unless|if|changed my mind|second thoughts?|never ?mind|forget)\b",
    re.IGNORECASE,
)
QUESTION = re.compile(r"\b(?:what|which|why|how|when|who|where)\b|\?\s*$", re.IGNORECASE)
SENTENCE = re.compile(r"[^.!?\n]+[.!?]*")


def says_yes(text: str) -> bool:
    """Whether a message is a plain yes; with a doubt, a change or a question in it, it is none.

    >>> [says_yes(t) for t in ("yes", "Yes, please do it.", "ok. And where is my other order?")]
    [True, True, True]
    >>> [says_yes(t) for t in ("yes but to another one", "ok wait", "yes?", "ok what then")]
    [False, False, False, False]
    """
    sentences = SENTENCE.findall(text)
    first = sentences[0] if sentences else ""
    return bool(YES.match(first)) and not QUESTION.search(first) and not DOUBT.search(text)


def says_no(text: str) -> bool:
    """Whether a message begins with a no.

    >>> [says_no(t) for t in ("no", "No, leave it", "never mind", "nothing works", "yes")]
    [True, True, True, False, False]
    """
    return bool(NO.match(text))


def is_in(value: str, text: str) -> bool:
    """Whether the value stands in the text as a word of its own, in any case.

    >>> is_in("ann@new.test", "Please use Ann@new.test.")
    True
    >>> is_in("ann@new.test", "joann@new.test, ann@new.test.evil")
    False
    """
    whole = rf"(?<![\w.+@-]){re.escape(value)}(?![\w@-]|\.\w)"
    return re.search(whole, text, re.IGNORECASE) is not None
