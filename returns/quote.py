"""
What comes of a return in money: pure arithmetic on minor units, for the quote before it is confirmed and for
what has been earned by any moment after.

The rules (docs/returns-money.md):

- Each unit is worth what was paid for it, less what its condition takes off.
- An exchange costs its price: a cheaper one gives the difference back, a dearer one takes it off what else
  goes back, and what then is still missing is due (BCApps#10467: it must not vanish).
- A bonus makes store credit more, or a dearer exchange cheaper. It is never paid out.
- The fee is taken off money, then off credit, never off anything else: it is at most what goes back.
- Original shipping goes back at most once, and never more of it than was paid.
- Nothing goes back beyond what is left of the order's money.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

from returns.policy.base import Fee
from returns.vocabulary import Outcome

WHOLE = 10_000  # hundredths of a per cent


def share(minor: int, bp: int) -> int:
    """Return `bp` hundredths of a per cent of an amount of at least 0, halves up."""
    return (minor * bp + WHOLE // 2) // WHOLE


# --- the arithmetic itself
@dataclass(frozen=True)
class Entry:
    """
    One unit as money: its `worth_minor` (already less deductions), what is got for it, what the new one costs
    (`price_minor`, exchanges only), the most a bonus may add, and the unit's own share of a fee in per cent.
    """

    outcome: str
    worth_minor: int
    price_minor: int = 0
    bonus_minor: int = 0
    fee_minor: int = 0

    @property
    def bonus_used(self) -> int:
        """What the bonus comes to: all of it on credit, on an exchange what the new one costs more."""
        if self.outcome == Outcome.EXCHANGE:
            return min(max(self.price_minor - self.worth_minor, 0), self.bonus_minor)
        return self.bonus_minor if self.outcome == Outcome.CREDIT else 0

    @property
    def difference_minor(self) -> int:
        """What an exchange gives back (above 0) or still costs (below 0)."""
        if self.outcome != Outcome.EXCHANGE:
            return 0
        return self.worth_minor + self.bonus_used - self.price_minor


@dataclass(frozen=True)
class Sums:
    """Money back, credit (without its bonus), the bonus on credit, the fee that was taken, what is due."""

    refund_minor: int = 0
    credit_minor: int = 0
    bonus_minor: int = 0
    fee_minor: int = 0
    due_minor: int = 0


def sums(
    entries: Sequence[Entry],
    *,
    flat_fee_minor: int = 0,
    shipping_minor: int = 0,
    paid_minor: int = 0,
    gift: bool = False,
) -> Sums:
    """
    Return what entries come to. `shipping_minor` goes back beside them; `paid_minor` was paid towards dearer
    exchanges, and settles those only; for a gift nothing goes to whoever paid: it becomes credit.
    """
    money = shipping_minor + sum(entry.difference_minor for entry in entries)
    money += sum(entry.worth_minor for entry in entries if entry.outcome == Outcome.REFUND)
    money = min(money + paid_minor, 0) if money < 0 else money
    credits = [entry for entry in entries if entry.outcome == Outcome.CREDIT]
    credit = sum(entry.worth_minor for entry in credits)
    if gift and money > 0:
        money, credit = 0, credit + money
    wanted = max(flat_fee_minor, 0) + sum(entry.fee_minor for entry in entries)
    off_money = min(wanted, max(money, 0))
    off_credit = min(wanted - off_money, credit)
    return Sums(
        refund_minor=max(money, 0) - off_money,
        credit_minor=credit - off_credit,
        bonus_minor=sum(entry.bonus_used for entry in credits),
        fee_minor=off_money + off_credit,
        due_minor=max(-money, 0),
    )


# --- the quote
@dataclass(frozen=True)
class QuoteUnit:
    """
    One unit that is to go back, with the terms that hold for it. `our_fault`: no fee. `kept`: nothing is
    sent, so no fee either. `bonus_bp`: of its worth, on credit or an exchange. `price_minor`: of the new one,
    tax in. `refund_shipping`: never, ours, whole (returns/policy/base.py).
    """

    key: str
    value_minor: int
    outcome: str
    our_fault: bool = False
    kept: bool = False
    fee: Fee = Fee()  # noqa: RUF009 (frozen)
    free_over_minor: int = 0
    bonus_bp: int = 0
    price_minor: int = 0
    refund_shipping: str = "never"


@dataclass(frozen=True)
class QuotedUnit:
    """A unit as quoted. `fee_minor`: its own share of a fee in per cent; `difference_minor`: see Entry."""

    key: str
    outcome: str
    value_minor: int
    bonus_minor: int = 0
    fee_minor: int = 0
    price_minor: int = 0
    difference_minor: int = 0
    kept: bool = False


@dataclass(frozen=True)
class Quote:
    """
    What a return comes to, line by line; minor units of `currency`. `credit_minor` has its bonus in it.

    `flat_fee_minor`: asked once per return, before it is cut to what goes back (`fee_minor`).
    `shipping_why`: "ours" or "whole", '' when no shipping goes back. `capped_minor`: what was left out
    because no more is left of the order's money.
    """

    currency: str
    units: tuple[QuotedUnit, ...] = ()
    refund_minor: int = 0
    credit_minor: int = 0
    bonus_minor: int = 0
    fee_minor: int = 0
    flat_fee_minor: int = 0
    fee_kind: str = "none"
    shipping_minor: int = 0
    shipping_why: str = ""
    due_minor: int = 0
    capped_minor: int = 0

    @property
    def goods_minor(self) -> int:
        """What was paid for all the units."""
        return sum(unit.value_minor for unit in self.units)

    @property
    def seen_minor(self) -> tuple[int, int, int]:
        """What a shopper agrees to: money back, credit, money due."""
        return self.refund_minor, self.credit_minor, self.due_minor

    def as_json(self) -> dict[str, Any]:
        """Return the figures as `Return.quote` keeps them."""
        return {**asdict(self), "units": [asdict(unit) for unit in self.units]}

    @classmethod
    def from_json(cls, told: Mapping[str, Any], currency: str = "") -> Self:
        """Return a quote that was kept; an empty one of `currency` for {}."""
        known = {name: value for name, value in told.items() if name in cls.__dataclass_fields__}
        units = tuple(QuotedUnit(**unit) for unit in told.get("units", ()))
        return cls(**{"currency": currency, **known, "units": units})


def quote(
    units: Sequence[QuoteUnit],
    *,
    currency: str,
    left_minor: int,
    shipping_minor: int = 0,
    label_cost_minor: int = 0,
    whole: bool = False,
    gift: bool = False,
) -> Quote:
    """
    Return what units come to. `left_minor`: what is left of the order's money; `shipping_minor`: of what was
    paid for shipping, what has not gone back yet; `whole`: all that was ordered comes back with these;
    `label_cost_minor`: what a label is taken to cost.
    """
    goods = sum(unit.value_minor for unit in units)
    paying = [unit for unit in units if _pays(unit, goods)]
    flat, kind = _flat_fee(paying, label_cost_minor)
    quoted = tuple(_unit(unit, unit in paying) for unit in units)
    why = "" if gift else _shipping_why(units, whole)
    shipping = max(shipping_minor, 0) if why else 0
    entries = [entry_of(unit) for unit in quoted]
    made = sums(entries, flat_fee_minor=flat, shipping_minor=shipping, gift=gift)
    refund, credit, capped = _capped(made, entries, left_minor)
    percent = any(unit.fee_minor for unit in quoted)
    return Quote(
        currency=currency,
        units=quoted,
        refund_minor=refund,
        credit_minor=credit + made.bonus_minor,
        bonus_minor=made.bonus_minor + sum(e.bonus_used for e in entries if e.outcome == Outcome.EXCHANGE),
        fee_minor=made.fee_minor,
        flat_fee_minor=flat,
        fee_kind=(("percent" if percent else kind) if made.fee_minor else "none"),
        shipping_minor=shipping,
        shipping_why=why if shipping else "",
        due_minor=made.due_minor,
        capped_minor=capped,
    )


def entry_of(unit: QuotedUnit) -> Entry:
    """Return a quoted unit as money, at its full worth."""
    return Entry(unit.outcome, unit.value_minor, unit.price_minor, unit.bonus_minor, unit.fee_minor)


def in_place_of_money(entries: Sequence[Entry]) -> int:
    """Return how much of what was paid for exchanged units went into new ones, and so is not left."""
    return sum(
        min(entry.worth_minor, entry.price_minor) for entry in entries if entry.outcome == Outcome.EXCHANGE
    )


def _pays(unit: QuoteUnit, goods: int) -> bool:
    free = unit.our_fault or unit.kept or unit.outcome == Outcome.REPAIR
    return not free and not 0 < unit.free_over_minor <= goods


def _flat_fee(paying: Sequence[QuoteUnit], label_cost: int) -> tuple[int, str]:
    """Return what is asked once: the highest of what any unit's terms ask; several units make one parcel."""
    asked = [(unit.fee.amount_minor, "flat") for unit in paying if unit.fee.kind == "flat"]
    asked += [(label_cost, "label") for unit in paying if unit.fee.kind == "label"]
    return max(asked, default=(0, "none"))


def _unit(unit: QuoteUnit, pays: bool) -> QuotedUnit:
    exchanged = unit.outcome == Outcome.EXCHANGE
    entry = Entry(
        unit.outcome,
        unit.value_minor,
        unit.price_minor if exchanged else 0,
        share(unit.value_minor, unit.bonus_bp),
        share(unit.value_minor, unit.fee.bp) if pays and unit.fee.kind == "percent" else 0,
    )
    return QuotedUnit(
        key=unit.key,
        outcome=unit.outcome,
        value_minor=unit.value_minor,
        bonus_minor=entry.bonus_used,
        fee_minor=min(entry.fee_minor, unit.value_minor),
        price_minor=entry.price_minor,
        difference_minor=entry.difference_minor,
        kept=unit.kept,
    )


def _shipping_why(units: Sequence[QuoteUnit], whole: bool) -> str:
    """Say why shipping goes back: for what nobody gets another one of, by our fault or with all of it."""
    given_up = [unit for unit in units if unit.outcome in (Outcome.REFUND, Outcome.CREDIT)]
    if any(unit.refund_shipping == "ours" and unit.our_fault for unit in given_up):
        return "ours"
    if whole and len(given_up) == len(units) and any(u.refund_shipping == "whole" for u in given_up):
        return "whole"
    return ""


def _capped(made: Sums, entries: Sequence[Entry], left: int) -> tuple[int, int, int]:
    """Cut money, then credit, to what is left of the order's money. Returns both and what was cut."""
    room = max(left - in_place_of_money(entries), 0)
    refund = min(made.refund_minor, room)
    credit = min(made.credit_minor, room - refund)
    return refund, credit, made.refund_minor + made.credit_minor - refund - credit
