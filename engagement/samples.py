"""
Made-up data in the shape of `engagement.context`, for previews and for trying templates without a database.
"""

from datetime import UTC, date
from typing import Any

from babel import Locale

from config.lib.brand import mail_palette
from engagement import words
from engagement.kinds import kind_of
from engagement.marketing_samples import of_marketing
from engagement.models import Message
from engagement.rendering import Look
from engagement.return_samples import of_a_return
from tracking.vocabulary import Status

LOOK = Look(
    name="Harbour & Pine",
    home_url="https://harbour-pine.example/",
    support_email="help@harbour-pine.example",
    support_phone="+1 503 555 0142",
    support_hours="Mon-Fri 9-17",
    postal_address="Harbour & Pine, 48 Wharf Street, Portland, OR 97201, USA",
    privacy_url="https://harbour-pine.example/privacy",
    colors=mail_palette("#b4532a"),
)
URL = "https://orders.harbour-pine.example/o/sample-link-that-opens-nothing/"
STATUS = {
    "shipped": Status.IN_TRANSIT,
    "out_for_delivery": Status.OUT_FOR_DELIVERY,
    "delivered": Status.DELIVERED,
    "attempted": Status.ATTEMPTED,
    "ready_for_pickup": Status.READY_FOR_PICKUP,
    "exception": Status.EXCEPTION,
    "delayed": Status.IN_TRANSIT,
    "returned": Status.RETURNING,
}
REASON = {"attempted": "not-home", "exception": "customs", "returned": "unclaimed", "delivered": "signed"}
NO_WINDOW = ("delivered", "returned", "ready_for_pickup", "exception")
_TODAY = {
    "en": "today between 10:00 AM and 2:00 PM",
    "de": "heute zwischen 10:00 und 14:00 Uhr",
    "fr": "aujourd’hui entre 10:00 et 14:00",
}


def sample(kind: str, language: str, *, parcels: int = 1, picture: str = "") -> dict[str, Any]:
    """
    Return the data of one message of `kind`, with `parcels` parcels; `picture` is the address of the goods'
    pictures.
    """
    locale, labels = words.locale(language), words.labels(language)
    goods = [
        ("Brass lantern", "Large", 1, 4800),
        ("Pine candle", "", 2, 2400),
        ("Linen tea towel, set of three", "Sage", 1, 2150),
    ]
    items = [
        {
            "title": title,
            "variant": variant,
            "quantity": quantity,
            "image": picture,
            "price": words.money(minor, "USD", locale),
        }
        for title, variant, quantity, minor in goods
    ]
    rows = [("subtotal", 9350), ("discount", -935), ("shipping", 500), ("tax", 720), ("total", 9635)]
    sums = [
        {"label": labels[key], "amount": words.money(minor, "USD", locale), "total": key == "total"}
        for key, minor in rows
    ]
    return {
        "first_name": "Ada",
        "store": {
            "name": LOOK.name,
            "shop_url": LOOK.home_url,
            "support_email": LOOK.support_email,
            "support_phone": LOOK.support_phone,
        },
        "order": {
            "number": "#1042",
            "placed": words.day(date(2026, 11, 19), locale),
            "items": items,
            "more": "",
            "sums": sums,
            "total": sums[-1]["amount"],
        },
        "parcels": (
            made := [_parcel(kind, language, items, number, parcels) for number in range(1, parcels + 1)]
        ),
        "parcel": made[0],
        "to_come": 2 if kind == "shipped" else 0,
        "was": words.day(date(2026, 11, 21), locale) if kind == "delayed" else "",
        "url": URL,
        "code": "042137" if kind in ("access_code", "sms_code") else "",
        **_trouble(kind, locale),
        **of_a_return(kind, language, picture),
        **of_marketing(kind, language, picture),
        **_talk(kind),
    }


def _talk(kind: str) -> dict[str, Any]:
    """What an answer of a person says, and the way out of marketing."""
    home = URL.split("/o/")[0]
    marketing = kind_of(kind).purpose == Message.Purpose.MARKETING
    data: dict[str, Any] = {
        f"{name}_url": f"{home}/{name}/sample-link-that-opens-nothing/" if marketing else ""
        for name in ("unsubscribe", "preferences")
    }
    if kind == "case_reply":
        said = ["Your parcel is in Denver and comes on Friday.", "Is that in time for you?"]
        data["case"] = {"subject": "Where is my lantern?", "paragraphs": said}
    if kind == "sms_answer":
        data["answer"] = "stop"
    return data


def _trouble(kind: str, locale: Locale) -> dict[str, Any]:
    """What messages about trouble have beside the order."""
    day, amount = words.day(date(2026, 11, 17), locale), words.money(6150, "USD", locale)
    labels = words.labels(str(locale))
    offer = {"code": "SORRY-10", "words": labels["offer"].format(value=labels["percent"].format(percent=10))}
    made = {"why": "LATE", "due": day, "replacement": True, "amount": amount, "number": ""}
    own: dict[str, dict[str, Any]] = {
        "held_up": {"flag": {"kind": "SILENT", "since": day}},
        "moving_again": {"flag": {"kind": "SILENT", "since": day}},
        "incident": {"offer": offer},
        "make_good": {"make_good": made | {"choice": ""}, "choice_url": f"{URL}choice/sample/"},
        "make_good_done": {"make_good": made | {"choice": "REFUND"}, "choice_url": f"{URL}choice/sample/"},
    }
    return {"offer": {"code": "", "words": ""}, **own.get(kind, {})}


def _parcel(kind: str, language: str, items: list[dict[str, Any]], number: int, count: int) -> dict[str, Any]:
    labels, locale = words.labels(language), words.locale(language)
    window = words.window(
        date(2026, 11, 24), date(2026, 11, 25), language=locale, zone=UTC, today=date(2026, 11, 20)
    )
    return {
        "title": labels["parcel"] + (f" {number} {labels['of']} {count}" if count > 1 else ""),
        "carrier": "UPS",
        "number": f"1Z999AA1012345678{number}",
        "window": {"out_for_delivery": _TODAY[language], **dict.fromkeys(NO_WINDOW, "")}.get(kind, window),
        "status": STATUS.get(kind, Status.IN_TRANSIT).value,
        "reason": REASON.get(kind, ""),
        "place": "" if kind in ("delivered", "returned") else "Denver, CO, US",
        "signed_by": "A. LOVELACE" if kind == "delivered" else "",
        "items": [{name: value for name, value in item.items() if name != "price"} for item in items[:2]],
        "more": "",
    }
