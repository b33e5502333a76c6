"""The money of a return, as its page shows it: what was agreed, what went where, what is left to do."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Sum
from django.urls import reverse

from config.lib.staff import cells
from returns.admin.payments import TONES as PAYMENTS
from returns.admin.refunds import TONES as REFUNDS
from returns.models import Refund, Return, ReturnUnit
from returns.quote import Quote
from returns.services.ledger import newest

OPEN = (Refund.State.FAILED, Refund.State.STAFF)


def money_panel(ret: Return, units: Sequence[ReturnUnit], user: Any) -> dict[str, Any]:
    """Return the sums of a return, its refunds with every attempt, credits and payments, for `user`."""
    quote = Quote.from_json(ret.quote, ret.currency)
    refunds = list(ret.refunds.select_related("action").order_by("pk"))
    last = newest(refunds)
    return {
        "sums": _sums(ret, quote, units),
        "refunds": [_refund(row, row in last, user) for row in refunds],
        "credits": [
            {"row": row, "left": cells.sum_of(row.left or 0, row.currency)}
            for row in ret.credits.annotate(left=Sum("entries__amount_minor")).order_by("pk")
        ],
        "payments": [
            {
                "row": row,
                "pill": cells.pill(row.get_state_display(), PAYMENTS.get(row.state, cells.QUIET)),
                "amount": cells.sum_of(row.amount_minor, row.currency),
            }
            for row in ret.payments.order_by("pk")
        ],
        "overpaid": cells.sum_of(ret.overpaid_minor, ret.currency) if ret.overpaid_minor else "",
        "short": cells.sum_of(ret.why["short_minor"], ret.currency) if ret.why.get("short_minor") else "",
        "gone": cells.sum_of(_gone(refunds), ret.currency),
    }


def _sums(ret: Return, quote: Quote, units: Iterable[ReturnUnit]) -> list[tuple[str, Any, bool]]:
    """Return the agreed sums as (words, amount, strong): the quote, then what inspection took off."""
    deducted = sum(unit.deduction_minor for unit in units if unit.active)
    fee = {"flat": "Return fee", "percent": "Return fee, per item", "label": "Return fee: its label"}
    goods = quote.goods_minor or sum(unit.value_minor for unit in units)
    parts = (
        ("Paid for the items", goods, False),
        ("New items", -sum(unit.price_minor for unit in quote.units), False),
        ("Bonus", quote.bonus_minor, False),
        ("Shipping", ret.shipping_minor, False),
        (fee.get(quote.fee_kind, "Return fee"), -ret.fee_minor, False),
        ("Given back before", -quote.capped_minor, False),
        ("Agreed: goes back", quote.refund_minor, True),
        ("Agreed: store credit", quote.credit_minor, True),
        ("Agreed: the shopper pays", quote.due_minor, True),
        ("Taken off at the inspection", -deducted, False),
    )
    return [(words, cells.sum_of(minor, ret.currency), strong) for words, minor, strong in parts if minor]


def _refund(row: Refund, last: bool, user: Any) -> dict[str, Any]:
    """Return an attempt; only the `last` one at its money can be dealt with."""
    done, open_ = "", last and row.state in OPEN
    if open_ and user.has_perm("returns.change_refund"):
        done = reverse("admin:returns_refund_done", args=[row.pk])
    return {
        "row": row,
        "pill": cells.pill(row.get_state_display(), REFUNDS.get(row.state, cells.QUIET)),
        "amount": cells.sum_of(row.amount_minor, row.currency),
        "url": reverse("admin:returns_refund_change", args=[row.pk]),
        "open": open_,
        "done": done,
    }


def _gone(refunds: Iterable[Refund]) -> int:
    return sum(row.amount_minor for row in refunds if row.state == Refund.State.SUCCEEDED)
