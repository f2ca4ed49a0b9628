"""How soon somebody should look at a message: signs that a reader would name, added up."""

import re
from dataclasses import dataclass
from typing import Literal

Urgency = Literal["low", "medium", "high"]

HIGH = 3  # points; one grave sign, or two that stand together
MEDIUM = 1


@dataclass(frozen=True, slots=True)
class Sign:
    """A reason to hurry. `points` are 1 (matters), 2 (presses) or 3 (cannot wait)."""

    name: str
    points: int
    pattern: re.Pattern[str]


def _sign(name: str, points: int, *patterns: str) -> Sign:
    return Sign(name, points, re.compile("|".join(patterns)))


_ORDINAL = r"(?:second|2nd|third|3rd|fourth|4th|fifth|5th|sixth|tenth)"
_COUNTED = r"(?:twice|(?:two|three|four|five|ten|several|many|\d+) times)"
_UNITS = r"(?:minutes?|mins?|hours?|hrs?|h)\b"
_DAY = r"(?:tonight|today|tomorrow|noon|midnight|(?:mon|tues|wednes|thurs|fri|satur|sun)day)\b"
_TURNED_TO_US = r"(?:called|phoned|wrote|written|e-?mailed|contacted|asked|complained|told you)"

SIGNS = (
    _sign(
        "safety",
        3,
        r"\b(?:smoke|smoking|sparks?|sparking|burn(?:s|t|ing)|(?:on|caught) fire|gas leak)\b",
        r"\b(?:electric(?:al)? shock|electrocuted|flood(?:ed|ing)|collaps(?:ed|ing))\b",
        r"\b(?:injur(?:ed|y)|bleeding|ambulance|life[- ]?threatening|emergency(?! calls?)|911)\b",
        r"\b(?:oxygen|medical|dialysis|pacemaker|alarm system|fall alarm)\b",
    ),
    _sign(
        "fraud",
        3,
        r"\b(?:hacked|identity theft|fraud(?:ulent)?|scam(?:med)?|stolen?|phish(?:ing|ed))\b",
        r"\b(?:unauthori[sz]ed|(?:somebody|someone) else'?s?) (?:charge|payment|order|access|us)",
    ),
    _sign(
        "legal", 2, r"\b(?:lawyer|attorney|lawsuit|sue|court|legal action|ombudsman|regulator)\b"
    ),
    _sign(
        "said_to_be_urgent",
        3,
        r"\b(?:urgent(?:ly)?|asap|right away|immediate(?:ly)?|at once|can(?:'t|not) wait)\b",
        r"\b(?:as soon as possible|time[- ]sensitive|critical)\b",
    ),
    _sign(
        "deadline",
        2,
        rf"\b(?:in|within|before) (?:the next )?(?:an?|one|two|half an|\d+) (?:more )?{_UNITS}",
        rf"\b(?:by|before|until) {_DAY}",
        r"\b(?:deadline|last day|(?:due|expires?) (?:today|tomorrow|tonight))\b",
        rf"\b(?:exam|interview|surgery|flight|wedding|funeral)\b.{{0,40}}\b(?:{_DAY}|{_UNITS})",
    ),
    _sign(
        "outage",
        2,
        r"\b(?:is|are|still|been|went|goes|gone|totally|completely) (?:down|dead|offline|out)\b",
        r"\b(?:outage|no (?:service|connection|signal|internet|power|heating|water|phone))\b",
        r"\b(?:nothing works|stopped working|not working at all|leak(?:s|ing)?)\b",
        r"\bdoes ?n[o']?t work at all\b",
    ),
    _sign(
        "livelihood",
        2,
        r"\bwork(?:ing)? from home\b|\blos(?:e|ing) (?:money|customers|business|sales|orders)\b",
        r"\bmy (?:business|shop|office|clinic|practice|store) (?:is|can'?t|cannot|stands|has no)\b",
    ),
    _sign(
        "money",
        2,
        r"\b(?:charged|billed|debited|paid|deducted) (?:me )?(?:twice|double|two times|again)",
        r"\b(?:double|over)[- ]?charged\b|\boverdraft\b|\bovercharg|\bdebt collect",
        r"\b(?:money|refund) .{0,30}\b(?:missing|not (?:arrived|received|here)|never came)",
    ),
    _sign(
        "contacted_before",
        2,
        rf"\b{_ORDINAL} time\b|\b{_TURNED_TO_US} .{{0,30}}{_COUNTED}",
        rf"\b{_TURNED_TO_US} .{{0,30}}\b(?:already|before|again|days ago|weeks? ago)\b",
        r"\b(?:already|still) .{0,15}\b(?:contacted|called|waiting|no (?:answer|reply))\b",
        r"\b(?:nobody|no ?one) (?:answer|repl(?:y|ie)|respond|help|call)(?:s|d|ed)?\b",
        r"\bi ask(?:ed)? (?:again|twice)\b|\bonce again\b|\bhow (?:often|many times) do i\b",
    ),
    _sign(
        "waiting_long",
        1,
        r"\b(?:since|already|been|wait(?:ed|ing)|without|no \w+) .{0,20}(?:days|weeks|months)\b",
    ),
    _sign("strong_words", 1, r"!!|\b(?:unacceptable|ridiculous|outrageous|desperate|furious)\b"),
)


def signs_of(text: str) -> list[Sign]:
    """Every sign the message shows, in the order of SIGNS: the explanation of `urgency`."""
    lowered = text.lower().replace("’", "'")
    return [sign for sign in SIGNS if sign.pattern.search(lowered)]


def urgency(text: str) -> Urgency:
    """How soon somebody should look at it, by the points of its signs.

    >>> urgency("What does express shipping cost?")
    'low'
    >>> urgency("You charged me twice for May")
    'medium'
    >>> urgency("The box in the hallway smells burnt"), urgency("third time I write: no signal")
    ('high', 'high')
    """
    points = sum(sign.points for sign in signs_of(text))
    if points >= HIGH:
        return "high"
    return "medium" if points >= MEDIUM else "low"
