"""What holds after every step of the machine, reckoned from rows and from the shop's own book."""

from collections import Counter
from itertools import pairwise

from customers.models import Delivery, Event
from returns.models import CreditEntry, PaymentRequest, Refund, Return, ReturnUnit, StockHold, UnexpectedItem
from returns.services.moves import announced
from returns.states import may_follow
from tests.returns.doubles import BOOK
from tests.returns.machine.world import World
from tracking.models import ShopAction

S, Stage = Refund.State, ReturnUnit.Stage
ON_ITS_WAY = ("IN_TRANSIT", "RECEIVED", "INSPECTED", "SETTLED")
SELLABLE = ("AS_NEW", "OPENED", "WORN", "DAMAGED", "WRONG_ITEM")


def actions() -> dict[str, ShopAction]:
    """Return the actions by the keys the shop knows."""
    return {str(action.key): action for action in ShopAction.objects.all()}


def money_is_conserved(world: World) -> None:
    """What left the shop is in the ledger to the cent, once, and it is never more than came in."""
    known, rows = actions(), list(Refund.objects.all())
    of = {row.action_id: row for row in rows if row.action_id}
    gone = BOOK.of("refund")
    assert len({effect.key for effect in gone}) == len(gone), "money went back twice"
    for effect in gone:
        row = of[known[effect.key].pk]
        assert (effect.wanted.amount_minor, effect.wanted.currency) == (row.amount_minor, world.currency)
        assert not any(back for _line, _count, back in effect.wanted.lines), "a refund moved stock"
        assert row.state != S.FAILED, "money that went is written down as failed"
    done = {known[effect.key].pk for effect in gone}
    for row in rows:
        assert row.amount_minor == row.goods_minor + row.shipping_minor - row.fee_minor
        assert row.state != S.SUCCEEDED or row.action_id is None or row.action_id in done
    standing = [row for row in rows if row.state != S.FAILED]
    given = sum(row.amount_minor for row in standing)
    entries = CreditEntry.objects.filter(kind=CreditEntry.Kind.GIVEN).values_list("amount_minor", flat=True)
    assert sum(entries) == sum(row.amount_minor for row in standing if row.provider == "credit")
    paid = PaymentRequest.objects.filter(state=PaymentRequest.State.PAID)
    came = world.order.total_minor + sum(paid.values_list("amount_minor", flat=True))
    assert given <= came, "more went back than came"


def refunds_are_earned(seen: dict[int, int]) -> None:
    """
    When a row is new: all that its return was given is no more than the worth of what had come by the
    promised moment, less deductions and fee, with the shipping. `seen`: rows looked at before, by return.
    """
    rows = list(Refund.objects.order_by("pk").values("pk", "ret", "amount_minor", "fee_minor", "attempt"))
    per: dict[int, list[dict[str, int]]] = {}
    for row in rows:
        if row["attempt"] == 1:
            per.setdefault(row["ret"], []).append(row)
    for ret_id, own in per.items():
        if seen.get(ret_id) == len(own):
            continue
        seen[ret_id] = len(own)
        ret = Return.objects.get(pk=ret_id)
        worth = sum(
            max(unit.value_minor - unit.deduction_minor, 0)
            for unit in ret.units.select_related("parcel")
            if unit.active and _came(ret, unit)
        )
        given = sum(row["amount_minor"] + row["fee_minor"] for row in own)
        assert given <= worth + ret.shipping_minor, (ret.number, given, worth)


def _came(ret: Return, unit: ReturnUnit) -> bool:
    if unit.stage in (Stage.MISSING, Stage.DROPPED):
        return False
    if ret.kind == "CLAIM" or unit.keep or unit.stage in (Stage.KEPT, Stage.INSPECTED):
        return True
    if ret.refund_at == "INSPECTION":
        return False
    return unit.stage == Stage.ARRIVED or (ret.refund_at == "FIRST_SCAN" and ret.state in ON_ITS_WAY)


def stock_is_conserved() -> None:
    """Per variant: what was put on the shelf is what was inspected for it. Held pieces are let go of once."""
    known = actions()
    stock = BOOK.of("stock")
    assert len({effect.key for effect in stock}) == len(stock), "stock moved twice"
    shelved: Counter[str] = Counter()
    held: Counter[int] = Counter()
    for action in known.values():
        if action.kind != ShopAction.Kind.STOCK:
            continue
        if action.purpose.startswith("stock-hold:"):
            continue
        shelved[action.wanted["inventory_item_id"]] += action.wanted["delta"]
    for effect in stock:
        purpose = known[effect.key].purpose
        if purpose.startswith("stock-hold:"):
            held[int(purpose.split(":")[1])] += effect.wanted.delta
    wanted: Counter[str] = Counter()
    units = ReturnUnit.objects.filter(stage=Stage.INSPECTED, disposition="RESTOCK")
    units = units.filter(parcel__inspected_at__isnull=False)
    for condition, item in units.values_list("condition", "variant__inventory_item_id"):
        if condition in ("AS_NEW", "OPENED", "WORN"):
            wanted[item] += 1
    others = UnexpectedItem.objects.filter(disposition="RESTOCK", parcel__inspected_at__isnull=False)
    for item in others.exclude(variant=None).values_list("variant__inventory_item_id", flat=True):
        wanted[item] += 1
    assert +shelved == +wanted and not -shelved, (shelved, wanted)
    for hold in StockHold.objects.all():
        assert held[hold.exchange_id] in (0, -hold.quantity)
    for row in StockHold.objects.filter(exchange__state__in=("CANCELLED", "ORDERED")):
        assert row.released_at is not None, "held for nobody"
    for row in StockHold.objects.filter(exchange__state__in=("HELD", "UNPAID")):
        assert row.released_at is None, "promised and let go of"


def no_state_is_skipped() -> None:
    """The states each return was told to be in are a path, each told once per visit, up to where it is."""
    paths: dict[int, list[str]] = {}
    events = Event.objects.filter(kind__startswith="returns.return.").order_by("pk")
    for kind, key, data in events.values_list("kind", "key", "data"):
        state = announced(kind)
        if not state:
            continue
        path = paths.setdefault(data["return_id"], [])
        path.append(state)
        assert key == f"return:{data['return_id']}:{state}:{path.count(state)}"
    for ret in Return.objects.all():
        path = paths.get(ret.pk, [])
        assert path and path[0] == "REQUESTED" and path[-1] == ret.state, (path, ret.state)
        assert Counter(path) == Counter(ret.visits), (path, ret.visits)
        for was, now in pairwise(path):
            assert may_follow(was, now), f"{was} -> {now}"


def no_piece_is_in_two_returns() -> None:
    """A piece is in one living return, and of no line is more returned than was bought."""
    rows = ReturnUnit.objects.filter(active=True)
    counted = Counter(rows.values_list("line_id", "index", "part_key", "part_index"))
    assert all(count == 1 for count in counted.values())
    for (line, index, part, place), _count in counted.items():
        del line, part, place
        assert index < 3


def nothing_failed() -> None:
    """No worker, no handler has met a fault of ours."""
    bad = Delivery.objects.exclude(last_error="").values_list("handler", "last_error", "event__kind")
    assert list(bad) == []
    assert list(Return.objects.exclude(last_error="").values_list("last_error", flat=True)) == []
    wrong = ShopAction.objects.filter(last_error__contains="cannot be carried out")
    assert list(wrong.values_list("last_error", flat=True)) == []


def the_end(world: World) -> None:
    """Once all is dealt with, nothing is pending and the shop's book and the ledger say the same sum."""
    rows = [row for row in Refund.objects.select_related("action") if row.action_id]
    assert {row.state for row in rows} <= {S.SUCCEEDED, S.FAILED}, [(r.state, r.words) for r in rows]
    ledger = sum(row.amount_minor for row in rows if row.state == S.SUCCEEDED)
    assert ledger == sum(effect.wanted.amount_minor for effect in BOOK.of("refund"))
    known = actions()
    net: Counter[int] = Counter()
    for effect in BOOK.of("stock"):
        if known[effect.key].purpose.startswith("stock-hold:"):
            net[int(known[effect.key].purpose.split(":")[1])] += effect.wanted.delta
    for hold in StockHold.objects.exclude(released_at=None):
        assert net[hold.exchange_id] == 0, "pieces set aside were not given back"
    open_ = Delivery.objects.filter(state=Delivery.State.WAITING).exclude(handler__startswith="engagement")
    assert not open_.exists()
