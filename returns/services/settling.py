"""
Giving money back: what has been earned by now, less what was asked for already, is what goes back next.

Called again and again it does nothing more, in whatever order news comes. What went back and turns out not to
have been earned is never taken back by machine: a person hears of it. docs/returns-money.md tells the rules.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from config.lib.money import Money
from customers.services.alerts import end_alert, raise_alert
from returns.models import CreditEntry, Exchange, PaymentRequest, Refund, Return, ReturnSettings, ReturnUnit
from returns.quote import Entry, Quote, Sums, sums
from returns.services import ledger, moves
from returns.services.ledger import Parts
from returns.services.parcels import REPLACED
from returns.states import ROAD
from returns.vocabulary import OUR_FAULT, WITH_LABEL, Kind, Outcome, RefundAt, State
from returns.wishes import unit_key
from tracking.models import Order
from tracking.services.refundable import NOT_PAID, left_to_refund

Stage, X, Payment = ReturnUnit.Stage, Exchange.State, PaymentRequest.State
HELD, OVERPAID, SHORT = "returns.refund_held", "returns.overpaid", "returns.short"
# Money may go back from here on; for the others only what went back too much is noted.
LIVING = frozenset({*ROAD[ROAD.index(State.APPROVED) :]})
ON_ITS_WAY = frozenset({*ROAD[ROAD.index(State.IN_TRANSIT) :]})
ASKED_FOR = (Payment.WANTED, Payment.OPEN, Payment.STAFF)


@dataclass(frozen=True)
class Earned:
    """
    What a return has earned by now. `money`, `credit`: the units that earned either, with what each earned.
    """

    sums: Sums
    shipping_minor: int
    money: tuple[tuple[ReturnUnit, int], ...]
    credit: tuple[tuple[ReturnUnit, int], ...]


@dataclass(frozen=True)
class Given:
    """What was asked for or given already: money, credit without its bonus, the bonus."""

    money_minor: int
    credit_minor: int
    bonus_minor: int
    shipping_minor: int
    fee_minor: int
    units: frozenset[int]


@transaction.atomic
def settle(return_id: int, *, at: datetime) -> None:
    """
    Have go back what a return has earned by `at` and has not got, and settle it when nothing is left to do.

    Own transaction; idempotent. Publishes: refund, credit and settled events. Raises: Return.DoesNotExist.
    """
    ret = moves.locked(return_id)
    if ret.state in (State.REQUESTED, State.REVIEW):
        return
    conf = moves.settings_of(ret.store)
    units = list(ret.units.select_related("exchange", "parcel", "line").order_by("pk"))
    _hurry_for_trusted(ret, conf)
    earned, given = earned_by(ret, units), given_for(ret)
    _note_overpaid(ret, earned, given, at)
    if ret.state not in LIVING:
        return
    want = max(earned.sums.refund_minor - given.money_minor, 0)
    credit = max(earned.sums.credit_minor - given.credit_minor, 0)
    if want or credit:
        if _held(ret, want + credit, given, conf, at):
            return
        _give(ret, earned, given, want, credit, at)
    _finish(ret, units, at)


# --- what has been earned
def earned_by(ret: Return, units: Sequence[ReturnUnit]) -> Earned:
    """
    Return what a return has earned by now: a pure reckoning over its rows, all of its units given.

    A dearer exchange counts from the start, a cheaper one gives back once the goods have earned it.
    """
    moment = moves.refund_moment(ret.refund_at, ret.method)
    parcels = ret.parcels.exclude(problem=REPLACED).count()
    quote = Quote.from_json(ret.quote, ret.currency)
    fees = {unit.key: unit for unit in quote.units}
    entries: list[tuple[ReturnUnit, Entry]] = []
    earned_units = [unit for unit in units if _is_earned(ret, unit, moment, parcels)]
    earned_ids = {unit.pk for unit in earned_units}
    for unit in units:
        entry = _entry(ret, unit, unit.pk in earned_ids)
        if entry is None:
            continue
        quoted = fees.get(unit_key(unit.line_id, unit.index, unit.part_id, unit.part_index))
        fee = min(quoted.fee_minor, entry.worth_minor) if quoted and unit.pk in earned_ids else 0
        entries.append((unit, _with_fee(entry, fee)))
    waived = ret.fee_minor < quote.fee_minor  # somebody let go of a part of it
    flat = quote.flat_fee_minor if ret.quote else ret.fee_minor
    asked = flat + sum(entry.fee_minor for _unit, entry in entries)
    if waived:
        flat, entries = min(asked, ret.fee_minor), [(u, _with_fee(e, 0)) for u, e in entries]
    pays = any(_pays(unit) for unit in earned_units)
    shipping = 0 if ret.is_gift else _shipping(ret, quote, units, earned_units)
    made = sums(
        [entry for _unit, entry in entries],
        flat_fee_minor=flat if pays else 0,
        shipping_minor=shipping,
        paid_minor=sum(ret.payments.filter(state=Payment.PAID).values_list("amount_minor", flat=True)),
        gift=ret.is_gift,
    )
    money, credit = (
        tuple((u, e.worth_minor) for u, e in entries if e.outcome == outcome and e.worth_minor)
        for outcome in (Outcome.REFUND, Outcome.CREDIT)
    )
    return Earned(made, shipping, () if ret.is_gift else money, credit + (money if ret.is_gift else ()))


def _pays(unit: ReturnUnit) -> bool:
    """Say whether a unit is one for which a return costs a fee (returns/quote.py)."""
    return unit.reason not in OUR_FAULT and not unit.keep and unit.outcome != Outcome.REPAIR


def _with_fee(entry: Entry, fee: int) -> Entry:
    return Entry(entry.outcome, entry.worth_minor, entry.price_minor, entry.bonus_minor, fee)


def _is_earned(ret: Return, unit: ReturnUnit, moment: RefundAt, parcels: int) -> bool:
    """Say whether a unit's money may go back: what has to come has come as far as was agreed."""
    if not unit.active or unit.stage in (Stage.MISSING, Stage.DROPPED) or ret.state not in LIVING:
        return False
    if unit.keep or ret.kind == Kind.CLAIM or unit.stage in (Stage.KEPT, Stage.INSPECTED):
        return True
    if unit.stage == Stage.ARRIVED or moment != RefundAt.FIRST_SCAN:
        return unit.stage == Stage.ARRIVED and moment != RefundAt.INSPECTION
    parcel = unit.parcel
    if parcels > 1:  # with none named, nobody knows in which of them it is
        return bool(parcel and (parcel.first_scan_at or parcel.arrived_at))
    return ret.state in ON_ITS_WAY


def _entry(ret: Return, unit: ReturnUnit, earned: bool) -> Entry | None:
    """Return a unit as money; None while, or because, there is none for it."""
    worth = max(unit.value_minor - unit.deduction_minor, 0) if earned else 0
    exchange = unit.exchange
    swapped = unit.outcome == Outcome.EXCHANGE and (
        exchange.state != X.CANCELLED if exchange else ret.kind == Kind.CLAIM
    )
    if swapped:
        return _exchange_entry(unit, exchange, earned, worth)
    if not earned or unit.outcome == Outcome.REPAIR:
        return None
    if unit.outcome == Outcome.CREDIT:
        less = unit.bonus_minor * worth // unit.value_minor if unit.value_minor else 0
        return Entry(Outcome.CREDIT, worth, 0, less)
    return Entry(Outcome.REFUND, worth)


def _exchange_entry(unit: ReturnUnit, exchange: Exchange | None, earned: bool, worth: int) -> Entry | None:
    if exchange is None:
        return None
    price, bonus = exchange.price_minor, unit.bonus_minor
    if earned:
        return Entry(Outcome.EXCHANGE, worth, price, bonus)
    if unit.active and unit.stage not in (Stage.MISSING, Stage.DROPPED):
        expected = Entry(Outcome.EXCHANGE, unit.value_minor, price, bonus)
        return expected if expected.difference_minor < 0 else None
    if exchange.state in (X.ORDERING, X.ORDERED):  # it goes out, and nothing has come for it
        return Entry(Outcome.EXCHANGE, 0, price)
    return None


def _shipping(ret: Return, quote: Quote, units: Sequence[ReturnUnit], earned: Sequence[ReturnUnit]) -> int:
    """Return how much shipping goes back by now: as it was promised, or as a person has set it."""
    if quote.shipping_why == "ours":
        ours = any(unit.reason in OUR_FAULT and unit.value_minor > unit.deduction_minor for unit in earned)
        return ret.shipping_minor if ours else 0
    if quote.shipping_why == "whole":
        active = [unit for unit in units if unit.active]
        return ret.shipping_minor if active and len(earned) == len(active) else 0
    return ret.shipping_minor if ret.state in LIVING else 0


def _hurry_for_trusted(ret: Return, conf: ReturnSettings) -> None:
    """Let a trusted shopper's money go at the first scan. Written down: what was decided stays decided."""
    may = ret.refund_at != RefundAt.FIRST_SCAN and ret.state in ON_ITS_WAY and ret.method in WITH_LABEL
    if may and trusted(ret, conf):
        ret.refund_at = RefundAt.FIRST_SCAN
        moves.save(ret)


def trusted(ret: Return, conf: ReturnSettings) -> bool:
    """Say whether money goes at the first scan, because the shopper has kept many orders without trouble."""
    if not conf.trusted_after or ret.customer_id is None or ret.risk or ret.is_gift:
        return False
    kept = Order.objects.filter(
        store=ret.store,
        customer=ret.customer_id,
        status=Order.Status.DELIVERED,
        removed_at=None,
        placed_at__lt=ret.order.placed_at,
        returns=None,
    )
    return kept.exclude(payment_status__in=NOT_PAID).count() >= conf.trusted_after


# --- what was given
def given_for(ret: Return) -> Given:
    """Return what was asked for or given for a return; what failed counts too: a person gives it anew."""
    rows = ledger.newest(list(ret.refunds.all()))
    credits = [row for row in rows if row.provider == Refund.Provider.CREDIT]
    bonus = CreditEntry.objects.filter(credit__ret=ret, kind=CreditEntry.Kind.BONUS)
    return Given(
        money_minor=sum(row.amount_minor for row in rows if row not in credits),
        credit_minor=sum(row.amount_minor for row in credits),
        bonus_minor=sum(bonus.values_list("amount_minor", flat=True)),
        shipping_minor=sum(row.shipping_minor for row in rows),
        fee_minor=sum(row.fee_minor for row in rows),
        units=frozenset(unit for row in rows for unit, _minor in row.units),
    )


def _held(ret: Return, want: int, given: Given, conf: ReturnSettings, at: datetime) -> bool:
    """Say whether a person has to look first; tells them so. It slows a refund and never refuses it."""
    limit = conf.most_unasked_minor
    asked = "released_by" in ret.why
    over = limit and not asked and want + given.money_minor + given.credit_minor > limit
    if not ret.refund_held and not over:
        end_alert(key=f"return:{ret.pk}:held", at=at, why="Not held any more")
        return False
    words = "; ".join(str(words) for _code, words in ret.risk) or ret.review_why
    if over and not words:
        words = f"It is more than {Money(limit, ret.currency)}, which a person looks at first."
    if not ret.refund_held:
        ret.refund_held = True
        moves.save(ret)
    _alert(ret, HELD, "held", f"Let {Money(want, ret.currency)} go", words or "It was put on hold.", at)
    return True


# --- giving
def _give(ret: Return, earned: Earned, given: Given, want: int, credit: int, at: datetime) -> None:
    """Ask for money and give credit: what was earned and not asked for, as far as the order's money lasts."""
    left = left_to_refund(ret.order)
    money = min(want, left)
    worth = min(credit, left - money)
    _note_short(ret, want + credit - money - worth, at)
    if money:
        ledger.ask(ret, money, _parts(earned, given, money, earned.money), at=at)
    if worth:
        bonus = max(earned.sums.bonus_minor - given.bonus_minor, 0)
        now = given_for(ret) if money else given
        ledger.credit(ret, worth, bonus, _parts(earned, now, worth, earned.credit), at=at)
    if money or worth:
        moves.save(ret)


def _note_short(ret: Return, short: int, at: datetime) -> None:
    if short == ret.why.get("short_minor", 0):
        return
    ret.why = {**ret.why, "short_minor": short}
    moves.save(ret)
    words = (
        f"{Money(short, ret.currency)} of what was earned is not left of the order's money: it has gone back "
        "before, in the shop or for another return."
    )
    if short:
        _alert(ret, SHORT, "short", "Less goes back than was earned", words, at)


def _parts(earned: Earned, given: Given, amount: int, units: Sequence[tuple[ReturnUnit, int]]) -> Parts:
    """Return what a sum is made of: what is new since what was given before."""
    shipping = min(max(earned.shipping_minor - given.shipping_minor, 0), amount)
    fee = max(earned.sums.fee_minor - given.fee_minor, 0)
    fresh = [(unit, minor) for unit, minor in units if unit.pk not in given.units]
    return Parts(
        goods_minor=amount - shipping + fee,
        shipping_minor=shipping,
        fee_minor=fee,
        units=tuple((unit.pk, minor) for unit, minor in fresh),
        lines=_lines([unit for unit, _minor in fresh]),
    )


def _lines(units: Sequence[ReturnUnit]) -> tuple[tuple[str, int, bool], ...]:
    """Return whole units by the shop's lines. Their stock is not moved by a refund, so: not put back."""
    counted: dict[str, int] = {}
    for unit in units:
        if not unit.part_id:  # the shop knows bundles only as a whole
            counted[unit.line.external_id] = counted.get(unit.line.external_id, 0) + 1
    return tuple((line, quantity, False) for line, quantity in counted.items())


# --- too much, and the end
def _note_overpaid(ret: Return, earned: Earned, given: Given, at: datetime) -> None:
    """Write down what went back, or out, and was not earned; a person decides what comes of it."""
    over = max(given.money_minor - earned.sums.refund_minor, 0)
    over += max(given.credit_minor - earned.sums.credit_minor, 0)
    if ret.state in (State.INSPECTED, State.SETTLED):
        asked = sum(ret.payments.filter(state__in=ASKED_FOR).values_list("amount_minor", flat=True))
        over += max(earned.sums.due_minor - asked, 0)
    if over == ret.overpaid_minor:
        return
    ret.overpaid_minor = over
    moves.save(ret)
    if over:
        words = "What came back is worth less than what was given for it. Nothing is taken back by itself."
        _alert(ret, OVERPAID, "overpaid", f"{Money(over, ret.currency)} too much was given", words, at)
    else:
        end_alert(key=f"return:{ret.pk}:overpaid", at=at, why="It has been earned since")


def _finish(ret: Return, units: Sequence[ReturnUnit], at: datetime) -> None:
    """Settle a return of which nothing is to come, to be given, or to be sent any more."""
    active = [unit for unit in units if unit.active and unit.stage != Stage.DROPPED]
    to_come = any(unit.stage in (Stage.EXPECTED, Stage.ARRIVED) and not unit.keep for unit in active) and (
        ret.kind == Kind.RETURN
    )
    nothing_comes = ret.kind == Kind.CLAIM or bool(active) or ret.refunds.exists()
    ready = ret.state == State.INSPECTED or (ret.state == State.APPROVED and nothing_comes)
    if not ready or to_come:
        return
    waiting = (X.HELD, X.UNPAID, X.ORDERING, X.STAFF)
    if ret.exchanges.filter(state__in=waiting).exists():
        return
    if any(row.state != Refund.State.SUCCEEDED for row in ledger.newest(list(ret.refunds.all()))):
        return
    moves.advance(ret, State.SETTLED, at=at)


def _alert(ret: Return, kind: str, what: str, title: str, words: str, at: datetime) -> None:
    raise_alert(
        kind=kind,
        key=f"return:{ret.pk}:{what}",
        title=f"{title}: return {ret.number}",
        detail=words,
        store=ret.store,
        subject=ret,
        at=at,
    )
