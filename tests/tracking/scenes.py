"""
Orders in every state a shopper can meet, built through the services. Each takes the moment it is looked at.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from customers.models import Store
from tests.factories.customers import StoreFactory
from tests.factories.tracking import (
    OrderFactory,
    OrderLineFactory,
    ShipmentFactory,
    ShipmentLineFactory,
)
from tracking.carriers.base import Place, ScanData, Window
from tracking.models import Order, Shipment
from tracking.services import add_scans
from tracking.vocabulary import Reason, Status

MEMPHIS = Place("Memphis", "TN", "US", "38118")
DENVER = Place("DENVER", "CO", "US", "80216")
PORTLAND = Place("Portland", "OR", "US", "97201")

Step = tuple[float, Status, str, Place]  # hours before now, status, the carrier's words, where

LABEL: Step = (
    70,
    Status.INFO_RECEIVED,
    "Shipper created a label, UPS has not received the package yet.",
    MEMPHIS,
)
WAY: tuple[Step, ...] = (
    LABEL,
    (62, Status.IN_TRANSIT, "Origin scan", MEMPHIS),
    (55, Status.IN_TRANSIT, "DEPARTED_FACILITY", MEMPHIS),
    (29, Status.IN_TRANSIT, "Arrived at Facility", DENVER),
    (4, Status.IN_TRANSIT, "Departed from Facility", DENVER),
)


def way(hours: float) -> tuple[Step, ...]:
    """Return WAY so that its last scan lies `hours` back."""
    return tuple((ago + hours - WAY[-1][0], *rest) for ago, *rest in WAY)  # type: ignore[misc]


def store(**fields: object) -> Store:
    """Return the store all scenes belong to, with everything a shopper can be offered."""
    made: Store = StoreFactory.create(
        **{
            "support_phone": "+1 503 555 0142",
            "support_hours": "Mon-Fri 9-17",
            "tagline": "Things that keep the evening warm",
            "story": "We make lanterns, candles and kettles in a shed by the water, ten people and a dog.",
            "shop_url": "https://harbour-pine.example/",
            "returns_url": "https://harbour-pine.example/returns/",
            "privacy_url": "https://harbour-pine.example/privacy/",
            "timezone": "America/Los_Angeles",
            **fields,
        }
    )
    return made


def order(at: datetime, *, days_ago: float = 5, **fields: object) -> Order:
    """Return an order of two lanterns and a candle, without any parcel."""
    made: Order = OrderFactory.create(
        **{
            "store": fields.pop("store", None) or store(),
            "number": "#1042",
            "number_key": "1042",
            "placed_at": at - timedelta(days=days_ago),
            "subtotal_minor": 14400,
            "discount_minor": 1000,
            "shipping_minor": 500,
            "tax_minor": 1120,
            "total_minor": 15020,
            **fields,
        }
    )
    OrderLineFactory(
        order=made,
        title="Brass lantern",
        variant_title="Large",
        quantity=2,
        unit_price_minor=4800,
        position=0,
    )
    OrderLineFactory(order=made, title="Pine candle", variant_title="", unit_price_minor=2400, position=1)
    return made


def parcel(order: Order, at: datetime, *, lines: dict[int, int] | None = None, **fields: object) -> Shipment:
    """Return a parcel of `order` without scans; `lines` is {position: quantity}, everything by default."""
    made: Shipment = ShipmentFactory.create(
        order=order,
        **{
            "origin": {"city": "Memphis", "region": "TN", "country": "US"},
            "service": "Ground",
            "tracking_url": "https://www.ups.com/track?tracknum=1Z999AA10123456784",
            "handed_over_at": at - timedelta(hours=71),
            "checked_at": at - timedelta(minutes=4),
            **fields,
        },
    )
    for line in order.lines.all():
        quantity = (lines if lines is not None else {line.position: line.quantity}).get(line.position, 0)
        if quantity:
            ShipmentLineFactory(shipment=made, line=line, quantity=quantity)
    return made


def scanned(shipment: Shipment, at: datetime, *steps: Step, **more: object) -> Shipment:
    """
    Add scans and, by `eta_in` (days from now, or a pair), a window; `reason` and `action` belong to the last
    scan.
    """
    reason, action, eta_in = more.pop("reason", ""), more.pop("action", False), more.pop("eta_in", None)
    scans = [
        ScanData(
            status=status,
            at=at - timedelta(hours=hours),
            place=place,
            message=words,
            reason=reason if i == len(steps) - 1 else "",  # type: ignore[arg-type]
            action_required=bool(action) and i == len(steps) - 1,
        )
        for i, (hours, status, words, place) in enumerate(steps)
    ]
    told = more.pop("told_at", at - timedelta(hours=3))
    return add_scans(
        shipment_id=shipment.pk,
        scans=scans,
        source="easypost",
        at=at,
        eta=window(shipment, at, eta_in) if eta_in is not None else None,  # type: ignore[arg-type]
        told_at=told,  # type: ignore[arg-type]
        **more,  # type: ignore[arg-type]
    )


def window(shipment: Shipment, at: datetime, days: float | tuple[float, float]) -> Window:
    """Return a window in `days` from `at`; a single day comes with hours (10 to 14 in the store's zone)."""
    zone = shipment.order.store.zone
    first, last = days if isinstance(days, tuple) else (days, days)
    here = at.astimezone(zone)
    from_date, to_date = (here + timedelta(days=first)).date(), (here + timedelta(days=last)).date()
    if isinstance(days, tuple):
        return Window(from_date, to_date)
    start = datetime(from_date.year, from_date.month, from_date.day, 10, tzinfo=zone)
    return Window(from_date, to_date, start, start + timedelta(hours=4))


def in_transit(at: datetime) -> Order:
    """One parcel, on time, with a window of hours."""
    made = order(at)
    scanned(parcel(made, at), at, *WAY, eta_in=2)
    return made


def two_parcels(at: datetime) -> Order:
    """Two parcels on different days."""
    made = order(at)
    scanned(parcel(made, at, lines={0: 2}), at, *WAY, eta_in=2)
    scanned(parcel(made, at, lines={1: 1}), at, *WAY[:3], eta_in=(3, 5))
    return made


def out_for_delivery(at: datetime) -> Order:
    """Today is the day."""
    made = order(at)
    scanned(
        parcel(made, at), at, *way(9), (2, Status.OUT_FOR_DELIVERY, "Out for Delivery", PORTLAND), eta_in=0
    )
    return made


def delivered(at: datetime, **fields: object) -> Order:
    """Signed for."""
    made = order(at, days_ago=6, **fields)
    steps = (
        *way(30),
        (27, Status.OUT_FOR_DELIVERY, "Out for Delivery", PORTLAND),
        (24, Status.DELIVERED, "Delivered", PORTLAND),
    )
    scanned(parcel(made, at), at, *steps, signed_by="A. Lovelace")
    return made


def with_neighbour(at: datetime) -> Order:
    """Delivered next door."""
    made = order(at, days_ago=6)
    steps = (*way(9), (3, Status.DELIVERED, "Left with neighbor", PORTLAND))
    scanned(parcel(made, at), at, *steps, reason=Reason.NEIGHBOUR)
    return made


def late(at: datetime) -> Order:
    """The window moved to a later day."""
    made = order(at)
    shipment = scanned(parcel(made, at), at, *WAY[:3], eta_in=1, told_at=at - timedelta(hours=60))
    scanned(
        shipment,
        at,
        *WAY[3:4],
        (5, Status.IN_TRANSIT, "Weather delay", DENVER),
        eta_in=3,
        told_at=at - timedelta(hours=5),
        reason=Reason.WEATHER,
    )
    return made


def overdue(at: datetime) -> Order:
    """The day has passed and nobody named another."""
    made = order(at, days_ago=8)
    scanned(parcel(made, at), at, *WAY[:4], eta_in=-1, told_at=at - timedelta(hours=60))
    return made


def attempted(at: datetime) -> Order:
    """Nobody was there."""
    made = order(at)
    steps = (*way(9), (3, Status.ATTEMPTED, "Delivery attempted: recipient not home", PORTLAND))
    scanned(parcel(made, at), at, *steps, reason=Reason.NOT_HOME, eta_in=1)
    return made


def pickup(at: datetime) -> Order:
    """Waiting in a locker."""
    made = order(at)
    steps = (*way(9), (3, Status.READY_FOR_PICKUP, "Available for pickup", PORTLAND))
    scanned(parcel(made, at), at, *steps, reason=Reason.LOCKER)
    return made


def address_problem(at: datetime) -> Order:
    """Held up until the shopper does something."""
    made = order(at)
    steps = (*way(12), (6, Status.EXCEPTION, "Incorrect address", PORTLAND))
    scanned(parcel(made, at), at, *steps, reason=Reason.ADDRESS, action=True)
    return made


def returning(at: datetime) -> Order:
    """On its way back."""
    made = order(at, days_ago=14)
    steps = (*way(180), (5, Status.RETURNING, "Return to sender", PORTLAND))
    scanned(parcel(made, at), at, *steps, reason=Reason.UNCLAIMED)
    return made


def cancelled(at: datetime) -> Order:
    """Called off before anything was sent."""
    return order(
        at, cancelled_at=at - timedelta(days=1), status=Order.Status.CANCELLED, payment_status="refunded"
    )


def nothing_shipped(at: datetime) -> Order:
    """Just placed."""
    return order(at, days_ago=0.2)


def label_made(at: datetime) -> Order:
    """Packed; the carrier has not come yet. The candle is not in it."""
    made = order(at, days_ago=3)
    scanned(parcel(made, at, lines={0: 2}), at, LABEL)
    return made


def one_hand_over(at: datetime) -> Order:
    """One hand-over under two numbers: the shop does not say what is in which."""
    made = order(at)
    first = parcel(made, at, fulfillment_external_id="7", position=0)
    second = parcel(made, at, fulfillment_external_id="7", position=1, lines={})
    scanned(first, at, *WAY, eta_in=2)
    scanned(second, at, *WAY[:4], eta_in=2)
    return made


def german(at: datetime) -> Order:
    """Long words, long names, euros."""
    german_store = store(
        slug="kerzenmanufaktur",
        name="Kerzenmanufaktur Wattenmeer & Söhne",
        currency="EUR",
        language="de",
        country="DE",
        timezone="Europe/Berlin",
        brand_color="#1d5c5a",
    )
    to = {
        "name": "Annegret Schwarzenberger-Holzmüller",
        "lines": ["Donaudampfschifffahrtsgesellschaftsstraße 117a", "Hinterhaus, 3. Obergeschoss links"],
        "city": "Garmisch-Partenkirchen",
        "region": "Bayern",
        "postcode": "82467",
        "country": "DE",
    }
    made = order(
        at,
        store=german_store,
        currency="EUR",
        language="de",
        ship_to=to,
        number="KW-2026-00042",
        number_key="KW-2026-00042",
    )
    made.lines.filter(position=0).update(
        title="Sturmlaternenersatzglaszylinder", variant_title="Mundgeblasen, bernsteinfarben"
    )
    castle = Place("Wilhelmshaven-Fedderwardergroden", "", "DE")
    shipment = parcel(
        made,
        at,
        carrier="dhl",
        carrier_name="DHL Paket",
        service="",
        origin={"city": castle.city, "country": "DE"},
        tracking_number="00340434161094042557",
    )
    kassel = Place("Staufenberg-Lutterberg", "", "DE")
    steps: tuple[Step, ...] = (
        (40, Status.INFO_RECEIVED, "The instruction data have been provided", castle),
        (36, Status.IN_TRANSIT, "The shipment has been picked up", castle),
        (8, Status.IN_TRANSIT, "Arrived at the parcel center", kassel),
    )
    scanned(shipment, at, *steps, eta_in=(1, 2))
    return made


def gift(at: datetime) -> Order:
    """A gift with a card that comes by e-mail, under a bright brand."""
    made = order(
        at, store=store(slug="sunny", name="Sunny Side", brand_color="#ffd400"), discount_codes=["WELCOME10"]
    )
    OrderLineFactory(
        order=made,
        title="Gift card",
        variant_title="$50",
        gift_card=True,
        requires_shipping=False,
        position=2,
    )
    scanned(parcel(made, at, lines={0: 2, 1: 1}), at, *WAY, eta_in=1)
    return made


SCENES: dict[str, Callable[..., Order]] = {
    scene.__name__: scene
    for scene in (
        in_transit,
        two_parcels,
        out_for_delivery,
        delivered,
        with_neighbour,
        late,
        overdue,
        attempted,
        pickup,
        address_problem,
        returning,
        cancelled,
        nothing_shipped,
        label_made,
        one_hand_over,
        german,
        gift,
    )
}
