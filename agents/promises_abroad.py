"""Deeds and promises in answers of a model that writes in the customer's language.

The assistant's own sentences are English and `promises` reads them closely; of Spanish, Portuguese,
French, Italian and German only what costs somebody something is known here: money, contracts,
calls, visits, gifts. Pure functions.
"""

import re
from collections.abc import Collection, Mapping, Sequence

from agents.evidence import is_refusal
from agents.promises import FREE_WORDS, PASSED_ON
from agents.sentences import sentences

DONE = r"reembolsad|devuelt|abonad|devolvid|rimborsat|accreditat|rembours[eé]|crédité"
ENDED = r"cancelad|anulad|annullat|annul[eé]|storniert|gekündigt"
PASSIVE = r"(?:ha sido|han sido|fue|fueron|foi|foram|è stat[oa]|a été|ont été|se ha)"

DEEDS: Mapping[str, str] = {
    r"\brefunded\b": (
        rf"\b(?:he|hemos|tenho|ho|abbiamo|ai|avons) (?:\w+ )?(?:{DONE})"
        rf"|{PASSIVE} (?:\w+ )?(?:{DONE})"
        r"|\b(?:reembolsei|devolvi|reembolsaremos|devolveremos|rembourserons|rimborseremo"
        r"|(?:reembolsar|devolver|abonar)(?:é|á|án))\b"
        r"|reembolso[^.!?]{0,20}(?:procesad|aprobad|aprovad)"
        r"|\b(?:habe|haben|wurden?|werden?)\b[^.!?]{0,60}(?:erstatte|gutgeschrieben|zurückgezahlt)"
        r"|\b(?:erhalten|bekommen)\b[^.!?]{0,40}\b(?:geld|rabatt|gutschrift|erstattung)\b"
        r"|\b(?:recibirá|receberá|riceverà|recevrez)\b[^.!?]{0,40}"
        r"(?:dinero|dinheiro|reembols|descuento|desconto|rimborso|sconto|rembours|remise)"
    ),
    r"\bcancell?ed\b": (
        rf"\b(?:he|hemos|ho|abbiamo|ai|avons) (?:\w+ )?(?:{ENDED})|{PASSIVE} (?:\w+ )?(?:{ENDED})"
        rf"|\bcancelei\b|\b(?:habe|haben|wurden?)\b[^.!?]{{0,60}}(?:{ENDED})"
    ),
}
"""What stands in a record of such a deed, and how it is told."""

PROMISED = (
    r"\b(?:llamar|contactar|avisar|ligar)(?:é|emos|á|án)\b|\bse pondr(?:á|án)\b|\bnos pondremos\b"
    r"|\bentraremos em contat\w+|\b(?:chiameremo|contatteremo|richiameremo|richiamerà)\b"
    r"|\b(?:rappeller|contacter|enverr)(?:ons|ai|a)\b"
    r"|\b(?:técnico|tecnico|technicien) (?:\w+ )?(?:irá|vendrá|virá|pasará|verrà|viendra|passera)"
    r"|\b(?:wir|ich) (?:rufen?|melden?|kontaktieren?) (?:sie|uns|mich)\b"
    r"|\b(?:techniker|kollege|kollegin|mitarbeiter)(?:in)? (?:\w+ )?(?:kommt|ruft|meldet)\b"
)
FREE = r"\b(?:gratis|gratuit\w*|kostenlos\w*|kostenfrei\w*|sin (?:costo|coste|cargo)|sem custo)\b"

NOT_SAID = re.compile(
    r"\b(?:no|non|não|nunca|ne|n'|pas|nicht|kein\w*|nie|si|se|wenn|falls|sobald|cuando|quando|quand"
    r"|puedo|posso|peux|kann|könnte\w*|podría\w*|ob)\b"
)
_DEEDS = {re.compile(record): re.compile(told) for record, told in DEEDS.items()}
_PROMISED, _FREE = re.compile(PROMISED), re.compile(FREE)


def unkept_abroad(text: str, known: Sequence[str], done: Collection[str]) -> list[str]:
    """The sentences that tell of something that nothing did; empty where there are none.

    Args:
        text: an answer.
        known: what tools and passages said, and what was said for the company before.
        done: names of the tools that worked in this turn.

    >>> unkept_abroad("Le he reembolsado 20 USD.", [], [])
    ['Le he reembolsado 20 USD.']
    >>> unkept_abroad("Wir rufen Sie morgen an.", [], ["create_ticket"])
    []
    """
    said = [sentence for sentence in sentences(text) if not sentence.endswith("?")]
    whole = "\n".join(each for each in known if not is_refusal(each)).lower()
    return [s for s in said if _claims(s.lower(), whole, done) and s.lower() not in whole]


def _claims(sentence: str, known: str, done: Collection[str]) -> bool:
    if _tells(_FREE, sentence) and not (_FREE.search(known) or FREE_WORDS.search(known)):
        return True
    if _tells(_PROMISED, sentence) and PASSED_ON.isdisjoint(done):
        return True
    return any(
        _tells(told, sentence) and not record.search(known) for record, told in _DEEDS.items()
    )


def _tells(pattern: re.Pattern[str], sentence: str) -> bool:
    found = pattern.search(sentence)
    return bool(found) and not NOT_SAID.search(sentence[: found.start()])  # type: ignore[union-attr]
