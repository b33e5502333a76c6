"""What of orders went back, was made good or is in a return already: counted for many of them at once."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from returns.models import Refund, ReturnUnit
from returns.pieces import Piece
from tracking.models import MakeGood, OrderRefund, ShopAction, ShopReturn
from tracking.services.refundable import bare


class Gone:
    """What went back or was made good already, of many orders, as counts of units."""

    def __init__(self, ids: Sequence[int]) -> None:
        self.active: set[tuple[int, int, int, int]] = set()
        self.active_units: dict[int, set[int]] = defaultdict(set)
        units = ReturnUnit.objects.filter(active=True, line__order__in=ids)
        for line, index, part, place in units.values_list("line_id", "index", "part_key", "part_index"):
            self.active.add((line, index, part, place))
            self.active_units[line].add(index)
        self.ours, self.others = _refunded(ids)
        self.in_shop = _in_shop(ids)
        self.made_good: dict[int, list[tuple[int, list[list[int]]]]] = defaultdict(list)
        offers = MakeGood.objects.filter(
            order__in=ids,
            choice__in=(MakeGood.Choice.REPLACEMENT, MakeGood.Choice.REFUND),
            state__in=(MakeGood.State.CHOSEN, MakeGood.State.STAFF, MakeGood.State.DONE),
        )
        for order, parcel, facts in offers.values_list("order_id", "shipment_id", "facts"):
            self.made_good[order].append((parcel, facts.get("pieces", [])))

    def returned(self, piece: Piece) -> bool:
        """Whether a piece is in a living return or claim."""
        part = piece.part.pk if piece.part else 0
        return (piece.line.pk, piece.index, part, piece.part_index) in self.active


def _refunded(ids: Sequence[int]) -> tuple[dict[tuple[int, str], int], dict[tuple[int, str], int]]:
    """Return units refunded in shops, by (order, the shop's id of a line): through us, and by others."""
    asked = ShopAction.objects.filter(order__in=ids, kind=ShopAction.Kind.REFUND)
    asked = asked.exclude(started_at=None, state__in=(ShopAction.State.WAITING, ShopAction.State.STAFF))
    asked = asked.exclude(state=ShopAction.State.CANCELLED)
    by_hand = Refund.objects.filter(order__in=ids, provider=Refund.Provider.MANUAL)
    by_hand = by_hand.filter(state=Refund.State.SUCCEEDED)
    ours: set[tuple[int, str]] = set()
    nameless: Counter[tuple[int, int]] = Counter()  # whose number we were not told (yet): known by their sum
    for rows in (asked, by_hand):
        for order, number, minor in rows.values_list("order_id", "external_id", "amount_minor"):
            if number:
                ours.add((order, bare(number)))
            else:
                nameless[order, minor] += 1
    found: tuple[dict[tuple[int, str], int], ...] = (defaultdict(int), defaultdict(int))
    told = OrderRefund.objects.filter(order__in=ids, removed_at=None)
    for order, number, minor, lines in told.values_list("order_id", "external_id", "amount_minor", "lines"):
        own = (order, bare(number)) in ours
        if not own and nameless[order, minor]:
            nameless[order, minor] -= 1
            own = True
        counts = found[0 if own else 1]
        for line in lines:
            counts[order, str(line.get("line", ""))] += int(line.get("quantity") or 0)
    return found[0], found[1]


def _in_shop(ids: Sequence[int]) -> dict[tuple[int, str], int]:
    """Return units that are in returns made in the shop."""
    found: dict[tuple[int, str], int] = defaultdict(int)
    not_made = (ShopReturn.Status.DECLINED, ShopReturn.Status.CANCELLED, ShopReturn.Status.UNKNOWN)
    rows = ShopReturn.objects.filter(order__in=ids).exclude(status__in=not_made)
    for row in rows:
        for line in row.current_lines:
            found[row.order_id, str(line.get("line", ""))] += int(line.get("quantity") or 0)
    return found
