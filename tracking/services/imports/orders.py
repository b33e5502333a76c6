"""Orders of a file, through `record_order`."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from tracking.imports import times
from tracking.imports.cells import Record
from tracking.models import Order, OrderLine
from tracking.services.imports.base import Applier, Outcome, Refused, made_id
from tracking.services.imports.new_orders import insert_orders
from tracking.services.orders import LINE_FIELDS, number_key, record_order
from tracking.shops.base import AddressData, LineData, OrderData

# What an order keeps when the file has no column for it: {attribute: the fields that would tell it}.
_TOLD_BY = {
    "currency": ("currency",),
    "email": ("email",),
    "phone": ("phone",),
    "language": ("language",),
    "discount_minor": ("discount",),
    "shipping_minor": ("shipping",),
    "tax_minor": ("tax",),
    "payment_status": ("payment_status",),
    "cancelled_at": ("cancelled_at", "status"),
    "cancel_reason": ("cancel_reason",),
    "note": ("note",),
}
# A date alone, or a time in another zone, moves an order by less.
SAME_PURCHASE = timedelta(days=2)
_LINES = ("line_title", "line_sku", "items")


class Orders(Applier):
    """Orders by the shop's id, else by their number within the store."""

    def look_up(self, records: Sequence[Record]) -> None:
        """Load the orders that are here already; an order without an id is found by its number."""
        ids = {record.data.external_id for record in records} - {""}
        numbers = {number_key(record.data.number) for record in records}
        orders = Order.objects.filter(store=self.store).select_related("store")
        self.by_id = {order.external_id: order for order in orders.filter(external_id__in=ids)}
        self.by_number: dict[str, list[Order]] = {}
        for order in orders.filter(number_key__in=numbers) if numbers else ():
            self.by_number.setdefault(order.number_key, []).append(order)
        self.lines: dict[int, list[OrderLine]] = {}
        changing = []
        for record in records:
            here = self._unsure(record)
            if here is not None and self.version_over(here.source_version, record):
                changing.append(here.pk)
        if changing:
            for line in OrderLine.objects.filter(order__in=changing).order_by("position", "pk"):
                self.lines.setdefault(line.order_id, []).append(line)

    def _unsure(self, record: Record) -> Order | None:
        try:
            return self._known(record)
        except Refused:
            return None

    def _known(self, record: Record) -> Order | None:
        """Return the order a record is about, None for a new one. Raises: Refused for one of several."""
        data: OrderData = record.data
        same = self.by_number.get(number_key(data.number), [])
        near = [order for order in same if _of_its_day(order, data)]
        if data.external_id:
            found = self.by_id.get(data.external_id)
            if found is None and near:
                raise Refused(
                    f"Order {data.number} of that day is here already, with the id {near[0].external_id}, "
                    f"not {data.external_id}. Choose no column for the id: then it is found by its number."
                )
            return found
        if len(near) > 1:
            raise Refused(
                f"{len(near)} orders here have the number {data.number}: add a column with the shop's id."
            )
        if same and not near:
            zone = times.zone_of(self.store.timezone)
            here, told = (f"{when.astimezone(zone):%Y-%m-%d}" for when in (same[0].placed_at, data.placed_at))
            raise Refused(
                f"The order {data.number} that is here was placed on {here}, this one on {told}: another "
                "purchase? Add a column with the shop's id."
            )
        return near[0] if near else None

    def judge(self, record: Record) -> Outcome:
        """New, changed, or as it is here."""
        order = self._known(record)
        if order is None:
            return Outcome.CREATED
        changed = self.version_over(order.source_version, record)
        return Outcome.UPDATED if changed else Outcome.UNCHANGED

    def apply(self, record: Record) -> None:
        """Record the order; what the file does not tell of one that is here stays as it is."""
        record_order(store=self.store, data=self.complete(record), at=self.at)

    def apply_many(self, records: Sequence[Record]) -> Sequence[Record]:
        """Insert plain new orders together: one by one they would take some forty queries each."""
        told = {record.key: self.complete(record) for record in records}
        known = [told[record.key].external_id for record in records if self._known(record)]
        done = insert_orders(store=self.store, orders=list(told.values()), known=known, at=self.at)
        return [record for record in records if told[record.key].external_id not in done]

    def complete(self, record: Record) -> OrderData:
        """Return the order as `record_order` takes it: with its id, its version and what stays as it is."""
        order = self._known(record)
        data: OrderData = record.data
        external_id = order.external_id if order else data.external_id or made_id(number_key(data.number))
        version = self.version_over(order.source_version if order else "", record)
        data = replace(data, external_id=external_id, version=version)
        return self._kept(data, order) if order else data

    def _kept(self, data: OrderData, order: Order) -> OrderData:
        told = self.plan.mapping
        keep: dict[str, Any] = {
            name: getattr(order, name)
            for name, fields in _TOLD_BY.items()
            if not any(field in told for field in fields)
        }
        if not any(field.startswith("ship_") for field in told):
            to = order.ship_to
            parts = {name: to.get(name, "") for name in ("name", "city", "region", "postcode", "country")}
            keep["ship_to"] = AddressData(lines=tuple(to.get("lines", ())), **parts)
        for name in ("tags", "discount_codes"):
            if name not in told:
                keep[name] = tuple(getattr(order, name))
        lines = self.lines.get(order.pk, [])
        has_lines = any(field in told for field in _LINES)
        for part in ("subtotal", "total"):
            if part not in told and not has_lines:
                keep[f"{part}_minor"] = getattr(order, f"{part}_minor")
        keep["lines"] = _same_lines(data.lines, lines) if has_lines else tuple(map(_line, lines))
        return replace(data, **keep)


def _of_its_day(order: Order, data: OrderData) -> bool:
    """Say whether an order with the same number is the same purchase. A file may correct its own times."""
    made_by_file = order.external_id.startswith("file:") and not data.external_id
    return made_by_file or abs(order.placed_at - data.placed_at) <= SAME_PURCHASE


def _line(line: OrderLine) -> LineData:
    fields = {name: getattr(line, name) for name in LINE_FIELDS}
    return LineData(external_id=line.external_id, quantity=line.quantity, **fields)


def _same_lines(told: Sequence[LineData], here: Sequence[OrderLine]) -> tuple[LineData, ...]:
    """
    Give lines without an id of the shop's the id of the line here that has their SKU, else their name.

    A file without line ids would otherwise double the lines that a webhook brought.
    """
    free = {line.external_id: line for line in here}
    named = {line.external_id for line in told if line.external_id in free}
    made = []
    for line in told:
        if line.external_id in named or not line.external_id.startswith("file:"):
            made.append(line)
            continue
        same = next(
            (known for known in free.values() if known.external_id not in named and _alike(line, known)), None
        )
        if same is not None:
            del free[same.external_id]
            line = replace(line, external_id=same.external_id)
        made.append(line)
    return tuple(made)


def _alike(told: LineData, here: OrderLine) -> bool:
    if told.sku and here.sku:
        return told.sku == here.sku
    return told.title.casefold() in (here.title.casefold(), f"{here.title} - {here.variant_title}".casefold())
