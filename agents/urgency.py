"""How soon somebody should look at a message: signs that a reader would name, added up."""

import re
from dataclasses import dataclass
from typing import Literal

Urgency = Literal["low", "medium", "high"]

HIGH = 3  # points; one grave sign, or two that stand together
MEDIUM = 1


@dataclass(frozen=True, slots=True)
class Sign:
    """A reason to hurry. `points` are 1 (matters), 2 (presses) or 3 (cannot wait).

    `in_question` tells whether it also counts where somebody only asks, about nothing of theirs.
    """

    name: str
    points: int
    pattern: re.Pattern[str]
    in_question: bool = True


def _sign(name: str, points: int, *patterns: str, in_question: bool = True) -> Sign:
    return Sign(name, points, re.compile("|".join(patterns)), in_question)


_ORDINAL = r"(?:second|2nd|third|3rd|fourth|4th|fifth|5th|sixth|tenth)"
_COUNTED = r"(?:twice|(?:two|three|four|five|ten|several|many|\d+) times)"
_UNITS = r"(?:minutes?|mins?|hours?|hrs?|h)\b"
_DAY = r"(?:tonight|today|tomorrow|noon|midnight|(?:mon|tues|wednes|thurs|fri|satur|sun)day)\b"
_EVENT = r"(?:exam|interview|surgery|flight|wedding|funeral|hearing|presentation|deposition)"
_ONLY_ASKS = re.compile(
    r"^(?:hi|hello|hey)?[ ,]*(?:what|which|how|when|where|who|do|does|would|is there|are there"
    r"|can i|could i|may i|i'?(?:d| would) like to (?:book|buy|order|know)"
    r"|i want to (?:book|buy))\b",
)
_OF_THEIRS = re.compile(r"\b(?:my|our|me|us|we|mine|ours)\b")
_TURNED_TO_US = r"(?:called|phoned|wrote|written|e-?mailed|contacted|asked|complained|told you)"

SIGNS = (
    _sign(
        "safety",
        3,
        r"\b(?:smoke|smoking|sparks?|sparking|burn(?:s|t|ing)|(?:on|caught) fire|gas leak)\b",
        r"\b(?:electric(?:al)? shock|electrocuted|flood(?:ed|ing)|collaps(?:ed|ing))\b",
        r"\b(?:injur(?:ed|y)|bleeding|ambulance|life[- ]?threatening|911)\b",
        r"\bemergency(?! (?:calls|maintenance|polic|contacts?|numbers?|exits?))\b|\bsmell of gas\b",
        r"\bsmells? (?:like |of )?(?:gas|smoke|burn)",
        r"\b(?:oxygen|medical|dialysis|pacemaker|alarm system|fall alarm|panic button)\b",
        r"\balarm (?:of|in|at) (?:the|our|my) .{0,40}\b(?:needs?|dead|down|offline)\b",
    ),
    _sign(
        "fraud",
        3,
        r"\b(?:hacked|identity theft|fraud(?:ulent)?|scam(?:med)?|stolen?|phish(?:ing|ed))\b",
        r"\b(?:unauthori[sz]ed|(?:somebody|someone) else'?s?) (?:charge|payment|order|access|us)",
        r"\b(?:payments?|orders?|charges?"
        r"|purchases?) .{0,30}\bi (?:did ?n[o']?t|never) (?:make|made)\b",
        r"\b(?:ordered|bought|opened|signed|contract) .{0,30}\bin my name\b",
        in_question=False,
    ),
    _sign(
        "legal",
        2,
        r"\b(?:lawyer|attorney|solicitor|lawsuit|sue|court|legal action|ombudsman|regulator)\b",
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
        r"\b(?:by|before|until) \d{1,2}(?::\d\d)? ?(?:am|pm|o'?clock|:\d\d)",
        rf"\b(?:must|has to|have to) be .{{0,20}}\b{_DAY}",
        in_question=False,
    ),
    _sign(
        "event_soon",
        2,
        rf"\b{_EVENT}\b.{{0,40}}\b(?:{_DAY}|{_UNITS})|\bcourt hearing\b",
        in_question=False,
    ),
    _sign(
        "stuck",
        1,
        r"\b(?:do(?:es)? ?n[o']?t|won'?t|will not|can'?t|cannot) "
        r"(?:work|activate|connect|start|turn on|load|log ?in|sign ?in)\b.{0,80}"
        rf"\b(?:{_DAY}|now|anymore|{_UNITS})",
        rf"\b{_EVENT}\b.{{0,60}}\b(?:do(?:es)? ?n[o']?t|can'?t|cannot)\b",
        in_question=False,
    ),
    _sign(
        "outage",
        2,
        r"\b(?:is|are|still|been|went|goes|gone|totally"
        r"|completely) (?:down|dead|offline|out(?! of))\b",
        r"\b(?:outage|no (?:service|connection|signal|internet|power|heating|water|phone))\b",
        r"\b(?:nothing works|stopped working|not working at all|leak(?:s|ing)?)\b",
        r"\bdoes ?n[o']?t work at all\b",
    ),
    _sign(
        "livelihood",
        2,
        r"\bwork(?:ing)? from home\b|\blos(?:e|ing) (?:money|customers|business|sales|orders)\b",
        r"\bmy (?:business|shop|office|clinic|practice|store) (?:is|can'?t|cannot|stands|has no)\b",
        r"\b(?:card terminals?|cash registers?|tills?) .{0,20}\b(?:down|dead|offline|not work)",
        r"\b(?:whole|entire) (?:office|team|company|shop)\b|\b(?:shop|store|restaurant) is full\b",
        r"\bwe (?:can'?t|cannot) (?:work|sell|serve|open)\b",
        in_question=False,
    ),
    _sign(
        "money",
        2,
        r"\b(?:charged|billed|debited|paid|deducted) (?:me )?(?:twice|double|two times|again)",
        r"\b(?:double|over)[- ]?charged\b|\boverdraft\b|\boverdrawn\b|\bovercharg|\bdebt collect",
        r"\byou (?:took|charged|debited|deducted"
        r"|withdrew) .{0,40}(?:too much|mistake|without|wrong)",
        r"\b(?:money|refund) .{0,30}\b(?:missing|not (?:arrived|received|here)|never came)",
    ),
    _sign(
        "contacted_before",
        2,
        rf"\b{_ORDINAL} time\b|\b{_TURNED_TO_US} .{{0,30}}{_COUNTED}",
        rf"\b{_TURNED_TO_US} .{{0,30}}\b(?:already|before|again|days ago|weeks? ago)\b",
        r"\b(?:already|still) .{0,15}\b(?:contacted|called|waiting|no (?:answer|reply))\b",
        r"\b(?:nobody|no ?one)(?: has| have| ever)* (?:answer"
        r"|repl(?:y|ie)|respond|help|call)(?:s|d|ed)?\b",
        r"\bi ask(?:ed)? (?:again|twice)\b|\bonce again\b",
        r"\bheard nothing\b|\bhow (?:often|many times) do i\b",
    ),
    _sign(
        "waiting_long",
        1,
        r"\b(?:since|already|been|wait(?:ed|ing)|without|no \w+) .{0,20}(?:days|weeks|months)\b",
        r"\b(?:nobody|no ?one|nothing)\b.{0,40}\bfor (?:\w+ )?(?:days|weeks|months)\b",
    ),
    _sign("strong_words", 1, r"!!|\b(?:unacceptable|ridiculous|outrageous|desperate|furious)\b"),
)


def signs_of(text: str) -> list[Sign]:
    """Every sign the message shows, in the order of SIGNS: the explanation of `urgency`."""
    lowered = text.lower().replace("’", "'")
    asks = _ONLY_ASKS.match(lowered) is not None and not _OF_THEIRS.search(lowered)
    return [
        sign for sign in SIGNS if (sign.in_question or not asks) and sign.pattern.search(lowered)
    ]


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
