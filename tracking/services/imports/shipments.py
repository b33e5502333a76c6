"""Shipments of a file, through `record_fulfillment` and `add_scans`."""

from collections.abc import Sequence
from dataclasses import replace

from django.db import transaction

from tracking.imports.cells import Record
from tracking.imports.shipments import Item, ParcelRows
from tracking.models import Order, OrderLine, Scan, Shipment
from tracking.services.imports.base import Applier, Outcome, Refused, made_id
from tracking.services.orders import number_key
from tracking.services.polling import RETIRED_AFTER
from tracking.services.scans import add_scans
from tracking.services.shipments import record_fulfillment, tracking_key
from tracking.shops.base import FulfillmentData

SOURCE = "file"


class Shipments(Applier):
    """Shipments by the shop's id, else by their tracking number within the order."""

    def look_up(self, records: Sequence[Record]) -> None:
        """Load the orders these shipments are of, with their lines, shipments and scans."""
        told = [record.data for record in records]
        ids = {data.order_external_id for data in told} - {""}
        numbers = {number_key(data.order_number) for data in told if not data.order_external_id}
        orders = Order.objects.filter(store=self.store)
        self.by_id = {order.external_id: order for order in orders.filter(external_id__in=ids)} if ids else {}
        self.by_number: dict[str, list[Order]] = {}
        for order in orders.filter(number_key__in=numbers) if numbers else ():
            self.by_number.setdefault(order.number_key, []).append(order)
        found = {order.pk for order in self.by_id.values()}
        found |= {order.pk for same in self.by_number.values() for order in same}
        self.lines: dict[int, list[OrderLine]] = {}
        if any(data.items for data in told):
            for line in OrderLine.objects.filter(order__in=found).order_by("position", "pk"):
                self.lines.setdefault(line.order_id, []).append(line)
        self.parcels: dict[int, list[Shipment]] = {}
        for parcel in Shipment.objects.filter(order__in=found, is_return=False).order_by("position", "pk"):
            self.parcels.setdefault(parcel.order_id, []).append(parcel)
        parcels = [parcel.pk for same in self.parcels.values() for parcel in same]
        self.scans: dict[int, set[str]] = {}
        if any(data.scans for data in told) and parcels:
            rows = Scan.objects.filter(shipment__in=parcels).values_list("shipment_id", "fingerprint")
            for shipment_id, fingerprint in rows:
                self.scans.setdefault(shipment_id, set()).add(fingerprint)

    def _order(self, data: ParcelRows) -> Order:
        if data.order_external_id:
            found = self.by_id.get(data.order_external_id)
            named = f"the id {data.order_external_id}"
        else:
            same = self.by_number.get(number_key(data.order_number), [])
            named = f"the number {data.order_number}"
            if len(same) > 1:
                raise Refused(f"{len(same)} orders here have {named}: add a column with the shop's id.")
            found = same[0] if same else None
        if found is None:
            raise Refused(f"There is no order with {named} in {self.store}. Import the orders first.")
        return found

    def _parcel(self, order: Order, data: FulfillmentData) -> Shipment | None:
        """Return the shipment that is here already: of this hand-over, else with this number."""
        parcels = self.parcels.get(order.pk, [])
        if data.external_id:
            mine = [parcel for parcel in parcels if parcel.fulfillment_external_id == data.external_id]
            return mine[0] if mine else None
        key = tracking_key(data.tracking_numbers[0]) if data.tracking_numbers else ""
        if key:
            return next((parcel for parcel in parcels if parcel.tracking_key == key), None)
        own = made_id("untracked", order.external_id)
        return next((parcel for parcel in parcels if parcel.fulfillment_external_id == own), None)

    def judge(self, record: Record) -> Outcome:
        """New, changed (or with new scans), or as it is here."""
        data: ParcelRows = record.data
        order = self._order(data)
        self._lines(order, data.items)
        parcel = self._parcel(order, data.fulfillment)
        if parcel is None:
            return Outcome.CREATED
        known = self.scans.get(parcel.pk, set())
        fresh = any(scan.fingerprint not in known for scan in data.scans)
        changed = fresh or self.version_over(parcel.source_version, record)
        return Outcome.UPDATED if changed else Outcome.UNCHANGED

    def apply(self, record: Record) -> None:
        """Record the hand-over where it is new or changed, then add what its carrier said."""
        data: ParcelRows = record.data
        order = self._order(data)
        parcel = self._parcel(order, data.fulfillment)
        version = self.version_over(parcel.source_version if parcel else "", record)
        with transaction.atomic():
            if version or parcel is None:
                told = self._told(order, data, parcel, version)
                parcels = record_fulfillment(store=self.store, data=told, at=self.at)
                if not parcels:  # taken back
                    return
                parcel = parcels[0]
            self._say(parcel, data)

    def _told(self, order: Order, data: ParcelRows, parcel: Shipment | None, version: str) -> FulfillmentData:
        told = data.fulfillment
        number = tracking_key(told.tracking_numbers[0]) if told.tracking_numbers else ""
        own = made_id(number) if number else made_id("untracked", order.external_id)
        lines = self._lines(order, data.items)
        if not data.items and parcel is not None:
            lines = tuple(parcel.packing.items())
        return replace(
            told,
            external_id=parcel.fulfillment_external_id if parcel else told.external_id or own,
            order_external_id=order.external_id,
            version=version,
            lines=lines,
        )

    def _lines(self, order: Order, items: Sequence[Item]) -> tuple[tuple[str, int], ...]:
        """Return the shop's ids of the lines inside, with how many. Raises: Refused."""
        found: dict[str, int] = {}
        for item in items:
            line = next((line for line in self.lines.get(order.pk, ()) if _is(item, line)), None)
            if line is None:
                named = item.line_id or item.sku or item.title
                raise Refused(f"Order {order.number} has no line “{named}”.")
            found[line.external_id] = found.get(line.external_id, 0) + item.quantity
        return tuple(found.items())

    def _say(self, parcel: Shipment, data: ParcelRows) -> None:
        if data.scans or data.eta or data.signed_by:
            parcel = add_scans(
                shipment_id=parcel.pk,
                scans=data.scans,
                source=SOURCE,
                at=self.at,
                eta=data.eta,
                # A window is as old as the hand-over: told today, it would not count for a parcel long there.
                told_at=data.fulfillment.created_at or self.as_of,
                signed_by=data.signed_by,
            )
        handed_over = parcel.handed_over_at
        if parcel.due_at and handed_over and self.at - handed_over > RETIRED_AFTER:
            # Carriers have forgotten a parcel that old: nobody is asked.
            Shipment.objects.filter(pk=parcel.pk).update(due_at=None)


def _is(item: Item, line: OrderLine) -> bool:
    if item.line_id:
        return item.line_id == line.external_id
    if item.sku:
        return item.sku == line.sku
    return item.title.casefold() == line.title.casefold()
