"""
What a policy would have changed: the orders and returns of the last days, judged as they were and as they
would have been had it been in force. Reads in batches; writes nothing. Told in docs/returns-policy.md.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from customers.models import Store
from returns.models import PolicyVersion, Return, ReturnSettings
from returns.pieces import Piece
from returns.policy.base import Body, Verdict
from returns.services.assess import Judge, Says
from returns.services.facts import NOT_GOODS, Material, load
from returns.services.moves import settings_of
from returns.services.policies import body_of, in_force, versions_of
from returns.vocabulary import Kind, Outcome, Reason, State
from tracking.models import Order, ShopReturn

BATCH = 200
EXAMPLES = 20
WHOLE = 10_000
Progress = Callable[[int, int], None]


@dataclass
class Total:
    """Minor units of one currency. Above 0 costs the store."""

    fees: int = 0  # not taken any more
    bonus: int = 0
    let_in: int = 0  # worth of pieces that came to be taken back
    refused: int = 0  # worth of those that came to be refused: it stays
    kept: int = 0  # worth of pieces that came to stay with the shopper

    @property
    def cost(self) -> int:
        """All of it together."""
        return self.fees + self.bonus + self.let_in - self.refused + self.kept


@dataclass
class OfRule:
    """What one rule would have changed: how many pieces, at what cost by currency."""

    name: str
    units: int = 0
    costs: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Example:
    """One return unit or order that would have been decided otherwise."""

    order_id: int
    number: str
    words: str


@dataclass
class Changes:
    """
    What would have been different. Units are returned pieces; orders count where the window of a piece or
    whether it may come back at all would have changed. `complete`: False when the time ran out.
    """

    days: int
    orders: int = 0
    all_orders: int = 0
    returns: int = 0
    units: int = 0
    changed_units: int = 0
    let_in: int = 0
    refused: int = 0
    fees: int = 0
    kept: int = 0
    bonuses: int = 0
    changed_orders: int = 0
    longer: int = 0
    shorter: int = 0
    orders_let_in: int = 0
    orders_refused: int = 0
    totals: dict[str, Total] = field(default_factory=dict)
    rules: dict[str, OfRule] = field(default_factory=dict)
    examples: list[Example] = field(default_factory=list)
    complete: bool = True

    def note(self, order: Order, words: str) -> None:
        """Keep the first few as examples."""
        if len(self.examples) < EXAMPLES:
            self.examples.append(Example(order.pk, order.number, words))


@dataclass(frozen=True)
class Asked:
    """A return of the time, made here or in the shop: what of which order, when, for what."""

    order: Order
    at: datetime
    units: tuple[tuple[str, str, str], ...]  # piece key, reason, outcome
    label_minor: int = 0


def replay(
    store: Store,
    body: Body,
    *,
    days: int,
    at: datetime,
    seconds: float | None = None,
    progress: Progress | None = None,
) -> Changes:
    """
    Return what `body` would have changed in a store over the last `days` before `at`.

    Each return is judged at the moment it was asked for, with its reasons; each order for no reason. Facts of
    buyers are those of today. `seconds`: stop after so long (`complete` is then False). `progress` hears of
    orders and returns (done, all of them).
    """
    return _Replay(store, body, days, at, seconds, progress).run()


class _Replay:
    def __init__(
        self,
        store: Store,
        body: Body,
        days: int,
        at: datetime,
        seconds: float | None,
        progress: Progress | None,
    ) -> None:
        self.store, self.at, self.progress = store, at, progress
        self.says = Says(0, body)
        self.since = at - timedelta(days=days)
        self.versions: list[PolicyVersion] = versions_of(store)
        self.rules: ReturnSettings = settings_of(store)
        self.found = Changes(days=days)
        self.stop_at = time.monotonic() + seconds if seconds else None

    def run(self) -> Changes:
        """Look at returns first: they cost; then at orders."""
        orders = Order.objects.filter(
            store=self.store, placed_at__gte=self.since, placed_at__lte=self.at, cancelled_at=None
        ).select_related("store")
        ours = Return.objects.filter(
            store=self.store, kind=Kind.RETURN, requested_at__gte=self.since, requested_at__lte=self.at
        ).exclude(state=State.CANCELLED)
        told = ShopReturn.objects.filter(
            Q(created_at__gte=self.since) | Q(told_at__gte=self.since), order__store=self.store
        ).exclude(status__in=(ShopReturn.Status.DECLINED, ShopReturn.Status.CANCELLED))
        self.found.all_orders = orders.count()
        self.whole = self.found.all_orders + ours.count() + told.count()
        self.done = 0
        ours = ours.select_related("order__store").prefetch_related("units", "parcels__label")
        for batch in self._batches(ours):
            self._returns([_asked(ret) for ret in batch])
        for batch in self._batches(told.select_related("order__store")):
            self._shop_returns(batch)
        for batch in self._batches(orders):
            self._orders(batch)
        return self.found

    def _batches(self, rows: QuerySet[Any]) -> Iterator[list[Any]]:
        """Yield rows newest first, a few at a time; end when the time has run out."""
        last: int | None = None
        while True:
            if self.stop_at is not None and time.monotonic() > self.stop_at:
                self.found.complete = False
                return
            page = rows.filter(pk__lt=last) if last is not None else rows
            batch = list(page.order_by("-pk")[:BATCH])
            if not batch:
                return
            yield batch
            last = batch[-1].pk
            self.done += len(batch)
            if self.progress:
                self.progress(self.done, self.whole)

    def _judges(self, material: Material, at: datetime, versions_at: datetime) -> tuple[Judge, Judge]:
        """Return who judges as it was, and who judges by the policy that is tried."""
        frozen, newest = (
            Says(one.number if one else 0, body_of(one))
            for one in in_force(self.versions, material.order, versions_at)
        )
        was = Judge(material, frozen=frozen, newest=newest, rules=self.rules, at=at)
        return was, Judge(material, frozen=self.says, newest=self.says, rules=self.rules, at=at)

    # --- orders ---
    def _orders(self, orders: Sequence[Order]) -> None:
        materials = load(orders, at=self.at)
        for order in orders:
            self.found.orders += 1
            # At the moment of purchase no window is over: what is compared is where it ends.
            was, new = self._judges(materials[order.pk], order.placed_at, self.at)
            pieces = [p for p in was.material.pieces if was.material.standing[p.key] != NOT_GOODS]
            self._order(order, [(was.policy(piece), new.policy(piece)) for piece in pieces])

    def _order(self, order: Order, pairs: Iterable[tuple[Verdict, Verdict]]) -> None:
        let_in = refused = longer = shorter = False
        for was, new in pairs:
            let_in |= new.allowed and not was.allowed
            refused |= was.allowed and not new.allowed
            if was.allowed and new.allowed:
                longer |= _later(new, was)
                shorter |= _later(was, new)
        found = self.found
        found.orders_let_in += let_in
        found.orders_refused += refused
        found.longer += longer
        found.shorter += shorter
        found.changed_orders += let_in or refused or longer or shorter

    # --- returns ---
    def _returns(self, asked: Sequence[Asked]) -> None:
        materials = load(list({one.order.pk: one.order for one in asked}.values()), at=self.at)
        for one in asked:
            was, new = self._judges(materials[one.order.pk], one.at, one.at)
            self._return(one, was, new)

    def _shop_returns(self, rows: Sequence[ShopReturn]) -> None:
        materials = load(list({row.order_id: row.order for row in rows}.values()), at=self.at)
        for row in rows:
            one = _told(row, materials[row.order_id].pieces)
            was, new = self._judges(materials[row.order_id], one.at, one.at)
            self._return(one, was, new)

    def _return(self, asked: Asked, was: Judge, new: Judge) -> None:
        self.found.returns += 1
        total = self.found.totals.setdefault(asked.order.currency, Total())
        pairs = [
            (piece, outcome, was.policy(piece, reason), new.policy(piece, reason))
            for key, reason, outcome in asked.units
            if (piece := was.pieces.get(key)) is not None
        ]
        for piece, outcome, old, fresh in pairs:
            self.found.units += 1
            self._unit(asked.order, piece, outcome, old, fresh, total)
        fees = [
            _fee([(piece.value_minor, verdicts[n]) for piece, _, *verdicts in pairs], asked.label_minor)
            for n in (0, 1)
        ]
        # Where a piece is let in or refused its whole worth is counted; its fee is not counted beside it.
        if fees[0] != fees[1] and all(old.allowed == fresh.allowed for _, _, old, fresh in pairs):
            total.fees += fees[0] - fees[1]
            changed = [pair for pair in pairs if pair[2].fee != pair[3].fee] or pairs
            _, _, old, fresh = changed[0]
            self._by_rule("fee", old, fresh, asked.order.currency, fees[0] - fees[1], units=0)

    def _unit(
        self, order: Order, piece: Piece, outcome: str, was: Verdict, new: Verdict, total: Total
    ) -> None:
        found, worth = self.found, piece.value_minor
        told: list[tuple[str, str, int]] = []  # point, words, cost
        if was.allowed != new.allowed:
            if new.allowed:
                found.let_in, total.let_in = found.let_in + 1, total.let_in + worth
                told.append(("allow" if was.code != "closed" else "until", "would be taken back", worth))
            else:
                found.refused, total.refused = found.refused + 1, total.refused + worth
                told.append(("allow" if new.code != "closed" else "until", "would be refused", -worth))
        elif was.allowed:
            told = self._terms(outcome, worth, was, new, total)
        if not told:
            return
        found.changed_units += 1
        for point, _words, cost in told:
            self._by_rule(point, was, new, order.currency, cost)
        found.note(order, f"{piece.line.title}: " + ", ".join(words for _, words, _ in told))

    def _terms(
        self, outcome: str, worth: int, was: Verdict, new: Verdict, total: Total
    ) -> list[tuple[str, str, int]]:
        """Return what differs for a piece that is taken back either way: (point, words, cost)."""
        found, told = self.found, []
        if was.fee != new.fee or was.free_over_minor != new.free_over_minor:
            found.fees += 1
            told.append(("fee", "another fee", 0))  # counted for the return as a whole
        if was.keep != new.keep:
            found.kept += 1
            cost = worth if new.keep else -worth
            total.kept += cost
            told.append(("keep_under_minor", "would be kept" if new.keep else "would be sent", cost))
        point = {Outcome.CREDIT: "credit_bonus_bp", Outcome.EXCHANGE: "exchange_bonus_bp"}.get(
            Outcome(outcome) if outcome in Outcome.values else Outcome.REFUND
        )
        if point and getattr(was, point) != getattr(new, point):
            found.bonuses += 1
            cost = _share(worth, getattr(new, point)) - _share(worth, getattr(was, point))
            total.bonus += cost
            told.append((point, "another bonus", cost))
        return told

    def _by_rule(
        self, point: str, was: Verdict, new: Verdict, currency: str, cost: int, *, units: int = 1
    ) -> None:
        """Count a change for the rule that decides now; where only the base does, for the one that did."""
        code, name = _decider(new, point)
        before = _decider(was, point)
        if code in ("base", "house") and before[0] not in ("base", "house", ""):
            code, name = f"before:{before[0]}", f"{before[1]} (before)"
        one = self.found.rules.setdefault(code, OfRule(name))
        one.units += units
        one.costs[currency] = one.costs.get(currency, 0) + cost


def _asked(ret: Return) -> Asked:
    from_label = [
        parcel.label.cost_minor
        for parcel in ret.parcels.all()
        if parcel.label and parcel.label.currency == ret.currency
    ]
    units = tuple((_key(unit), unit.reason, unit.outcome) for unit in ret.units.all())
    return Asked(ret.order, ret.requested_at, units, sum(from_label))


def _key(unit: Any) -> str:
    base = f"{unit.line_id}-{unit.index}"
    return f"{base}-{unit.part_id}-{unit.part_index}" if unit.part_id else base


def _told(row: ShopReturn, pieces: Sequence[Piece]) -> Asked:
    """Shops name lines and counts; any pieces of the line will do. Of bundles all parts."""
    units: list[tuple[str, str, str]] = []
    for line in row.current_lines:
        word = str(line.get("reason") or "").upper()
        reason = word if word in Reason.values else Reason.OTHER.value
        units += [
            (piece.key, reason, Outcome.REFUND.value)
            for piece in pieces
            if piece.line.external_id == str(line.get("line")) and piece.index < line["quantity"]
        ]
    return Asked(row.order, min(row.created_at, row.told_at), tuple(units))


def _fee(pieces: Sequence[tuple[int, Verdict]], label_minor: int) -> int:
    """Return the fee of a return: shares of its pieces, one sum or label for all, never above its worth."""
    taken = [(worth, verdict) for worth, verdict in pieces if verdict.allowed]
    whole = sum(worth for worth, _ in taken)
    counted = [
        (worth, verdict.fee)
        for worth, verdict in taken
        if not verdict.free_over_minor or whole < verdict.free_over_minor
    ]
    flat = max((fee.amount_minor for _, fee in counted if fee.kind == "flat"), default=0)
    label = label_minor if any(fee.kind == "label" for _, fee in counted) else 0
    shares = sum(_share(worth, fee.bp) for worth, fee in counted if fee.kind == "percent")
    return min(flat + label + shares, whole)


def _share(minor: int, bp: int) -> int:
    return (minor * bp + WHOLE // 2) // WHOLE


def _later(one: Verdict, other: Verdict) -> bool:
    if one.until is None or other.until is None:
        return one.until is None and other.until is not None
    return one.until > other.until


def _decider(verdict: Verdict, point: str) -> tuple[str, str]:
    """Return code and name of who decided a point."""
    for step in verdict.steps:
        said: Mapping[str, Any] = step["set"]
        if point in said:
            return str(step["rule"]), str(step["name"])
    return "", "Base"
