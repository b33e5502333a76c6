"""Made-up data of marketing's own parts, in the shape of `engagement.marketing`."""

from datetime import date
from typing import Any

from babel import Locale

from engagement import words
from engagement.kinds import AGAIN, CARE, GOODS, GUIDES, PROFILE, SURVEY, kind_of
from engagement.marketing import NOTHING

HOME = "https://orders.harbour-pine.example"
_GUIDE = {
    "en": (
        "Clean the chimney",
        "Wash the glass with warm water and a drop of vinegar. Let it dry in the air.",
    ),
    "de": ("Den Zylinder reinigen", "Waschen Sie das Glas mit warmem Wasser und etwas Essig."),
    "fr": ("Nettoyer le verre", "Lavez le verre à l’eau tiède avec un peu de vinaigre."),
}
_GOODS = (("Enamel kettle", 6400), ("Deckhand mug", 1800), ("Oak serving board", 5200))


def of_marketing(kind: str, language: str, picture: str = "") -> dict[str, Any]:
    """Return what a message of `kind` has beside the order; `picture`: the address of the goods' pictures."""
    needs, locale, labels = kind_of(kind).needs, words.locale(language), words.labels(language)
    title, text = _GUIDE[language]
    data = dict(NOTHING)
    if needs & {GUIDES, CARE}:
        guide = {"title": title, "kind": "care", "text": text, "about": "Brass lantern"}
        data["guides"] = [guide | {"url": f"{HOME}/o/sample-link-that-opens-nothing/#guides"}]
    if CARE in needs:
        data["product"] = {"title": "Brass lantern", "image": picture, "url": f"{HOME}/products/lantern"}
    if needs & {GOODS, AGAIN}:
        why = labels["together"].format(what="Brass lantern") if GOODS in needs else ""
        data["goods"] = [_sold(name, minor, why, picture, locale) for name, minor in _GOODS]
    if SURVEY in needs:
        data["survey_url"] = f"{HOME}/survey/sample-link-that-opens-nothing/"
    if PROFILE in needs:
        data |= {"tier": labels["gold"], "years": 2}
    if kind in ("welcome", "win_back_offer", "birthday", "anniversary", "tier_reached"):
        off = labels["offer"].format(value=labels["percent"].format(percent=10))
        until = words.day_and_year(date(2026, 12, 20), locale)
        data["offer"] = {"code": "K7QM-2XRA", "words": off, "until": until}
    return data


def _sold(title: str, minor: int, why: str, picture: str, locale: Locale) -> dict[str, Any]:
    link = f"https://shop.harbour-pine.example/products/{title.split()[-1].lower()}"
    price = words.money(minor, "USD", locale)
    return {"title": title, "image": picture, "url": link, "why": why, "price": price}
