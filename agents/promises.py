"""What an answer says was done or will be done, and whether anything in the turn does it.

The assistant does nothing after its answer: "I will call you back" is true only where a tool has
told people to. Pure functions; English, like the sentences the assistant makes itself.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from agents.evidence import is_refusal, passages_in, written_in
from agents.extract import stems_of
from agents.quantities import in_digits
from agents.sentences import sentences
from tools.held_back import NEEDS_APPROVAL

PASSED_ON = frozenset(
    {
        "create_ticket",
        "update_ticket",
        "escalate_ticket",
        "create_lead",
        "update_lead",
        "request_quote",
        "book_appointment",
        "flag_refund",
        NEEDS_APPROVAL,
    }
)
"""After these, people know of the case: what they will do may be said."""
NOBODY: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Deed:
    """A kind of doing: its verbs as stems of a regular expression, and the tools that do it.

    `offered`: may be put as an offer ("if you like, I can …") although it is not done yet.
    """

    verbs: str
    tools: frozenset[str]
    offered: bool = True


LOOKED = "looked"
DEEDS: tuple[Deed, ...] = (
    # no tool moves money or ends a contract: these are never ours to say
    Deed(
        r"refund|reimburs|compensat|credit|waiv|deduct|discount|extend|cancel|terminat|upgrad"
        r"|downgrad|replac|exchang|repair|restor|unlock|unblock|block|reset|reactivat|activat"
        r"|deactivat|delet|remov|fix|solv|resolv|process|approv(?!al)|revers|transferr?ed the money"
        r"|pa(?:y|id|ying) (?:you|it) back|tak(?:e|en|ing) (?:[\d$€%]|off)|make an exception"
        r"|made an exception|g(?:ive|iving|ave|iven) you (?:a|an|your|the|\d|[$€£])",
        NOBODY,
        offered=False,
    ),
    Deed(
        r"call|ring|phone|contact|reach out|get back|be in touch|get in touch|follow up|text you"
        r"|write (?:to )?you|come back to you|let (?:you|(?:the|my|our|a) [\w ]{1,30}?) know"
        r"|keep you|update you|inform you|notify you"
        r"|be (?:there|back|with you)\b|(?:come|arrive)\b|stop by|look (?:in)?to|find out"
        r"|make sure|ensure|see to it|take care|keep an eye|monitor|handle|investigat"
        r"|sp(?:eak|oke|oken) (?:to|with)|talk(?:ed)? to"
        r"|ask(?:ed)? (?:them|my|our|the|an?|for approval)\b"
        r"|inform(?:ed)? (?:my|our|the)",
        PASSED_ON,
    ),
    Deed(r"send|sent|e-?mail|mail|ship|dispatch|deliver|arrang", frozenset({"send_reply"}), False),
    Deed(
        r"book|schedul|reserv|request(?:ed)? (?:a|an|your) (?:visit|appointment|technician)",
        frozenset({"book_appointment"}),
    ),
    Deed(
        r"open(?:ed|ing)? (?:a|an|the|up|your|another|ticket)|creat|fil(?:e|ed|ing)\b|logg?|rais"
        r"|register|put in (?:a|an|your|the)|ma[dk]e a note|record|submit|report|request"
        r"|start(?:ed)? (?:a|an|the|your) (?:return|refund|claim|request|investigation|process)"
        r"|not(?:e|ed|ing)\b|escalat|pass|forward|hand"
        r"|flag",
        PASSED_ON,
    ),
    Deed(
        r"chang|updat|correct|switch|edit",
        frozenset({"update_customer_email", "update_ticket", "update_lead"}),
    ),
    Deed(r"check|looked|confirm|review|verif|measur|test|examin|inspect", frozenset({LOOKED})),
)

STATES = (
    r"paid back|ship|dispatch|deliver|sent|mail|book|schedul|arrang|chang|updat|escalat|contacted"
    r"|called|opened|created"
)
"""What may also be told as something that just happened."""

_ADVERB = r"(?:(?:(?:go|gone|went) ahead and|just|now|also|already|then|\w+ly|hereby|both)\s+)*"
_NAMED = (
    r"(?:colleague|agent|team|technician|manager|supervisor|specialist|representative|department"
    r"|engineer|courier|driver|expert|someone|somebody|staff|advisor|adviser)s?"
)
_PERSON = rf"(?:(?:one of |a |an |the |our |my )(?:[\w']+\s){{0,3}}{_NAMED}|someone|somebody)"
_VERBS = "|".join(deed.verbs for deed in DEEDS)

FUTURE = re.compile(
    rf"\b(?:I|we|{_PERSON})(?:\s+(?:\w+\s+)?)?(?:'ll|\s*will|\s+shall|\s*(?:'m|'re|am|are|is)\s+going"
    rf"\s+to)\s+{_ADVERB}(?:be\s+)?(?P<verb>{_VERBS})",
    re.IGNORECASE,
)
DONE = re.compile(
    rf"\b(?:I|we|{_PERSON})(?:(?:'ve|'s|\s+have|\s+has|\s+had)\s+{_ADVERB}(?P<verb>{_VERBS})"
    rf"|\s+{_ADVERB}(?P<past>(?:(?:{_VERBS})\w*(?<=ed)|sent|put in|made a note"
    rf"|spoke|gave|made an exception)\b))",
    re.IGNORECASE,
)
DOING = re.compile(
    rf"\b(?:I|we|{_PERSON})(?:'m|'re|'s|\s+am|\s+are|\s+is)\s+{_ADVERB}(?P<verb>(?:{_VERBS})\w*ing\b"
    rf"|(?:sending|refunding|giving|getting|looking into))",
    re.IGNORECASE,
)
HAPPENED = re.compile(
    rf"\b(?:(?:has|have|had)\s+{_ADVERB}been|(?:is|are)\s+{_ADVERB}being|(?:will|'ll)\s+{_ADVERB}be"
    rf"|(?:was|were)|(?:is|are)\s+now)\s+{_ADVERB}"
    rf"(?P<verb>(?:{DEEDS[0].verbs}|{STATES})\w*)",
    re.IGNORECASE,
)
GIVEN = re.compile(
    r"\byou(?:'ll| will|'re going to| are going to|'re| are)\s+(?:\w+ly |also |then |soon )*"
    r"(?:receive|receiving|get|getting|have|hear from|be (?:contacted|called|notified|informed"
    r"|refunded|credited))(?P<what>[^.!?\n]{0,60})",
    re.IGNORECASE,
)
THINGS = re.compile(
    r"\b(?:refund|money|credit|discount|voucher|coupon|compensation|replacement|call|e-?mail|text"
    r"|confirmation|technician|visit|us\b|back|free|gift|reply)",
    re.IGNORECASE,
)
HEARD = re.compile(r"hear from|contacted|called|notified|informed|\bcall\b|\bus\b", re.IGNORECASE)
ASSURED = re.compile(
    r"\b(?:I|we)\s+(?:can\s+)?(?:promise|guarantee|assure)\b|\brest assured\b"
    r"|\bconsider it (?:done|paid|refunded|sorted|fixed)\b|\bguaranteed\b",
    re.IGNORECASE,
)
FREE = re.compile(
    r"\b(?:free of charge|for free|at no (?:extra |additional )?(?:cost|charge)"
    r"|no (?:extra |additional )?(?:charge|fee|cost)s?|free (?:shipping|delivery|return|repair"
    r"|upgrade|replacement|month|installation|visit)s?|month free)\b",
    re.IGNORECASE,
)
FREE_WORDS = re.compile(r"\bfree\b|no (?:\w+ )?(?:charge|cost|fee)|\b0\.00\b|waive", re.IGNORECASE)
ON_ITS_WAY = re.compile(
    r"\b(?P<what>money|refund|payment|technician|courier|replacement|help)\b(?:[^.!?\n]|\.\d){0,20}"
    r"\b(?:on (?:its|the|their) way|underway|under way|will be (?:back|in|on|there|with))\b",
    re.IGNORECASE,
)

PENDING = re.compile(
    r"\b(?:is|are)\s+(?:now\s+)?(?:pending|awaiting|waiting for)\b[^.!?\n]{0,30}\bapprov",
    re.IGNORECASE,
)

TELLING = (PENDING, FUTURE, DONE, DOING, HAPPENED, GIVEN, ON_ITS_WAY)

NOT_SAID = re.compile(
    r"\b(?:no|not|never|nothing|nobody|cannot|whether|until|unless|neither|nor)\b|n't\b",
    re.IGNORECASE,
)
OFFER = re.compile(
    r"\b(?:if|once|when|whenever|as soon as|after|before|would|could|can|may|might|shall|should"
    r"|let me know|do you|want me)\b",
    re.IGNORECASE,
)
SAME_SENTENCE = 0.6  # of a sentence's stems that stand in one of the sources', two at least


def unkept(text: str, known: Sequence[str], done: Collection[str]) -> list[str]:
    """The sentences that tell of something that nothing did; empty where there are none.

    Args:
        text: an answer.
        known: what tools and passages said, and what was said for the company before.
        done: names of the tools that worked in this turn.

    >>> unkept("I will call you back.", [], [])
    ['I will call you back.']
    >>> unkept("I will call you back.", [], ["create_ticket"])
    []
    """
    said = [sentence for sentence in sentences(in_digits(text)) if not sentence.endswith("?")]
    if not (telling := [s for s in said if any(p.search(s) for p in (*TELLING, FREE, ASSURED))]):
        return []
    known = [in_digits(each) for each in known if not is_refusal(each)]
    records = [each for each in known if not passages_in(each)]
    lowered = ("\n".join(records).lower(), "\n".join(known).lower())
    claims = [s for s in telling if _claims(s, lowered, done)]
    stems = {each: [stems_of(s) for s in written_in(each)] for each in (known if claims else ())}
    own = [one for each in records for one in stems.get(each, ())]
    anybodys = [one for each in stems.values() for one in each]
    return [s for s in claims if not _is_said_in(s, own if DONE.search(s) else anybodys)]


def _claims(sentence: str, known: tuple[str, str], done: Collection[str]) -> bool:
    gift = FREE.search(sentence) and not NOT_SAID.search(FREE.sub(" ", sentence))
    if gift and not FREE_WORDS.search(known[1]):
        return True
    if PENDING.search(sentence) and NEEDS_APPROVAL not in done and "approv" not in known[0]:
        return True
    if ASSURED.search(sentence) and not NOT_SAID.search(sentence):
        return True
    return any(not _holds(told, sentence, known, done) for told in _deeds_of(sentence))


@dataclass(frozen=True, slots=True)
class _Told:
    """A doing in a sentence, and where. `read`: a record may say so, too.

    That something "was delivered" or "we have refunded it" stands in a record; what "I" did, or
    what somebody will do, does not.
    """

    deed: Deed
    verb: str
    at: int
    read: bool
    to_come: bool = False


def _deeds_of(sentence: str) -> Iterator[_Told]:
    for pattern in (FUTURE, DONE, DOING, HAPPENED):
        for found in pattern.finditer(sentence):
            verb = found["verb"] or found.groupdict().get("past") or ""
            mine = found.group().lower().startswith(("i ", "i'"))
            read = pattern is HAPPENED or (pattern is DONE and not mine)
            to_come = pattern is HAPPENED and "ll" in found.group()[:5].lower()
            yield _Told(_kind(verb), verb, found.start(), read, to_come)
    for found in GIVEN.finditer(sentence):
        if HEARD.search(found.group()):
            yield _Told(DEEDS[1], "contact", found.start(), read=False)
        elif thing := THINGS.search(found["what"]):
            yield _Told(DEEDS[0], thing.group(), found.start(), read=True)
    for found in ON_ITS_WAY.finditer(sentence):
        yield _Told(DEEDS[0], found["what"], found.start(), read=True)


def _holds(told: _Told, sentence: str, known: tuple[str, str], done: Collection[str]) -> bool:
    """`known` are the records alone, and with the articles: those tell what happens in general."""
    deed = told.deed
    if NOT_SAID.search(sentence[: told.at]) or (deed.offered and OFFER.search(sentence)):
        return True
    if deed.tools & {LOOKED}:
        return bool(done)
    asked = deed is not DEEDS[0] and NEEDS_APPROVAL in done and "approv" in sentence.lower()
    did = asked or not deed.tools.isdisjoint(done)
    return did or (told.read and _stands_in(told.verb, known[told.to_come]))


def _kind(verb: str) -> Deed:
    return next((deed for deed in DEEDS if re.match(deed.verbs, verb, re.IGNORECASE)), DEEDS[0])


def _stands_in(verb: str, records: str) -> bool:
    """Whether records (in lower case) tell the same: a `refund_requested` is no refund."""
    stem = re.sub(r"(?:ing|l?ed|e)$", "", verb.split(maxsplit=1)[0].lower())
    return re.search(rf"\b{re.escape(stem)}(?:l?ed|l?ing|e|s)?\b", records) is not None


def _is_said_in(sentence: str, said: Sequence[frozenset[str]]) -> bool:
    stems = stems_of(sentence)
    return any(len(stems & each) >= max(2, SAME_SENTENCE * len(stems)) for each in said)
