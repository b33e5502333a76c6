"""What is told of an order and its parcels: the news itself is made by engagement/handlers.py."""

from engagement.journeys.builtin.definition import Builtin, tell
from engagement.journeys.graph import OnceFor
from tracking import events

JOURNEYS = (
    Builtin(
        "order_confirmation",
        "Order confirmation",
        "Says thank you for an order as soon as we know of it, with everything that was ordered.",
        tell(events.ORDER_PLACED, once_for=OnceFor.ORDER),
    ),
    Builtin(
        "shipped",
        "Shipped",
        "Tells that a parcel is on its way, with the day it should come. Parcels that leave together are "
        "told together.",
        tell(events.SHIPMENT_SHIPPED, once_for=OnceFor.SHIPMENT),
    ),
    Builtin(
        "out_for_delivery",
        "Out for delivery",
        "Tells that a parcel comes today.",
        tell(events.SHIPMENT_OUT_FOR_DELIVERY, once_for=OnceFor.SHIPMENT),
    ),
    Builtin(
        "delivered",
        "Delivered",
        "Tells that a parcel is there, and where it was left.",
        tell(events.SHIPMENT_DELIVERED, once_for=OnceFor.SHIPMENT),
    ),
    Builtin(
        "delivery_changes",
        "Missed, ready to collect, held up, coming back",
        "Tells what became of a parcel that did not simply arrive, and what to do about it.",
        tell(
            events.SHIPMENT_ATTEMPTED,
            events.SHIPMENT_READY_FOR_PICKUP,
            events.SHIPMENT_EXCEPTION,
            events.SHIPMENT_RETURNED,
        ),
    ),
    Builtin(
        "delay_apology",
        "Delay apology",
        "Tells the new day before anybody has to ask, that something does not move, and when it moves again. "
        "Also sends the apology that staff prepared for an incident.",
        tell(events.SHIPMENT_DELAYED, events.FLAG_OPENED, events.FLAG_CLEARED, events.INCIDENT_APOLOGY),
    ),
    Builtin(
        "make_good",
        "Choice for a late or lost parcel",
        "Offers another parcel, the money back or waiting, and tells when what was chosen is done.",
        tell(events.MAKE_GOOD_OFFERED, events.MAKE_GOOD_DONE),
    ),
)
