"""Scans: what carriers say, added once each, and the parcel's state that follows."""

from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo

from django.db import transaction
from django.db.models import Q

from customers import outbox
from customers.models import Event, Store
from tracking import events
from tracking.carriers.base import ParcelData, Place, ScanData, Window
from tracking.fold import FINAL, State, fold, moment
from tracking.models import CarrierAccount, Order, Promise, Scan, Shipment
from tracking.services.missing import Missing
from tracking.services.progress import refresh_order
from tracking.services.shipments import fulfillment_waits_for, parcel_waits_for, tracking_key, watch
from tracking.shops.base import ScanFact
from tracking.vocabulary import Status
from tracking.zones import zone_of


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
        _apply(shipment, state, at=at)
        _publish_milestones(shipment, state)
    shipment.signed_by = signed_by[:120] or shipment.signed_by
    shipment.service = service[:120] or shipment.service
    moved = _apply_eta(shipment, eta, source=source, told_at=told_at or at, at=at) if eta else False
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
    store = shipment.order.store
    known = set(shipment.scans.values_list("fingerprint", flat=True))
    rows = {}
    for scan in scans:
        if scan.fingerprint in known:
            continue
        zone = zone_of(
            scan.place.country or shipment.destination.get("country", ""), store.country, store.timezone
        )
        rows[scan.fingerprint] = Scan(
            shipment=shipment,
            fingerprint=scan.fingerprint,
            at=scan.at,
            local=scan.local.isoformat() if scan.local else "",
            order_at=moment(scan, zone),
            status=scan.status,
            reason=scan.reason,
            action_required=scan.action_required,
            city=scan.place.city[:120],
            region=scan.place.region[:120],
            country=scan.place.country[:60],
            postcode=scan.place.postcode[:20],
            code=scan.code[:80],
            message=scan.message[:500],
            source=source,
        )
    Scan.objects.bulk_create(rows.values(), ignore_conflicts=True)
    return bool(rows)


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


def _apply(shipment: Shipment, state: State, *, at: datetime) -> None:
    """
    Write the folded state. A parcel that has reached its end is not asked about any more; one that came
    back is.
    """
    was_over = shipment.status in FINAL
    shipment.status, shipment.reason = state.status, state.reason
    shipment.action_required, shipment.status_at = state.action_required, state.status_at
    shipment.shipped_at, shipment.out_for_delivery_at = state.shipped_at, state.out_for_delivery_at
    shipment.delivered_at, shipment.last_scan_at = state.delivered_at, state.last_scan_at
    shipment.last_place = state.last_place[:200]
    if state.status in FINAL:
        shipment.due_at = None
    elif was_over and shipment.replaced_at is None:
        watch(shipment, at=at)


MILESTONE_EVENTS = {
    "shipped": events.SHIPMENT_SHIPPED,
    "out_for_delivery": events.SHIPMENT_OUT_FOR_DELIVERY,
    "delivered": events.SHIPMENT_DELIVERED,
    "attempted": events.SHIPMENT_ATTEMPTED,
    "ready_for_pickup": events.SHIPMENT_READY_FOR_PICKUP,
    "exception": events.SHIPMENT_EXCEPTION,
    "returned": events.SHIPMENT_RETURNED,
}


def _publish_milestones(shipment: Shipment, state: State) -> None:
    """Publish the milestones that were not told yet, in the order they happened."""
    keys = {f"shipment:{shipment.pk}:{name}": name for name in state.milestones}
    told = set(Event.objects.filter(key__in=keys).values_list("key", flat=True))
    fresh = sorted((state.milestones[name][0], name, key) for key, name in keys.items() if key not in told)
    for when, name, key in fresh:
        scan = state.milestones[name][1]
        outbox.publish(
            MILESTONE_EVENTS[name],
            key=key,
            occurred_at=when,
            store=shipment.order.store,
            customer=shipment.order.customer,
            subject=shipment,
            data={
                "order_id": shipment.order_id,
                "shipment_id": shipment.pk,
                "status": scan.status,
                "reason": str(scan.reason),
                "action_required": scan.action_required,
                "place": str(scan.place),
            },
        )


def _apply_eta(shipment: Shipment, eta: Window, *, source: str, told_at: datetime, at: datetime) -> bool:
    """
    Take over a delivery window, keep it as a Promise, and tell when it moved to a later day.

    Returns: whether the window changed. What is said after a parcel's end is no promise; what was said
    before it is, however late it arrives.
    """
    version = f"{told_at.astimezone(UTC).isoformat()}|{eta.to_date}|{eta.from_date}|{eta.to_at}|{eta.from_at}"
    current = (shipment.eta_from_date, shipment.eta_to_date, shipment.eta_from_at, shipment.eta_to_at)
    window = (eta.from_date, eta.to_date, eta.from_at, eta.to_at)
    over = shipment.status in (*FINAL, Status.RETURNING)
    if over and (shipment.status_at is None or told_at >= shipment.status_at):
        return False
    if version <= shipment.eta_version:
        return False
    shipment.eta_version = version
    if window == current:
        return False
    shipment.eta_from_date, shipment.eta_to_date, shipment.eta_from_at, shipment.eta_to_at = window
    Promise.objects.create(
        shipment=shipment,
        from_date=eta.from_date,
        to_date=eta.to_date,
        from_at=eta.from_at,
        to_at=eta.to_at,
        source=source,
        made_at=told_at,
    )
    if current[1] and eta.to_date > current[1] and not over:
        outbox.publish(
            events.SHIPMENT_DELAYED,
            key=f"shipment:{shipment.pk}:delayed:{eta.to_date}",
            occurred_at=told_at,
            store=shipment.order.store,
            customer=shipment.order.customer,
            subject=shipment,
            data={
                "order_id": shipment.order_id,
                "shipment_id": shipment.pk,
                "was_to": current[1].isoformat(),
                "from_date": eta.from_date.isoformat(),
                "to_date": eta.to_date.isoformat(),
            },
        )
    return True


def record_parcel(
    *, data: ParcelData, source: str, at: datetime, account: CarrierAccount | None = None
) -> int:
    """
    Add what a carrier said to every shipment with that tracking number; "last checked" moves.

    `account` follows the parcel from now on when nobody does yet. Returns: how many shipments it reached.
    Raises: Missing when no order with that number has arrived yet.
    """
    key = tracking_key(data.tracking_number)
    found = Shipment.objects.current().filter(tracking_key=key).exclude(tracking_key="")
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
        day = data.eta_at.astimezone(zone).date()
        eta = Window(day, day)
    return add_scans(
        shipment_id=shipment.pk, scans=[data.scan], source=source, at=at, eta=eta, told_at=data.scan.at
    )
