"""Everything a page is made from, already loaded."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from tracking.carriers.detect import carrier_label
from tracking.models import Order, OrderLine, Promise, Scan, Shipment
from tracking.vocabulary import Status


class Level(StrEnum):
    """How much of an order a visitor may see."""

    ACT = "act"
    VIEW = "view"
    SHARE = "share"


@dataclass(frozen=True)
class ParcelMaterial:
    """
    One parcel with what belongs to it.

    `contents`: (line, quantity). `scans`: latest first, already of one kind of source. `promises`: oldest
    first. `companions`: how many parcels share these contents (one hand-over under several numbers), 1 when
    alone.
    """

    shipment: Shipment
    contents: Sequence[tuple[OrderLine, int]] = ()
    scans: Sequence[Scan] = ()
    promises: Sequence[Promise] = ()
    companions: int = 1

    @property
    def carrier(self) -> str:
        """The carrier's name as people know it, '' when nobody said."""
        return self.shipment.carrier_name or carrier_label(self.shipment.carrier)

    @property
    def status(self) -> str:
        """The parcel's status (tracking.vocabulary.Status)."""
        return self.shipment.status


@dataclass(frozen=True)
class Material:
    """An order with its current parcels, in the order they left."""

    order: Order
    lines: Sequence[OrderLine] = ()
    parcels: Sequence[ParcelMaterial] = field(default=())

    @property
    def live(self) -> list[ParcelMaterial]:
        """Parcels that were not called off."""
        return [parcel for parcel in self.parcels if parcel.status != Status.CANCELLED]

    def waiting(self) -> list[tuple[OrderLine, int]]:
        """
        Return (line, quantity) of goods that no parcel carries yet; [] when a hand-over came without a
        packing list.
        """
        listed: dict[str, bool] = {}
        for parcel in self.live:
            hand_over = parcel.shipment.fulfillment_external_id or f"parcel {parcel.shipment.pk}"
            listed[hand_over] = listed.get(hand_over, False) or bool(parcel.contents)
        if not all(listed.values()):
            return []
        packed: dict[int, int] = {}
        for parcel in self.live:
            for line, quantity in parcel.contents:
                packed[line.pk] = packed.get(line.pk, 0) + quantity
        left = ((line, line.quantity - packed.get(line.pk, 0)) for line in self.goods())
        return [(line, quantity) for line, quantity in left if quantity > 0]

    def goods(self) -> list[OrderLine]:
        """Return the lines that have to be shipped."""
        return [
            line for line in self.lines if line.requires_shipping and not line.gift_card and line.quantity
        ]


def of_one_source(scans: Sequence[Scan], shops: frozenset[str]) -> list[Scan]:
    """
    Return `scans` latest first; those a shop passed on are left out as soon as a carrier speaks for itself.

    `shops`: codes of the shop platforms.
    """
    ordered = sorted(scans, key=lambda scan: (scan.order_at, scan.pk or 0), reverse=True)
    carriers = [scan for scan in ordered if scan.source not in shops]
    return carriers or ordered
