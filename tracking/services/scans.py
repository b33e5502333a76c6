"""Scans: what carriers say, added once each, and the parcel's state that follows."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any, TypedDict

from django.db import transaction
from django.db.models import Q

from customers import outbox
from customers.models import Event, Store
from customers.worker import wake
from tracking import events
from tracking.carriers.base import ParcelData, Place, ScanData, Window
from tracking.eta.choosing import OURS
from tracking.eta.where import zone_at
from tracking.fold import FINAL, Course, State, fold, moment
from tracking.models import CarrierAccount, Order, Promise, Scan, Shipment
from tracking.services.eta import doubted
from tracking.services.missing import Missing
from tracking.services.progress import refresh_order
from tracking.services.shipments import fulfillment_waits_for, parcel_waits_for, tracking_key, watch
from tracking.shops.base import ScanFact
from tracking.vocabulary import Status
from tracking.zones import zone_of


class Fact(TypedDict):
    """What there is to publish about a parcel, but for whose it is."""

    kind: str
    key: str
    occurred_at: datetime
    data: dict[str, Any]


@transaction.atomic
def add_scans(
    *,
    shipment_id: int,
    scans: Sequence[ScanData],
    source: str,
    at: datetime,
    eta: Window | None = None,
    told_at: datetime | None = None,
    signed_by: str = "",
    service: str = "",
) -> Shipment:
    """
    Add what was said about a parcel, fold it into its state, and publish each milestone reached for the
    first time.

    Scans already known change nothing. `eta` replaces the window unless a message younger than `told_at`
    (default `at`) gave one. `source` is the code of who told us. Returns: the shipment as saved. Raises:
    Shipment.DoesNotExist.
    """
    order_id = Shipment.objects.values_list("order_id", flat=True).get(pk=shipment_id)
    # The order's lock comes first everywhere, so that two messages about one order never wait for each other.
    order = Order.objects.select_for_update(of=("self",)).select_related("store", "customer").get(pk=order_id)
    shipment = Shipment.objects.select_for_update(of=("self",)).get(pk=shipment_id)
    shipment.order = order
    new = _insert(shipment, scans, source)
    before = (shipment.status, shipment.reason, shipment.action_required, shipment.signed_by)
    if new:
        shipment.heard_at = at
        state = fold([_data(scan) for scan in shipment.scans.all()], _zone(shipment))
        apply_state(shipment, state, at=at)
        _publish_milestones(shipment, state)
    shipment.signed_by = signed_by[:120] or shipment.signed_by
    shipment.service = service[:120] or shipment.service
    moved = _apply_eta(shipment, eta, source=source, told_at=told_at or at, at=at) if eta else False
    if shipment.eta_due_at == at:
        wake("promises")
    shipment.save()
    after = (shipment.status, shipment.reason, shipment.action_required, shipment.signed_by)
    if new or moved or before != after:
        refresh_order(order.pk)
    return shipment


def _zone(shipment: Shipment) -> tzinfo:
    store = shipment.order.store
    return zone_of(shipment.destination.get("country", ""), store.country, store.timezone)


def _insert(shipment: Shipment, scans: Sequence[ScanData], source: str) -> bool:
    """Insert the scans that are not there yet. Returns whether there were any."""
    known = set(shipment.scans.values_list("fingerprint", flat=True))
    store = shipment.order.store
    rows = {
        scan.fingerprint: Scan(shipment=shipment, source=source, **stored(scan, shipment.destination, store))
        for scan in scans
        if scan.fingerprint not in known
    }
    Scan.objects.bulk_create(rows.values(), ignore_conflicts=True)
    return bool(rows)


def stored(scan: ScanData, destination: Mapping[str, str], store: Store) -> dict[str, Any]:
    """
    Return a scan as its row holds it, all but `shipment` and `source`.

    A local time is sorted by what it is in the zone of the scan's place, else of the `destination`, else of
    the store.
    """
    return {
        "fingerprint": scan.fingerprint,
        "at": scan.at,
        "local": scan.local.isoformat() if scan.local else "",
        "order_at": scan.at or sorted_by(scan, destination, store),
        **scan.kept._asdict(),
    }


def sorted_by(scan: ScanData, destination: Mapping[str, str], store: Store) -> datetime:
    """Return the instant (UTC) that a scan without an offset is sorted by, see `stored`."""
    place = scan.place
    where = (place.country, place.region)
    if not place.country:
        where = (destination.get("country", ""), destination.get("region", ""))
    return moment(scan, zone_at(*where, store.country, store.timezone))


def _data(scan: Scan) -> ScanData:
    """Return a stored scan as the fold takes it; a local time is given at the instant it was sorted by."""
    return ScanData(
        status=Status(scan.status),
        at=scan.at or scan.order_at.astimezone(UTC),
        reason=scan.reason,
        action_required=scan.action_required,
        place=Place(scan.city, scan.region, scan.country, scan.postcode),
        code=scan.code,
        message=scan.message,
    )


def refold(shipment: Shipment, *, at: datetime) -> None:
    """
    Derive a parcel's state from the scans it has now. The caller holds its lock and its order's, and saves.
    """
    apply_state(shipment, fold([_data(scan) for scan in shipment.scans.all()], _zone(shipment)), at=at)


def state_at(shipment: Shipment, *, at: datetime) -> State:
    """Return where a parcel stood at `at`, by the scans we have today. One query."""
    return fold([_data(scan) for scan in shipment.scans.filter(order_at__lte=at)], _zone(shipment))


def apply_state(shipment: Shipment, state: State | Course, *, at: datetime) -> None:
    """
    Write the folded state. A parcel that has reached its end is not asked about any more; one that came
    back is.
    """
    was_over, before = shipment.status in FINAL, _stage(shipment)
    shipment.status, shipment.reason = state.status, state.reason
    shipment.action_required, shipment.status_at = state.action_required, state.status_at
    shipment.shipped_at, shipment.out_for_delivery_at = state.shipped_at, state.out_for_delivery_at
    shipment.delivered_at, shipment.last_scan_at = state.delivered_at, state.last_scan_at
    shipment.last_place = state.last_place[:200]
    if before != _stage(shipment) and not shipment.is_return:
        shipment.eta_due_at = at  # its window and promises are looked at anew
    if state.status in FINAL:
        shipment.due_at = None
    elif was_over and shipment.replaced_at is None:
        watch(shipment, at=at)


def _stage(shipment: Shipment) -> tuple[Any, ...]:
    """Return what a parcel's window depends on."""
    stopped = shipment.status_at if shipment.status != Status.IN_TRANSIT else None
    return (
        shipment.status, shipment.shipped_at, shipment.out_for_delivery_at, shipment.delivered_at, stopped
    )  # fmt: skip


MILESTONE_EVENTS = {
    "shipped": events.SHIPMENT_SHIPPED,
    "out_for_delivery": events.SHIPMENT_OUT_FOR_DELIVERY,
    "delivered": events.SHIPMENT_DELIVERED,
    "attempted": events.SHIPMENT_ATTEMPTED,
    "ready_for_pickup": events.SHIPMENT_READY_FOR_PICKUP,
    "exception": events.SHIPMENT_EXCEPTION,
    "returned": events.SHIPMENT_RETURNED,
}


# What is told of a parcel on its way back to the store.
MILESTONES_BACK = {
    "shipped": Status.IN_TRANSIT,
    "out_for_delivery": Status.OUT_FOR_DELIVERY,
    "delivered": Status.DELIVERED,
    "exception": Status.EXCEPTION,
    "returned": Status.RETURNED,
}


def milestone_facts(shipment: Shipment, milestones: Mapping[str, tuple[datetime, ScanData]]) -> list[Fact]:
    """
    Return milestones as facts to publish, in the order they happened. Of a return parcel only
    RETURN_PARCEL_MOVED is told: nobody waits for it at the order's door.
    """
    facts = []
    told = ((when, name, scan) for name, (when, scan) in milestones.items())
    for when, name, scan in sorted(told, key=lambda found: found[:2]):
        fact: Fact = {
            "kind": MILESTONE_EVENTS[name],
            "key": f"shipment:{shipment.pk}:{name}",
            "occurred_at": when,
            "data": {
                "order_id": shipment.order_id,
                "shipment_id": shipment.pk,
                "status": str(scan.status),
                "reason": str(scan.reason),
                "action_required": scan.action_required,
                "place": str(scan.place),
            },
        }
        if shipment.is_return:
            status = MILESTONES_BACK.get(name)
            if status is None:
                continue
            fact["kind"], fact["key"] = events.RETURN_PARCEL_MOVED, f"shipment:{shipment.pk}:back:{status}"
            fact["data"] |= {"status": str(status), "first": name == "shipped"}
        facts.append(fact)
    return facts


def _publish_milestones(shipment: Shipment, state: State) -> None:
    """Publish the milestones that were not told yet."""
    facts = milestone_facts(shipment, state.milestones)
    told = set(Event.objects.filter(key__in=[fact["key"] for fact in facts]).values_list("key", flat=True))
    for fact in facts:
        if fact["key"] not in told:
            _publish(shipment, fact)


def _publish(shipment: Shipment, fact: Fact) -> None:
    order = shipment.order
    outbox.publish(store=order.store, customer=order.customer, subject=shipment, **fact)


def _apply_eta(shipment: Shipment, eta: Window, *, source: str, told_at: datetime, at: datetime) -> bool:
    """Take over a delivery window and write down what follows. Returns: whether the window changed."""
    moved = take_window(shipment, eta, source=source, told_at=told_at, at=at, doubted=doubted())
    if moved is None:
        return False
    promise, delayed = moved
    promise.save()
    if delayed:
        _publish(shipment, delayed)
    return True


_OVER = frozenset({*FINAL, Status.RETURNING})


def take_window(
    shipment: Shipment,
    eta: Window,
    *,
    source: str,
    told_at: datetime,
    at: datetime,
    doubted: Collection[str] = (),
) -> tuple[Promise, Fact | None] | None:
    """
    Take over a delivery window a carrier told; the caller saves the shipment.

    Returns: the Promise to keep, and the fact to tell when it moved to a later day; None when the window
    shown did not change. What is said after a parcel's end is no promise; what was said before it is,
    however late it arrives. A word of a source among `doubted`, or against a window of our own, is only
    noted: whose is shown is then chosen by tracking.services.promises, for which the parcel is due at `at`.
    """
    if shipment.is_return:  # nobody was promised that it comes
        return None
    over = shipment.status in _OVER
    if over and (shipment.status_at is None or told_at >= shipment.status_at):
        return None
    version = f"{told_at.astimezone(UTC).isoformat()}|{eta.to_date}|{eta.from_date}|{eta.to_at}|{eta.from_at}"
    if version <= shipment.eta_version:
        return None
    shipment.eta_version = version
    aside = shipment.eta_source == OURS or source in doubted
    if _note_word(shipment, eta, source, told_at) or aside:
        shipment.eta_due_at = at
    current = (shipment.eta_from_date, shipment.eta_to_date, shipment.eta_from_at, shipment.eta_to_at)
    window = (eta.from_date, eta.to_date, eta.from_at, eta.to_at)
    if window == current or aside:
        return None
    shipment.eta_from_date, shipment.eta_to_date, shipment.eta_from_at, shipment.eta_to_at = window
    shipment.eta_source = source
    promise = Promise(
        shipment=shipment,
        from_date=eta.from_date,
        to_date=eta.to_date,
        from_at=eta.from_at,
        to_at=eta.to_at,
        source=source,
        made_at=told_at,
    )
    delayed: Fact = {
        "kind": events.SHIPMENT_DELAYED,
        "key": f"shipment:{shipment.pk}:delayed:{eta.to_date}",
        "occurred_at": told_at,
        "data": {
            "order_id": shipment.order_id,
            "shipment_id": shipment.pk,
            "was_to": current[1].isoformat() if current[1] else "",
            "from_date": eta.from_date.isoformat(),
            "to_date": eta.to_date.isoformat(),
        },
    }
    later = current[1] and eta.to_date > current[1] and not over
    return promise, delayed if later and not _over_everywhere(eta.to_date, told_at) else None


def _over_everywhere(day: date, at: datetime) -> bool:
    """Say whether `day` was over in every zone: nobody is told that a parcel comes on it."""
    return at >= datetime.combine(day + timedelta(days=1), time(12), UTC)


def _note_word(shipment: Shipment, eta: Window, source: str, told_at: datetime) -> bool:
    """Note a carrier's word as it was told. Returns whether it is another than before."""
    word = (eta.from_date, eta.to_date, eta.from_at, eta.to_at, source)
    known = (shipment.told_from_date, shipment.told_to_date, shipment.told_from_at, shipment.told_to_at)
    new = word != (*known, shipment.told_source)
    if new:
        shipment.told_from_date, shipment.told_to_date = eta.from_date, eta.to_date
        shipment.told_from_at, shipment.told_to_at = eta.from_at, eta.to_at
        shipment.told_source = source
    shipment.told_at = told_at
    return new


def record_parcel(
    *, data: ParcelData, source: str, at: datetime, account: CarrierAccount | None = None
) -> int:
    """
    Add what a carrier said to every shipment with that tracking number; "last checked" moves.

    `account` follows the parcel from now on when nobody does yet. Returns: how many shipments it reached.
    Raises: Missing when no order with that number has arrived yet.
    """
    key = tracking_key(data.tracking_number)
    found = Shipment.objects.followed().filter(tracking_key=key).exclude(tracking_key="")
    if data.carrier:
        # The same digits can be another carrier's number; a parcel whose carrier is unknown may be this
        # one's.
        found = found.filter(Q(carrier__in=(data.carrier, "", source)) | Q(account__carrier=source))
    ids = list(found.order_by("order_id", "pk").values_list("pk", flat=True))
    if not ids:
        raise Missing(parcel_waits_for(key), f"waits for a parcel with the number {data.tracking_number}")
    for shipment_id in ids:
        add_scans(
            shipment_id=shipment_id,
            scans=data.scans,
            source=source,
            at=at,
            eta=data.eta,
            told_at=data.told_at,
            signed_by=data.signed_by,
            service=data.service,
        )
    Shipment.objects.filter(pk__in=ids).update(checked_at=at)
    if account:
        Shipment.objects.filter(pk__in=ids, account=None).update(account=account)
    return len(ids)


def record_shop_scan(*, store: Store, data: ScanFact, source: str, at: datetime) -> Shipment:
    """
    Add a scan the shop passed on for a hand-over; with several parcels it speaks of the first.

    Raises: Missing when the hand-over has not arrived yet.
    """
    shipment = (
        Shipment.objects.current()
        .filter(order__store=store, fulfillment_external_id=data.fulfillment_external_id)
        .order_by("position", "pk")
        .first()
    )
    if shipment is None:
        raise Missing(
            fulfillment_waits_for(store, data.fulfillment_external_id),
            f"waits for fulfilment {data.fulfillment_external_id} of order {data.order_external_id}",
        )
    eta = None
    if data.eta_at:
        zone = zone_of(shipment.destination.get("country", ""), store.country, store.timezone)
        midnight = data.eta_at.time() == time(0)  # as told: a calendar day that was stamped, no moment
        day = data.eta_at.date() if midnight else data.eta_at.astimezone(zone).date()
        eta = Window(day, day)
    return add_scans(
        shipment_id=shipment.pk, scans=[data.scan], source=source, at=at, eta=eta, told_at=data.scan.at
    )
