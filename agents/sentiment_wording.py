"""What the wording of a message tells about the customer's mood: a lexicon's view, and signs.

VADER's lexicon minds capitals, marks, emoji and negation, and knows that "terrible" is bad. It does
not know that an hour on hold is: that is what the signs are for. Their weights are fitted, so one
that only looks telling does no harm.
"""

import re
from functools import cache

import numpy as np
import numpy.typing as npt
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

MOST_CHARS = 600  # that are read: the lexicon's time grows with the square of the length

MOST_MARKS = 3  # of "!" or "?"; more of them say no more
LONG = 40  # words

_NUMBER = (
    r"(?:\d+|an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|half|several"
    r"|many|few|couple(?: of)?)"
)
_ORDINAL = r"(?:second|2nd|third|3rd|fourth|4th|fifth|5th|sixth|6th|tenth|nth)"

SIGNS = {
    "on_hold": r"\bon hold\b|\b(?:wait(?:ed|ing)?|queue|stuck|stranded|sitting)\b",
    "so_long": rf"\b{_NUMBER}\+? ?(?:and counting|min(?:ute)?s?\b|hrs?\b|hours?|days?|weeks?"
    r"|months?|years?)|\ball (?:day|morning|week|night)\b",
    "again": rf"\b(?:again|another|twice|still|yet|once more|{_ORDINAL} \w+|every (?:single )?time"
    rf"|{_NUMBER} times|multiple|repeatedly|keeps?|constantly|always|in a row)\b",
    "nobody": r"\b(?:no ?one|nobody|nothing|none|nowhere|never|not once)\b"
    r"|\bno (?:\w+ )?(?:answer|reply|response|call|help|update|explanation|apology|info\w*"
    r"|solution)"
    r"|\bignor\w+|\bh[au]ng(?:s|ing)? up\b|\b(?:get|getting|got) through\b|\bunable\b",
    "failed": r"\b(?:delay(?:s|ed|ing)?|cancell?ed|cancell?ation|late|lost|los(?:e|ing)|missing"
    r"|missed|broke(?:n)?|damaged?|ruin(?:s|ed|ing)?|wrong|down|crash\w*|errors?|fail\w*|glitch\w*"
    r"|leak\w*|vanished|disappeared|wasted?|mess(?:ed)?|dead|dropped|empty)\b",
    "does_not": r"(?:n['’]?t|\bnot|\bcannot) (?:\w+ )?(?:work\w*|help\w*|get|let|answer\w*"
    r"|even|come|came"
    r"|received?|arrived?|fixed|solved?|been|there|care|make|know|fit|load\w*)\b",
    "negated": r"n['’]t\b|\b(?:not|cannot|cant|wont|dont|didnt|doesnt|isnt|wasnt)\b",
    "money": r"\b(?:charg(?:e|es|ed|ing)|overcharged?|billed|debited|fees?|money back|paid"
    r"|pay(?:ing)?"
    r"|refund\w*|compensation|voucher)\b",
    "promised": r"\b(?:told|promised|said|says|supposed to|expected|claims?|agreed)\b",
    "leaving": r"\bnever (?:again|\w+ing)\b|\b(?:switch(?:ing)? to|last time|done with"
    r"|lost (?:a|my)"
    r"|lose (?:a|my)|another (?:provider|airline|company)|give up|close my account)\b",
    "bad_words": r"\b(?:worst|terribl[ey]|horribl[ey]|awful\w*|ridiculous\w*|unacceptable|pathetic"
    r"|joke|disappoint\w*|frustrat\w*|annoy\w*|rude\w*|poor(?:ly)?|useless|disgrace\w*|shame\w*"
    r"|unbelievable|incompeten\w*|scam\w*|lie[ds]?|liars?|sucks?|crap\w*|hate[ds]?|angry|upset"
    r"|unhappy|insane|absurd|disgust\w*|appalling|nightmare|hell|wtf|smh|ugh+|stupid|bs|fed up"
    r"|complain\w*|lame|garbage|trash|outrageous\w*)\b",
    "thanks": r"\b(?:thanks?|thank (?:you|u)|thx|ty|appreciate\w*|grateful|kudos|shout ?-?out"
    r"|cheers"
    r"|merci|gracias|danke)\b",
    "good_words": r"\b(?:great|awesome|amazing|love[ds]?|best|excellent|perfect\w*|wonderful"
    r"|fantastic"
    r"|brilliant|nice(?:ly)?|good|happy|glad|helpful|friendly|kind|impress\w*|rocks?|fast|quick\w*"
    r"|smooth\w*|beautiful\w*|easy|enjoy\w*|pleased|excited|recommend\w*|yay|wow|lovely|superb)\b",
    "solved": r"\b(?:solved|sorted|fixed|resolved|works?(?! (?:for|at|in))|working|found|arrived"
    r"|all good|back (?:online|up)|that(?:'s| is) all|made my)\b",
    "nothing_bad": r"\b(?:not? (?:bad|problems?|issues?|complaints?|worries)"
    r"|nothing to complain)\b",
    "however": r"\b(?:but|however|unfortunately|sadly|afraid|although|yet|instead|except)\b",
    "asks_how": r"(?:^|[.!?,] |@\w+ )(?:(?:hi|hello|hey|also|so|and|ok"
    r"|please)[, ]+)*(?:how (?:do|can|much"
    r"|many|long|early|old)|what|where|when|which|who|whom|is there|are there|do you|does|did"
    r"|can (?:i|you|we|a|the)|could (?:i|you|we)|may i|is it|will|would|any)\b",
    "why": r"\bwhy\b|\bhow (?:is it|come|hard|can (?:you|an?|it|they)|could you|many times"
    r"|do you)\b"
    r"|\b(?:really|seriously|are you kidding|come on)\b",
    "wants": r"\b(?:please|pls|plz|(?:need|want|like) to|i'd like|i would like|i need|looking for"
    r"|interested|can you|could you|let me know|tell me|send me|help (?:me )?(?:with|please)"
    r"|dm(?:ed|'d)?|question)\b",
    "greets": r"\b(?:hi|hello|hey|dear|good (?:morning|afternoon|evening)|regards|hola|bonjour"
    r"|hallo)\b",
    "you": r"\b(?:you|your|u|ur|y'all)\b",
    "we_have": r"\b(?:i|we)(?:'ve|’ve| have| had| was| were)(?! a (?:question|quick))\b"
    r"|\b(?:my|our)\b",
    "address": r"https?://|www\.",
    "two_words": r"^\W*(?:\w+\W*){1,2}$",
    "dots": r"\.\.\.|…",
    "quotes": r"[\"“”]",
    "bad_emoji": r"[😠-😭😡😤😒🙄😞😔👎💔😣😖😫😩🤬🤦]|:-?[(/]|:'\(",
    "good_emoji": r"[😀-😎😍😊👍👏❤💕🎉🙌🙏😃🥰💙]|[:;]-?[)D]|<3",
}
# a good word about a bad thing is rarely meant
PAIRS = (
    ("thanks", "failed"),
    ("good_words", "failed"),
    ("thanks", "so_long"),
    ("thanks", "however"),
    ("good_words", "again"),
    ("asks_how", "failed"),
    ("asks_how", "money"),
    ("again", "failed"),
    ("thanks", "solved"),
)
SHAPES = ("capitals", "exclaims", "asks", "asks_much", "length", "short")
LEXICON = ("compound", "pos", "neg", "neu")
NAMES = (*LEXICON, *SIGNS, *(f"{one}+{other}" for one, other in PAIRS), *SHAPES)

_PATTERNS = tuple(re.compile(pattern) for pattern in SIGNS.values())
_PLACES = {name: place for place, name in enumerate(SIGNS)}
_PAIRS = tuple((_PLACES[one], _PLACES[other]) for one, other in PAIRS)
_WORDS = re.compile(r"[^\W\d_]{2,}")


@cache
def _lexicon() -> SentimentIntensityAnalyzer:
    return SentimentIntensityAnalyzer()


def wording_of(text: str) -> npt.NDArray[np.float32]:
    """A row of NAMES: the lexicon's four figures (-1..1), then each sign (0..1)."""
    read = text[:MOST_CHARS]
    lowered = read.lower()
    polarity = _lexicon().polarity_scores(read)
    found = [float(pattern.search(lowered) is not None) for pattern in _PATTERNS]
    pairs = [found[one] * found[other] for one, other in _PAIRS]
    figures = [*(polarity[name] for name in LEXICON), *found, *pairs, *_shape_of(read)]
    return np.array(figures, dtype=np.float32)


def signs_in(text: str) -> list[str]:
    """The names of the signs that a message shows, for a reader who wonders."""
    row = wording_of(text)[len(LEXICON) :]
    return [name for name, value in zip(NAMES[len(LEXICON) :], row, strict=True) if value]


def _shape_of(text: str) -> list[float]:
    words = _WORDS.findall(text)
    shouted = sum(word.isupper() and len(word) > 2 for word in words)
    marks = text.count("?")
    return [
        shouted / max(len(words), 1),
        min(text.count("!"), MOST_MARKS) / MOST_MARKS,
        float(marks > 0),
        float(marks > 1),
        min(len(words), LONG) / LONG,
        float(len(words) <= 3),
    ]
