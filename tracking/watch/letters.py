"""
The prepared apology of an incident: subject and words in each language, for staff to change before sending.

Written in the language of templates (docs/messages.md). The place comes from a carrier: only letters, digits
and simple punctuation of it get in, so that it can neither be a tag nor markup.
"""

import re

from tracking.vocabulary import Reason

LANGUAGES = ("en", "de", "fr")
_ODD = re.compile(r"[^\w .’'()-]|_")

SUBJECTS = {
    "en": "Held up, and we are sorry: your order {{ order.number }}",
    "de": "Aufgehalten, und das tut uns leid: Ihre Bestellung {{ order.number }}",
    "fr": "Retenue en chemin, et nous en sommes désolés : votre commande {{ order.number }}",
}
HEADS = {"en": "Your parcel is stuck", "de": "Ihr Paket steckt fest", "fr": "Votre colis est bloqué"}
AT = {"en": " in {}", "de": " in {}", "fr": " à {}"}

# What has happened. {at} becomes " in Leipzig" or nothing.
WHAT: dict[str, dict[str, str]] = {
    Reason.CUSTOMS: {
        "en": "Customs{at} are holding many parcels at the moment, and yours is one of them.",
        "de": "Der Zoll{at} hält zurzeit viele Pakete fest, und Ihres ist eines davon.",
        "fr": "La douane{at} retient en ce moment de nombreux colis, et le vôtre en fait partie.",
    },
    Reason.CUSTOMS_DOCUMENTS: {
        "en": "Customs{at} want further documents for many parcels, and yours is one of them.",
        "de": "Der Zoll{at} verlangt für viele Pakete weitere Unterlagen, auch für Ihres.",
        "fr": "La douane{at} demande des documents pour de nombreux colis, dont le vôtre.",
    },
    Reason.PAYMENT_DUE: {
        "en": "Many parcels{at} wait because duty or postage has not been settled, and yours is one of them.",
        "de": "Viele Pakete{at} warten, weil Zoll oder Porto offen ist, und Ihres ist eines davon.",
        "fr": "De nombreux colis{at} attendent le règlement de droits ou de frais, dont le vôtre.",
    },
    Reason.WEATHER: {
        "en": "Bad weather{at} has stopped many parcels, and yours is one of them.",
        "de": "Schlechtes Wetter{at} hat viele Pakete gestoppt, und Ihres ist eines davon.",
        "fr": "Le mauvais temps{at} a arrêté de nombreux colis, dont le vôtre.",
    },
    Reason.CARRIER_DELAY: {
        "en": "The carrier has fallen behind{at}, and your parcel is among those that wait.",
        "de": "Der Paketdienst kommt{at} nicht hinterher, und Ihr Paket ist eines von denen, die warten.",
        "fr": "Le transporteur a pris du retard{at}, et votre colis fait partie de ceux qui attendent.",
    },
    Reason.SECURITY: {
        "en": "A security check{at} is holding many parcels, and yours is one of them.",
        "de": "Eine Sicherheitskontrolle{at} hält viele Pakete auf, und Ihres ist eines davon.",
        "fr": "Un contrôle de sécurité{at} retient de nombreux colis, dont le vôtre.",
    },
    "": {
        "en": "Many parcels have come to a halt{at}, and yours is one of them.",
        "de": "Viele Pakete sind{at} liegen geblieben, und Ihres ist eines davon.",
        "fr": "De nombreux colis sont immobilisés{at}, et le vôtre en fait partie.",
    },
}
# What it means for the reader. Papers and money may be theirs to give, so nobody is told to sit still then.
THEN = {
    "en": "You don’t have to do anything: it travels on as soon as it is let go. We are sorry about "
    "the wait. If it is too long for you, answer this message and we’ll look for another way.",
    "de": "Sie müssen nichts tun: Sobald es freigegeben ist, reist es weiter. Es tut uns leid, dass "
    "Sie warten müssen. Dauert es Ihnen zu lange, antworten Sie auf diese Nachricht, und wir "
    "suchen einen anderen Weg.",
    "fr": "Vous n’avez rien à faire : il repartira dès qu’il sera libéré. Nous sommes désolés de "
    "cette attente. Si elle est trop longue pour vous, répondez à ce message et nous "
    "chercherons une autre solution.",
}
THEN_YOU = {
    "en": "The order page says what it needs, if it needs something from you; answer this message and "
    "we’ll help. We are sorry about the wait.",
    "de": "Wird etwas von Ihnen gebraucht, steht es auf der Bestellseite; antworten Sie auf diese "
    "Nachricht, und wir helfen. Es tut uns leid, dass Sie warten müssen.",
    "fr": "S’il faut quelque chose de votre part, la page de la commande le dit ; répondez à ce "
    "message et nous vous aiderons. Nous sommes désolés de cette attente.",
}
OFFERS = {
    "en": "As a small thank-you for your patience: **{{ offer.words }}** with the code **{{ offer.code }}**.",
    "de": "Als kleines Dankeschön für Ihre Geduld: **{{ offer.words }}** mit dem Code **{{ offer.code }}**.",
    "fr": "Pour vous remercier de votre patience : **{{ offer.words }}** avec le code **{{ offer.code }}**.",
}
LINKS = {"en": "See where it is", "de": "Wo ist es?", "fr": "Voir où il est"}
_YOURS = (Reason.CUSTOMS_DOCUMENTS, Reason.PAYMENT_DUE)


def prepare(*, place: str, reason: str) -> tuple[dict[str, str], dict[str, str]]:
    """Return ({language: subject}, {language: Markdown}) of an apology for parcels stuck at `place`."""
    town = town_of(place)
    words = {}
    for language in LANGUAGES:
        at = AT[language].format(town) if town else ""
        what = WHAT.get(reason, WHAT[""])[language].format(at=at)
        then = (THEN_YOU if reason in _YOURS else THEN)[language]
        words[language] = (
            f"# {HEADS[language]}\n\n{what} {then}\n\n"
            f"{{% if offer.code != blank %}}{OFFERS[language]}{{% endif %}}\n\n"
            f"[{LINKS[language]}]({{{{ url }}}})\n\n[[parcels]]\n"
        )
    return dict(SUBJECTS), words


def town_of(place: str) -> str:
    """
    Return the town of a place as carriers write it ('LEIPZIG, SN, DE' is Leipzig), '' when only a country or
    region is known: those take other prepositions.
    """
    first = _ODD.sub("", place.split(",")[0]).strip()
    if len(first) <= 3 and first.isupper():
        return ""
    return first.title() if first.isupper() else first
