"""Finding the details a playbook needs in what a customer wrote. Pure functions."""

import re
from collections.abc import Sequence

from agents.persons import find_name
from agents.wording import normalise
from agents.words import words

EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")
PHONE = re.compile(r"(?<![\w.,:/-])\+?\(?\d[\d ().-]{5,20}\d(?![\w:/]|[.,]\d)")
DATE = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}")
CODE = re.compile(r"\b([A-Z]{2,5})[- ]?(\d{2,10})\b", re.IGNORECASE)
DIGITS_OF_A_PHONE = range(7, 16)

NAME_BEFORE = re.compile(r"((?:[^\W\d_a-z][\w'’-]+ ?){2,3})[ ,]+$")  # capitals, then the contact

NUMBER = re.compile(r"(?<![\w@.,:$€£+-])#?(\d{1,12})(?![\w@%:€]|[.,:]\d|-\d)")
WORD_BEFORE = re.compile(r"([a-z]+)[\s.:#]*(?:(?:no|nr|number|id|is)[\s.:#]*)?$", re.IGNORECASE)
COUNTED = re.compile(
    r"\s*-?(?:x|of|days?|weeks?|months?|years?|hours?|hrs?|minutes?|mins?|seconds?|times?|dollars?"
    r"|bucks|usd|am|pm|percent|pieces?|items?|people|sims?|[mg]b(?:ps|it)?|sq|feet|ft|business"
    r"|more|devices?|rooms?)\b",
    re.IGNORECASE,
)
LONG = 4  # digits; a number this long is somebody's id even where nothing says so
YEAR = re.compile(r"(?:19|20)\d\d")
ANY_ID = ("order", "ticket", "number", "job", "case")
OTHER_IDS = frozenset(
    {
        "order",
        "ticket",
        "invoice",
        "bill",
        "inv",
        "job",
        "case",
        "customer",
        "account",
        "lead",
        "quote",
        "phone",
        "code",
        "pin",
    }
)

DAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)days?"
MONTH = (
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december"
    r"|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)"
)
CLOCK = r"\d{1,2}(?:[:.]\d\d)? ?(?:am|pm|o'?clock)|\d{1,2}:\d\d"
TIME = re.compile(
    rf"\b(?:(?:next|this|last|coming|every|on) )*(?:{DAY}|weekdays?|weekends?)\b"
    r"|\b(?:next|this|last|coming) (?:week|month|year)\b"
    r"|\b(?:today|tonight|tomorrow|yesterday|morning|afternoon|evening|noon|midday|night)\b"
    rf"|\b{MONTH}\.? \d{{1,2}}\b|\b\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {MONTH}\b"
    rf"|\b(?:(?:after|before|from|until|by|at|around) )?(?:{CLOCK})(?!\w)"
    r"|\b(?:after|before|between|from) \d{1,2}(?: (?:and|to|until) \d{1,2})?\b(?![%.,]\d| ?%)"
    r"|\b\d{1,2} ?(?:to|-|–) ?\d{1,2}\b(?! ?(?:%|days|weeks|months))"
    r"|\b(?:the )?\d{1,2}(?:st|nd|rd|th)\b|\b\d{4}-\d\d-\d\d\b|\b\d{1,2}/\d{1,2}(?:/\d{2,4})?\b"
    r"|\b(?:\d{1,2}|a|an|two|three|four|five|some|few) (?:days?|weeks?|months?) ago\b"
    r"|\bas soon as possible\b|\basap\b|\bany ?time\b|\bright now\b|\bimmediately\b",
    re.IGNORECASE,
)
MOST_TIME_CHARS = 200

STREET = (
    r"(?:street|str?|road|rd|avenue|ave|lane|ln|drive|dr|court|place|square|way|boulevard|blvd"
    r"|terrace|hill|row|quay|crescent|highway|hwy|trail|circle|parkway)"
)
ADDRESS = re.compile(
    rf"(?<![\w.,:$€£-])\d{{1,5}}[a-z]?,? (?:[a-z][\w'.-]* ){{0,3}}?{STREET}\b\.?"
    r"(?:,? (?!(?:and|my|the|please|phone|call|i|it|is|or|for|at)\b)"
    r"[a-z][\w'-]*(?: [a-z][\w'-]*)?)?",
    re.IGNORECASE,
)

YES = re.compile(
    r"\W*(?:yes|yeah|yep|yup|y|sure|ok|okay|please do|do it|do that|go ahead|correct|right|exactly"
    r"|of course|confirmed?|absolutely|definitely|agreed|fine|that'?s (?:right|correct|fine))\b",
    re.IGNORECASE,
)
NO = re.compile(
    r"\W*(?:no|nope|nah|n|not|never|don'?t|do not|stop|wait|rather not)\b", re.IGNORECASE
)

FEWEST_WORDS_OF_A_MATTER = 2

KINDS = (
    "email",
    "phone",
    "number",
    "code",
    "name",
    "contact",
    "time",
    "yes",
    "matter",
    "text",
    "address",
)
OPEN_KINDS = frozenset({"text", "matter", "time", "address"})
"""Kinds that take any answer once they were asked for."""


def find_slot(kind: str, text: str, *, asked: bool, of: Sequence[str] = ANY_ID) -> str | None:
    """The detail of a kind in a message, or None.

    Args:
        kind: one of KINDS; `contact` is an e-mail address, a phone number or both, `code` such as
            `INV-2041`, `time` when something is to be or was, `yes` becomes yes or no, `matter`
            what the message is about if it says so, `address` a street, `text` anything.
        text: the customer's words.
        asked: the detail was asked for, so that a bare answer ("Jane Miller", "2") counts.
        of: the words that announce a number of this kind: `order` as in "order 2".

    >>> find_slot("email", "it's jane@example.com.", asked=False)
    'jane@example.com'
    >>> find_slot("number", "where is order 1003?", asked=False)
    '1003'
    >>> find_slot("number", "I have been waiting for 2 weeks", asked=True) is None
    True
    >>> find_slot("name", "Jane Miller", asked=True)
    'Jane Miller'
    >>> find_slot("name", "Jane Miller", asked=False) is None
    True
    >>> find_slot("matter", "Please open a ticket", asked=False) is None
    True
    >>> find_slot("address", "chimney, 5 Oak Ave Harwick, Dana Cole, 555 0108", asked=False)
    '5 Oak Ave Harwick'
    >>> find_slot("time", "Could you come on Saturday after 10 am, please?", asked=False)
    'on Saturday after 10 am'
    """
    match kind:
        case "email" | "phone" | "contact":
            return _contact(kind, text)
        case "number":
            return _number(text, of, asked=asked)
        case "code":
            return _code(text) or _number(text, of, asked=asked)
        case "name":
            return find_name(without_contact(text), asked=asked) or _name_beside_contact(text)
        case "time":
            return _said(text) if asked else _time(text)
        case "address":
            found = ADDRESS.search(text)
            return found.group(0) if found else (_said(text) if asked else None)
        case "yes":
            return _yes(text) if asked else None
        case "matter" | "text":
            return _said(text) if asked or (kind == "matter" and _says_something(text)) else None
    raise ValueError(f"unknown slot kind {kind!r}; known are {', '.join(KINDS)}")


def each_of(kind: str, text: str, of: Sequence[str] = ANY_ID) -> list[str]:
    """The message once for each of the ids that it names; none where it names one at most.

    >>> each_of("code", "what is on INV-2042 and INV-1988?")
    ['what is on INV-2042?', 'what is on INV-1988?']
    >>> each_of("number", "where are orders 2, 3 and 5", of=["order"])
    ['where are order 2', 'where are order 3', 'where are order 5']
    >>> each_of("number", "order 2 and the headphones", of=["order"])
    []
    """
    if kind not in ("code", "number"):
        return []
    words_before = "|".join(map(re.escape, of))
    one = rf"{CODE.pattern}|#?\d{{1,12}}" if kind == "code" else r"#?\d{1,12}"
    several = re.compile(
        rf"(?:\b(?P<word>{words_before})s?[\s:#]*(?:no|nr|numbers?)?[\s.:#]*)?"
        rf"(?P<ids>\b(?:{one})(?:(?:\s*,\s*|\s*&\s*|,?\s+(?:and|or)\s+)"
        rf"(?:(?:{words_before})s?\s+)?(?:{one})\b)+)(?!\s*(?:%|[-.]\d))",
        re.IGNORECASE,
    )
    for found in several.finditer(text):
        codes = [each.group(0) for each in re.finditer(one, found["ids"], re.IGNORECASE)]
        if found["word"] or all(CODE.fullmatch(code) for code in codes):
            word = f"{found['word']} " if found["word"] else ""
            before, after = text[: found.start()], text[found.end() :]
            return [f"{before}{word}{code}{after}" for code in codes]
    return []


def without_contact(text: str) -> str:
    """The words without addresses and phone numbers."""
    return PHONE.sub(" ", EMAIL.sub(" ", text))


def _said(text: str) -> str | None:
    """The whole message; "ok" and "thanks" say nothing."""
    words_said = normalise(text).split()
    if words_said and set(words_said) <= words("nothing_said"):
        return None
    return text.strip() or None


def _contact(kind: str, text: str) -> str | None:
    email = _email(text) if kind != "phone" else None
    phone = _phone(text) if kind != "email" else None
    return " ".join(filter(None, (email, phone))) or None


def _email(text: str) -> str | None:
    """The last address: "from this to that" names the new one last."""
    found = EMAIL.findall(text)
    return found[-1].rstrip(".") if found else None


def _phone(text: str) -> str | None:
    for found in PHONE.finditer(EMAIL.sub(" ", text)):
        number = found.group(0)
        digits = sum(map(str.isdigit, number))
        if digits in DIGITS_OF_A_PHONE and not DATE.fullmatch(number):
            return " ".join(number.replace("(", "").replace(")", " ").split())
    return None


def _name_beside_contact(text: str) -> str | None:
    """A name as people sign with it: "Tom Baker, 555-010-3344", "Tom Baker, 3 Elm Street"."""
    for pattern in (EMAIL, PHONE, ADDRESS):
        for found in pattern.finditer(text):
            before = ADDRESS.sub(";", text[: found.start()])
            if name := NAME_BEFORE.search(before):
                return find_name(name.group(1), asked=True)
    return None


def _code(text: str) -> str | None:
    """Upper case and with its dash, as ids are written."""
    for letters, digits in CODE.findall(text):
        if len(digits) >= LONG or f"{letters}-{digits}" in text:
            return f"{letters.upper()}-{digits}"
    return None


def _number(text: str, of: Sequence[str], *, asked: bool) -> str | None:
    """The announced number, else one long enough to be an id, else a bare one if asked for."""
    bare = None
    long = None
    plain = without_contact(text)
    for found in NUMBER.finditer(plain):
        number = found.group(1)
        before = WORD_BEFORE.search(plain[: found.start()])
        word = before.group(1).lower().rstrip("s") if before else ""
        if COUNTED.match(plain, found.end()):
            continue
        if found.group(0).startswith("#") or word in of:
            return number
        if word in OTHER_IDS:
            continue
        if len(number) >= LONG and not YEAR.fullmatch(number):
            long = long or number
        bare = bare or number
    return long or (bare if asked else None)


def _time(text: str) -> str | None:
    found = list(TIME.finditer(text))
    if not found:
        return None
    return text[found[0].start() : found[-1].end()].strip()[:MOST_TIME_CHARS]


def _yes(text: str) -> str | None:
    if NO.match(text):
        return "no"
    return "yes" if YES.match(text) else None


def _says_something(text: str) -> bool:
    substance = set(normalise(text).split()) - words("requesting")
    return len(substance) >= FEWEST_WORDS_OF_A_MATTER
