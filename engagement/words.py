"""
The layout's own words, and days and hours as people say them, per language.

Messages are written in the reader's language, not the worker's, and must not change when a page's translation
does: so these stand here and not in gettext catalogues.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta, tzinfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time, match_skeleton

from config.lib.money import BadMoney, Money
from engagement.marketing_words import MARKETING
from engagement.return_words import RETURNS

LABELS: dict[str, dict[str, str]] = {
    "en": {
        "parcel": "Parcel", "of": "of", "with": "With", "number": "Tracking number", "arrives": "Arrives",
        "you_ordered": "What you ordered", "and_more": "and {count} more on your order page",
        "subtotal": "Goods", "discount": "Discount", "shipping": "Shipping", "tax": "Tax",
        "tax_inside": "Tax, included above", "total": "Total", "free": "Free", "code": "Your code",
        "help": "Need a hand?", "help_words": "Write to us and a person will answer.",
        "why": "You get this message because of your order at {store}.", "privacy": "Privacy",
        "where": "Last seen", "confirmed": "Order confirmed", "shipped": "On its way",
        "out_for_delivery": "Out for delivery", "delivered": "Delivered", "attempted": "We missed you",
        "ready_for_pickup": "Ready to collect", "exception": "Held up", "delayed": "Running late",
        "returned": "Coming back to us", "progress": "Step {step} of 5",
        "held_up": "We are on it", "moving_again": "Moving again", "incident": "About your parcel",
        "make_good": "You choose", "make_good_done": "Made good", "percent": "{percent}%",
        "offer": "{value} off your next order",
    },
    "de": {
        "parcel": "Paket", "of": "von", "with": "Mit", "number": "Sendungsnummer", "arrives": "Kommt",
        "you_ordered": "Ihre Bestellung", "and_more": "und {count} weitere auf Ihrer Bestellseite",
        "subtotal": "Waren", "discount": "Rabatt", "shipping": "Versand", "tax": "Steuer",
        "tax_inside": "Darin enthaltene Steuer", "total": "Summe", "free": "Kostenlos", "code": "Ihr Code",
        "help": "Brauchen Sie Hilfe?", "help_words": "Schreiben Sie uns, ein Mensch antwortet Ihnen.",
        "why": "Sie bekommen diese Nachricht wegen Ihrer Bestellung bei {store}.", "privacy": "Datenschutz",
        "where": "Zuletzt gesehen", "confirmed": "Bestellung bestätigt", "shipped": "Unterwegs",
        "out_for_delivery": "In Zustellung", "delivered": "Zugestellt", "attempted": "Niemand da",
        "ready_for_pickup": "Abholbereit", "exception": "Aufgehalten", "delayed": "Verspätet",
        "returned": "Auf dem Weg zurück", "progress": "Schritt {step} von 5",
        "held_up": "Wir sind dran", "moving_again": "Wieder unterwegs", "incident": "Zu Ihrem Paket",
        "make_good": "Sie entscheiden", "make_good_done": "Erledigt", "percent": "{percent} %",
        "offer": "{value} Rabatt auf Ihre nächste Bestellung",
    },
    "fr": {
        "parcel": "Colis", "of": "sur", "with": "Avec", "number": "Numéro de suivi", "arrives": "Arrive",
        "you_ordered": "Votre commande", "and_more": "et {count} de plus sur la page de votre commande",
        "subtotal": "Articles", "discount": "Remise", "shipping": "Livraison", "tax": "Taxes",
        "tax_inside": "Dont taxes", "total": "Total", "free": "Offerte", "code": "Votre code",
        "help": "Besoin d’aide ?", "help_words": "Écrivez-nous, une personne vous répondra.",
        "why": "Vous recevez ce message en raison de votre commande chez {store}.", "privacy": "Vie privée",
        "where": "Vu en dernier", "confirmed": "Commande confirmée", "shipped": "En route",
        "out_for_delivery": "En cours de livraison", "delivered": "Livré", "attempted": "Vous étiez absent",
        "ready_for_pickup": "Prêt à être retiré", "exception": "Bloqué", "delayed": "En retard",
        "returned": "De retour chez nous", "progress": "Étape {step} sur 5",
        "held_up": "On s’en occupe", "moving_again": "De nouveau en route", "incident": "Votre colis",
        "make_good": "À vous de choisir", "make_good_done": "C’est réglé", "percent": "{percent} %",
        "offer": "{value} de remise sur votre prochaine commande",
    },
}  # fmt: skip
for _language, _words in RETURNS.items():
    LABELS[_language] |= _words | MARKETING[_language]

# today, tomorrow, one day, between two days; then with hours, and how a day with hours is led in.
_WHEN = {
    "en": (
        "today",
        "tomorrow",
        "on {day}",
        "between {first} and {last}",
        "between {start} and {end}",
        "{day} {hours}",
    ),
    "de": (
        "heute",
        "morgen",
        "am {day}",
        "zwischen {first} und {last}",
        "zwischen {start} und {end} Uhr",
        "{day} {hours}",
    ),
    "fr": (
        "aujourd’hui",
        "demain",
        "le {day}",
        "entre le {first} et le {last}",
        "entre {start} et {end}",
        "{day} {hours}",
    ),
}


def bases(*languages: str) -> Iterator[str]:
    """
    Yield language codes to try, most wanted first: each as given, then its base; 'en' last; lower case, none
    twice.
    """
    seen: set[str] = set()
    for language in (*languages, "en"):
        code = language.replace("_", "-").lower()
        for one in (code, code.split("-")[0]):
            if one and one not in seen:
                seen.add(one)
                yield one


def labels(language: str) -> dict[str, str]:
    """Return the layout's words in `language` or the nearest we have."""
    return next(LABELS[code] for code in bases(language) if code in LABELS)


def locale(*languages: str) -> Locale:
    """Return Babel's locale for the first of `languages` it knows, 'en' otherwise."""
    for language in languages:
        try:
            return Locale.parse(language.replace("-", "_"))
        except (UnknownLocaleError, ValueError, TypeError):
            continue
    return Locale("en")


def money(minor: int, currency: str, language: Locale) -> str:
    """Return an amount as people write it; for a currency nobody knows, the number and its code."""
    try:
        return Money(minor, currency).format(str(language))
    except BadMoney:
        return f"{minor / 100:.2f} {currency}"


def day(value: date, language: Locale) -> str:
    """Return a day in words: 'Tuesday, November 24', 'Dienstag, 24. November'."""
    skeletons = language.datetime_skeletons
    pattern = skeletons[match_skeleton("MMMMEEEEd", skeletons) or "MMMEd"].pattern
    return str(format_date(value, re.sub("M+", "MMMM", re.sub("E+|c+", "EEEE", pattern)), locale=language))


def day_and_year(value: date, language: Locale) -> str:
    """Return a day that may be far away in words: 'November 20, 2027', '20. November 2027'."""
    return str(format_date(value, "long", locale=language))


def window(
    first: date | None,
    last: date | None,
    start: datetime | None = None,
    end: datetime | None = None,
    *,
    language: Locale,
    zone: tzinfo,
    today: date,
) -> str:
    """
    Return a delivery window as an adverb: 'today', 'on Tuesday, November 24', 'tomorrow between 10 AM and 2
    PM'.

    `first` and `last` are days at the destination; `start` and `end` (aware) are told in `zone`, and only
    when both fall on one day. Returns '' when there is no window, or it is over.
    """
    last = last or first
    first = first or last
    if first is None or last is None or last < today:
        return ""
    first = max(first, today)
    words = _WHEN[next(code for code in bases(language.language) if code in _WHEN)]
    if first != last:
        return words[3].format(first=day(first, language), last=day(last, language))
    said = {today: words[0], today + timedelta(days=1): words[1]}.get(last) or words[2].format(
        day=day(last, language)
    )
    if start and end and start < end and start.astimezone(zone).date() == end.astimezone(zone).date() == last:
        hours = words[4].format(start=_hour(start, language, zone), end=_hour(end, language, zone))
        return words[5].format(day=said, hours=hours)
    return said


def _hour(value: datetime, language: Locale, zone: tzinfo) -> str:
    return str(format_time(value.astimezone(zone), "short", locale=language))
