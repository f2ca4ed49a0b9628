"""Does the customer ask for a person? By rules, so that no topic can hide it from a classifier.

A message is read after everything that only sounds like a request has been taken out of it:
other meanings of the words, questions about who is writing, people somebody does not want.
"""

import re

SERVANT = (  # one who serves customers
    r"(?:humans?(?: beings?)?|agent|assistant|representative|rep|operator|employee|advis[oe]r"
    r"|supervisor|manager|staff(?: member)?|member of staff|team member|colleague|consultant)"
    r"(?!['-]\w|\w)"
)
PERSON = rf"(?:{SERVANT}|(?:person|people)(?!['-]\w|\w))"
SOMEBODY = r"(?:some ?one|some ?body|any ?one|any ?body)\b"
LIVING = r"(?:real|live|actual|living|human)"
THE = r"(?:an?|the|your|one of|some|any|another|my)"
A_PERSON = rf"(?:{THE} ){{0,3}}(?:\w+ ){{0,2}}?(?:{PERSON}|{SOMEBODY})"
BOT = r"(?:chat)?(?:bots?|robots?|machines?|computers?|automat\w+|ai)\b"
SOME_BEING = rf"(?:{THE} ){{0,3}}(?:{LIVING},? ){{0,3}}(?:{PERSON}|{BOT})"
MAY_I = (
    r"(?:\b(?:(?:can|could|may) (?:i|we)|let me|(?:want|need|like|prefer|rather)(?: to)?) "
    r"|^|[.,;!?] )"
)
PLEASE = r"(?:please|pls|plz|asap|immediately|now)\b"
HELP = r"(?:help(?: me| us)?|assistance|trying(?: to)?|like|rather be|prefer)"

NOT_MEANT = (
    # other meanings
    r"human[ -](?:resources?|readable|errors?|rights?|friendly|made|body|nature|eyes?|voice)",
    r"(?:user|travel|estate|leasing|booking|insurance|cleaning|shipping|voice|virtual|digital)"
    r"[ -](?:agents?|assistants?)",
    r"(?:password|device|task|file|download|network|hotel|project|store)[ -]managers?",
    r"agents? orange|representative (?:sample|example|figure|price)s?",
    r"\bmy (?:agent|assistant|manager|supervisor|colleague|operator|representative)s?"
    r" (?:\w+ed|sold|told|said|says|sent|will|is|was|has|had)\b",
    r"\b(?:from|by) (?:mr|mrs|ms|dr)\b\.?(?: \w+)?",
    r"(?:operator|agent|manager|person|assistant)[ -]"
    r"(?:lock\w*|codes?|fees?|ids?|portal|app|access|roles?|settings?|accounts?|names?|numbers?)",
    # who is this?
    r"(?:you are|are you|r u|you're|is this|is it|could you be|like)(?: really| just)?"
    rf" {SOME_BEING}(?:,? or {SOME_BEING})?",
    rf"{SOME_BEING} or (?:{THE} )?{BOT}",
    rf"am i (?:talking|speaking|chatting|writing) (?:to|with) {A_PERSON}",
    # not wanted
    r"(?:\b(?:i|we) (?:really )?(?:don'?t|do not|didn'?t|did not) (?:want|need|have)|\bno need)"
    rf"(?: (?!{BOT})[\w']+){{0,5}}? {PERSON}",
    rf"\bno (?:{LIVING} ){{0,3}}{PERSON} (?:needed|necessary|required)",
    r"\b(?:don'?t|do not|never) (?:transfer|connect|escalate|forward)",
)

ASKED_FOR = (
    # speak to a person
    rf"\b(?:speak|talk|chat|discuss (?:this|it))(?: directly| {PLEASE})? (?:to|with) {A_PERSON}",
    rf"\b{HELP} (?:speak|talk|chatt|contact|reach)ing (?:(?:to|with) )?{A_PERSON}",
    rf"{PERSON} (?:that )?(?:i|we) (?:can|could|may) (?:speak|talk|chat|write)",
    rf"{SOMEBODY} (?:that )?(?:i|we) (?:can|could|may) (?:speak|talk|chat|write|call)",
    rf"{MAY_I}(?:please |just )?(?:speak|talk) (?:to|with) (?!(?:you|u|my|me|it|each)\b)\w+",
    r"\bwho (?:can|could|do|may) (?:i|we) (?:speak|talk) (?:to|with)",
    # connect me
    rf"\b(?:connect|transfer|forward|direct|redirect|switch) (?:me|us|this|my (?:call|chat))"
    rf"(?: {PLEASE}| ?$| ?[.,!?]| (?:over )?(?:to|with) {A_PERSON}"
    rf"| (?:over )?(?:to|with) (?:[\w']+ ){{1,4}}(?:{PERSON}|team|department|support)\b)",
    r"\bput (?:me|us) through\b|\b(?:pass|hand) (?:me|us) (?:on|over|to)\b",
    r"\bescalate (?:this|it|me|my (?:case|issue|problem|complaint|call|chat))\b",
    # I need a person
    rf"\b(?:give|get|send|bring|find|fetch) (?:me|us) {A_PERSON}",
    rf"\b(?:need|want|wanna|prefer|demand|require|insist on|ask(?:ed)? for|contact|reach)"
    rf"(?: to (?:reach|have|contact))? (?:{THE} ){{0,3}}(?:{LIVING}|proper|competent)? ?{SERVANT}"
    r"(?! (?:on|told|said|promised))",
    rf"\b(?:need|want|wanna)(?: {THE})+(?: {LIVING})? person(?! (?:on|to (?:my|the)))\b",
    rf"\b(?:to|wanna|can i|could i|{HELP}) contact (?:{THE} )?(?:{PERSON}|{SOMEBODY})",
    rf"\b(?:need|want|have|let|get) (?:to have )?{SOMEBODY}"
    r" (?:real|from (?:your|the)|to take over)",
    r"\b(?:some|get|want|need|prefer) (?:some |real )?human (?:help|assistance|support|contact)\b",
    rf"\bhelp from (?:{THE} )?(?:{LIVING} ){{0,3}}{PERSON}",
    rf"\b(?<!for ){SERVANT},? {PLEASE}",
    # a real one
    rf"\b{LIVING} (?:{LIVING} |customer |service |support )*{PERSON}",
    rf"{SOMEBODY} (?:real|human|alive|with a (?:brain|pulse))\b",
    rf"\b(?:is there|any) (?:{THE} ){{0,3}}(?:{LIVING} ){{0,3}}{SERVANT}"
    r"(?: there| here| available| around| working| left|$)",
    rf"\b(?:can|could|will|may) an? (?:{LIVING} ){{0,3}}{SERVANT} (?:please )?(?!be\b)\w+",
    r"\b(?:can|could) (?:a|another|some) person (?:please )?"
    r"(?:look|check|help|read|answer|handle|assist|deal|review)\b",
    rf"\ba (?:{LIVING} ){{0,3}}human(?: being)?,? (?:today|now|here|by phone)\b",
    # no bots
    r"\b(?:no more|no|stop(?: the)?|enough|tired of|sick of|hate|fed up with|stop with|stop using)"
    rf"(?: (?:of|to|with|talking|chatting|writing|{THE}|this|these|stupid|damn))* {BOT}",
    r"\b(?:don'?t|do not) (?:want|like|wish) to (?:talk|speak|chat|write)"
    rf" (?:to|with)(?: {THE})? {BOT}",
    rf"\b(?:don'?t|do not) (?:want|like)(?: {THE})? (?:chat)?(?:bots?|robots?)\b",
)

CALLER = (
    rf"(?:{SOMEBODY}|(?:{THE} ){{1,3}}(?:\w+ ){{0,2}}?{PERSON}"
    rf"|{THE} (?:technician|engineer|specialist|expert)\b)"
    r"(?: from(?: [\w']+){1,2}?)?"
)
CALL = r"(?:call|phone|ring|contact|reach out to|get (?:back to|in touch with))"

CALL_ME = (
    rf"(?<!did ){CALLER},?(?: {PLEASE}| can| could| to| should| must| from your team)*"
    rf" {CALL} (?:me|us)\b",
    rf"{PLEASE} (?:call|phone|ring) (?:me|us)(?: back| {PLEASE}| now| today| on| at|$|[.,!?])",
    r"\b(?:can|could|will|would) you (?:please )?(?:call|phone|ring) (?:me|us)\b(?![^.!?]* or )",
    r"(?:^|[.,;!?] ?|\b(?:please|pls|just|kindly) )(?:call|phone|ring) me back\b",
    r"\b(?:request|want|need|like|arrange|ask for) an? call ?back",
)

ABROAD = (
    # Spanish, Portuguese, Italian, French
    r"\b(?:hablar|comunicarme|contactar|falar|parlare|parler|discuter)"
    r" (?:con|com|a|à|avec) (?:\w+ |l')?(?:persona|humano|agente|asesor|operador|alguien|encargado"
    r"|supervisor|pessoa|atendente|algu[eé]m|gerente|operatore|qualcuno|umano|addetto|responsabile"
    r"|personne|humain|conseiller|conseill[eè]re|agent|quelqu'un)\w*",
    r"\b(?:una persona|un agente|uma pessoa|um humano|un operatore|un conseiller) (?:real|humano"
    r"|humana|por favor|per favore|s'il vous pla[iî]t|umano)",
    r"\b(?:que alguien me llame|ll[aá]menme|me liguem|mi chiami qualcuno|rappelez-moi)\b",
    # German, Dutch
    r"\b(?:mit|met) (?:\w+ ){0,3}(?:mensch\w*|mitarbeiter\w*|person|berater\w*|jemande?m?|mens"
    r"|medewerker|iemand|persoon)\b(?: \w+){0,3}?"
    r" (?:sprech|red|spreek|spreken|praten|verbind|chatt)",
    r"\b(?:spreche|sprechen|reden|spreken|praten) (?:\w+ )?(?:mit|met) (?:\w+ ){0,2}(?:mensch\w*"
    r"|mitarbeiter\w*|person|jemande?m?|mens|medewerker|iemand)\b",
    r"\b(?:echte[nr]?|richtige[nr]?) (?:mensch\w*|mitarbeiter\w*|person)\b",
    r"\b(?:mensch|mitarbeiter(?:in)?|kundenberater),? bitte\b",
    r"\bjemand (?:\w+ )?(?:anrufen|zur[uü]ckrufen)|rufen sie mich|r[uü]ckruf\b",
)
"""The assistant itself speaks English, so who writes otherwise needs people all the more."""

MISSPELT = (
    ("human", r"\b(?:humna|huamn|hmuan|humman|huma|humn|hummen|humen)s?\b"),
    ("agent", r"\b(?:agnet|aegnt|agant|angent|agnt|agennt)s?\b"),
    ("representative", r"\brepr?[eai]?se[nt]*[aei]*t[aei]?ti?v\w*"),
    ("operator", r"\b(?:opertor|operater|oporator|opreator|operatr)\b"),
    ("person", r"\b(?:persn|pesron|perosn|preson|parson|persen|peron)\b"),
    ("manager", r"\b(?:manger|mangaer|managr|maneger)\b"),
    ("supervisor", r"\b(?:supervisr|superviser|supervsior|supervizor)\b"),
    ("somebody", r"\b(?:sombody|someboby|sombdy)\b"),
    ("someone", r"\b(?:somone|somoene|soemone|sumone|some1|smeone)\b"),
    ("speak", r"\b(?:speek|spaek|speack|sepak)\b"),
    ("talk", r"\b(?:tlak|takl|tallk)\b"),
    ("talk to", r"\btalk 2\b"),
    ("with ", r"\bw/ ?"),
    ("an agent", r"\b(?:one|any|some) of your (?:colleagues|agents|staff|people|team|operators)\b"),
    ("an agent", r"\b(?:a |any )?members? of (?:your|the) (?:\w+ )?(?:team|staff)\b"),
)
"""What is written in another way, before it is read."""

_NOT_MEANT = re.compile("|".join(NOT_MEANT))
_ASKED_FOR = re.compile("|".join((*ASKED_FOR, *ABROAD)))
_MISSPELT = [(right, re.compile(wrong)) for right, wrong in MISSPELT]
_CALL_ME = re.compile("|".join(CALL_ME))
_SPACE = re.compile(r"\s+")
_CLAUSE_END = re.compile(r"[.,;:!?()]+|--+")
_PERSON_ALONE = re.compile(
    rf"(?:i|we|me|us|need|want|get|give|real|live|actual|to|for|just|{THE}|{PLEASE}|hi|hello|hey|ok"
    r"|customer|service|support|care|thanks|again| )*\b"
    r"(?:humans?|agent|representative|rep|operator|employee|supervisor|manager|advis[oe]r|person)"
    rf"(?: |{PLEASE}|asap|thanks|again)*"
)


def wants_human(text: str) -> bool:
    """Whether the message asks to be served by a person.

    >>> [wants_human(t) for t in ("agent please", "human!!", "Can I talk to a real person?")]
    [True, True, True]
    >>> [wants_human(t) for t in ("human resources", "is this a human readable format")]
    [False, False]
    """
    return wants_call(text) or wants_to_talk(text)


def wants_call(text: str) -> bool:
    """Whether the customer asks to be called.

    >>> wants_call("please have someone call me"), wants_call("an agent please")
    (True, False)
    """
    return _CALL_ME.search(_meant(text)) is not None


def wants_to_talk(text: str) -> bool:
    """Whether the customer asks for a person here and now."""
    meant = _meant(text)
    return _ASKED_FOR.search(meant) is not None or any(
        _PERSON_ALONE.fullmatch(clause.strip()) for clause in _CLAUSE_END.split(meant)
    )


def only_sounds_like(text: str) -> bool:
    """Whether the words for people mean something else, or ask who is writing.

    >>> only_sounds_like("am I talking to a real person?"), only_sounds_like("agent please")
    (True, False)
    """
    return _NOT_MEANT.search(_plain(text)) is not None and not wants_human(text)


def _meant(text: str) -> str:
    return _NOT_MEANT.sub(" - ", _plain(text))


def _plain(text: str) -> str:
    plain = _SPACE.sub(" ", text.lower().replace("\u2019", "'")).strip()
    for right, wrong in _MISSPELT:
        plain = wrong.sub(right, plain)
    return plain
