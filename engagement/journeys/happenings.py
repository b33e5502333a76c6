"""
What can happen, in words for staff: every kind of event a journey can begin with, wait for, end on or tell.

Events of machines only (labels, single units, deliveries) are not offered; a kind that is not listed here is
understood all the same and shown by its name.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from customers import events as people
from engagement import events as own
from returns import events as back
from tracking import events as shop


@dataclass(frozen=True)
class Happening:
    """
    One kind of event. `words` is a sentence, `group` the heading it is offered under. `order`, `parcel` and
    `back` say what such an event is about, and so what a message it begins can speak of.
    """

    kind: str
    words: str
    group: str
    order: bool = True
    parcel: bool = False
    back: bool = False


def _group(name: str, rows: Mapping[str, str], **about: bool) -> list[Happening]:
    return [Happening(kind, words, name, **about) for kind, words in rows.items()]


_ALL = [
    *_group(
        "Orders",
        {
            shop.ORDER_PLACED: "An order is placed",
            shop.ORDER_CANCELLED: "An order is cancelled",
            shop.ORDER_EDITED: "An order is changed in the shop",
            shop.ORDER_REFUNDED: "Money goes back in the shop",
        },
    ),
    *_group(
        "Parcels",
        {
            shop.SHIPMENT_CREATED: "A parcel is packed",
            shop.SHIPMENT_SHIPPED: "A parcel leaves",
            shop.SHIPMENT_OUT_FOR_DELIVERY: "A parcel is out for delivery",
            shop.SHIPMENT_DELIVERED: "A parcel is delivered",
            shop.SHIPMENT_ATTEMPTED: "A delivery is tried in vain",
            shop.SHIPMENT_READY_FOR_PICKUP: "A parcel can be picked up",
            shop.SHIPMENT_EXCEPTION: "A parcel is held up",
            shop.SHIPMENT_RETURNED: "A parcel comes back undelivered",
            shop.SHIPMENT_DELAYED: "A parcel will come later than promised",
            shop.PROMISE_BROKEN: "A promised day has passed",
        },
        parcel=True,
    ),
    *_group(
        "Trouble",
        {
            shop.FLAG_OPENED: "Something that should have happened did not",
            shop.FLAG_CLEARED: "It has happened after all",
            shop.INCIDENT_APOLOGY: "Staff send the apology for an incident",
            shop.MAKE_GOOD_OFFERED: "A choice is offered for a late or lost parcel",
            shop.MAKE_GOOD_CHOSEN: "The shopper has chosen",
            shop.MAKE_GOOD_DONE: "A parcel is made good",
        },
        parcel=True,
    ),
    *_group(
        "Returns",
        {
            back.REQUESTED: "A return is asked for",
            back.REVIEW: "A return waits for a decision",
            back.APPROVED: "A return is approved",
            back.REJECTED: "A return is refused",
            back.LABEL_READY: "A return can be sent",
            back.EXPIRING: "The last day of a return is near",
            back.EXPIRED: "A return never came",
            back.IN_TRANSIT: "A return is on its way",
            back.RECEIVED: "A return has arrived",
            back.PARCEL_INSPECTED: "A return's parcel is inspected",
            back.INSPECTED: "A return is inspected",
            back.SETTLED: "A return is settled",
            back.CANCELLED: "A return is cancelled",
            back.REFUND_DONE: "Money for a return is given back",
            back.CREDIT_ISSUED: "Store credit is given",
            back.EXCHANGE_PAYMENT_DUE: "The difference of an exchange is to be paid",
            back.EXCHANGE_REMINDED: "An exchange is due for a reminder",
            back.EXCHANGE_PAID: "The difference of an exchange is paid",
            back.EXCHANGE_ORDERED: "An exchange is ordered",
            back.EXCHANGE_CANCELLED: "An exchange is given up",
        },
        back=True,
    ),
    *_group("Answers", {own.SURVEY_ANSWERED: "A question is answered"}),
    *_group(
        "People",
        {
            own.MESSAGE_CLICKED: "A link in a message is followed",
            own.UNSUBSCRIBED: "Somebody switches marketing off",
            own.TIER_REACHED: "A higher loyalty tier is reached",
            own.SEGMENT_ENTERED: "Somebody comes into a segment",
            own.SEGMENT_LEFT: "Somebody leaves a segment",
            people.CONSENT_SAID: "Somebody says yes or no to marketing",
            people.CASE_OPENED: "A case is opened",
            people.CASE_REPLIED: "Staff answer in a case",
            people.CASE_CLOSED: "A case is closed",
        },
        order=False,
    ),
]
HAPPENINGS = {one.kind: one for one in _ALL}


def words_of(kind: str) -> str:
    """Return what a kind of event means, in words; a partner's own by its name."""
    if kind in HAPPENINGS:
        return HAPPENINGS[kind].words
    if kind.startswith(people.CUSTOM):
        _, _, name = kind.removeprefix(people.CUSTOM).partition(".")
        return f"A partner tells “{name or kind}”"
    return f"“{kind}” happens"


def choices(more: Mapping[str, str] | None = None) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return every kind as a form's grouped choices; `more` are partners' kinds with their words."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for one in _ALL:
        groups.setdefault(one.group, []).append((one.kind, one.words))
    if more:
        groups["Partners"] = sorted(more.items(), key=lambda item: item[1])
    return list(groups.items())
