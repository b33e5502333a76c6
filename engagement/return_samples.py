"""Made-up data of messages about returns, in the shape of `engagement.return_context` (see samples.py)."""

from datetime import date
from typing import Any

from babel import Locale

from engagement import words
from returns.vocabulary import Kind, Method, Outcome, RefundAt, State

NUMBER = "R-7K3Q9DM2"
URL = "https://orders.harbour-pine.example/r/sample-link-that-opens-nothing/"
STATES = {
    "return_requested": State.REVIEW,
    "return_approved": State.APPROVED,
    "return_rejected": State.REJECTED,
    "return_expired": State.EXPIRED,
    "return_in_transit": State.IN_TRANSIT,
    "return_received": State.RECEIVED,
    "return_inspected": State.INSPECTED,
    "return_cancelled": State.CANCELLED,
    "claim_received": State.REVIEW,
    "claim_rejected": State.REJECTED,
}
TOTALS = ("refund", "due")
SEEN = ("return_inspected", "return_refunded")
REFUSED = {
    "en": "The lantern has been used: there is soot on the glass.",
    "de": "Die Laterne wurde benutzt: Am Glas ist Ruß.",
    "fr": "La lanterne a été utilisée : il y a de la suie sur le verre.",
}


def of_a_return(kind: str, language: str, picture: str) -> dict[str, Any]:
    """Return what a message of `kind` has beside the order; {} when it is not about a return."""
    if not kind.startswith(("return_", "claim_", "exchange_", "credit_")):
        return {}
    locale, labels = words.locale(language), words.labels(language)
    back = _back(kind, language, locale, labels, picture)
    paying = kind.startswith("exchange_") and kind != "exchange_cancelled"
    amount, day = words.money(1400, "USD", locale), words.day(date(2026, 11, 27), locale)
    about = {"exchange_reminder": "payment", "exchange_cancelled": "unpaid"}.get(kind, "")
    refunded, credited = kind == "return_refunded", kind == "credit_issued"
    return {
        "url": URL,
        "return": back,
        "label_url": f"{URL}label.pdf" if kind == "return_label" else "",
        "refund": {
            "amount": words.money(5750, "USD", locale) if refunded else "",
            "arrives": words.day(date(2026, 12, 3), locale) if refunded else "",
            "manual": False,
        },
        "credit": {
            "code": "PINE-4K7M-9QXT" if credited else "",
            "amount": words.money(7920, "USD", locale) if credited else "",
            "bonus": words.money(720, "USD", locale) if credited else "",
            "ends": words.day_and_year(date(2027, 11, 20), locale) if credited else "",
        },
        "exchange": {
            "what": "Brass lantern, Giant",
            "quantity": 1,
            "order": "#1077" if kind == "exchange_ordered" else "",
            "amount": amount if paying else "",
            "pay_by": day if paying else "",
            "why": "difference" if paying else "",
            "about": about,
        },
    }


def _back(kind: str, language: str, locale: Locale, labels: dict[str, str], picture: str) -> dict[str, Any]:
    claim, seen = kind.startswith("claim_"), kind in SEEN
    exchange = kind.startswith("exchange_")
    rows = [("worth", 7200), ("return_fee", -400), ("refund", 6800)]
    if exchange:
        rows = [("worth", 4800), ("new_goods", -6200), ("due", 1400)]
    sent = kind not in ("return_requested", "return_rejected", "return_approved") and not claim
    return {
        "number": NUMBER,
        "kind": (Kind.CLAIM if claim else Kind.RETURN).value,
        "state": STATES.get(kind, State.LABEL_READY).value,
        "method": (Method.NONE if claim else Method.LABEL).value,
        "gift": False,
        "items": _items(locale, labels, picture, seen=seen, exchange=exchange),
        "more": "",
        "sums": [
            {
                "label": labels[name],
                "amount": words.money(minor, "USD", locale),
                "total": name in ("refund", "due"),
            }
            for name, minor in rows
        ],
        "refund": "" if exchange else words.money(6800, "USD", locale),
        "credit": "",
        "exchange": exchange,
        "due": "",
        "pay_by": "",
        "send_by": words.day(date(2026, 12, 18), locale),
        "money_at": RefundAt.INSPECTION.value,
        "words": REFUSED[language] if kind in ("return_rejected", "claim_rejected") else "",
        "lost": False,
        "went_out": False,
        "paid": kind in ("return_refunded", "credit_issued"),
        "worse": seen,
        "deducted": words.money(1050, "USD", locale) if seen else "",
        "missing": 0,
        "carrier": "UPS" if sent else "",
        "tracking": "1Z999AA10123456799" if sent else "",
    }


def _items(
    locale: Locale, labels: dict[str, str], picture: str, *, seen: bool, exchange: bool
) -> list[dict[str, Any]]:
    less = labels["less"].format(seen=labels["condition_WORN"], amount=words.money(1050, "USD", locale))
    refund, swap = labels["outcome_REFUND"], labels["exchanged_for"].format(what="Brass lantern, Giant")
    lantern = less if seen else swap if exchange else refund
    goods = [
        ("Brass lantern", "Large", 4800, lantern, "WORN" if seen else ""),
        ("Pine candle", "", 2400, labels["condition_AS_NEW"] if seen else refund, "AS_NEW" if seen else ""),
    ]
    return [
        {
            "title": title,
            "variant": variant,
            "quantity": 1,
            "image": picture,
            "price": words.money(minor, "USD", locale),
            "note": note,
            "outcome": (Outcome.EXCHANGE if exchange else Outcome.REFUND).value,
            "condition": condition,
        }
        for title, variant, minor, note, condition in (goods[:1] if exchange else goods)
    ]
