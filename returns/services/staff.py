"""What staff need beside the shopper's own steps: finding returns, holding money, approving many at once."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from config.lib.money import Money
from returns.models import Return, ReturnParcel
from returns.quote import Quote
from returns.services import deciding, moves
from returns.services.finding import LOOK_ALIKES, RMA, tracking_keys
from returns.states import OVER, WrongState
from returns.vocabulary import Kind, Method, RefundAt, State
from tracking.services.search import find_orders

MOST = 200
TO_DECIDE = (State.REQUESTED, State.REVIEW)
WHEN = {
    RefundAt.FIRST_SCAN: "at the carrier’s first scan",
    RefundAt.RECEIPT: "when it has arrived",
    RefundAt.INSPECTION: "when it has been inspected",
}
WAYS = {
    Method.LABEL: "A label is bought and sent to the shopper.",
    Method.QR: "A label is bought; the shopper gets its code.",
    Method.DROP_OFF: "The shopper is told where to bring it.",
    Method.COLLECTION: "The shopper is told that it is collected.",
    Method.OWN: "The shopper is told where to send it.",
    Method.NONE: "Nothing has to be sent.",
}


class NotHeld(Exception):
    """Its money cannot be held as it stands; the message says why, for staff."""


@transaction.atomic
def hold_refund(return_id: int, *, words: str, by: str, at: datetime) -> Return:
    """
    Hold the money of a return until a person lets it go; what is under way already is not stopped. `words`:
    why, for staff. Held twice it is once.

    Returns: the return. Raises: NotHeld when it is over; Return.DoesNotExist.
    """
    ret = moves.locked(return_id)
    if ret.state in OVER:
        raise NotHeld("It is over: there is nothing left to hold.")
    if not ret.refund_held:
        ret.refund_held = True
        ret.why = {**ret.why, "held_by": by[:160], "held_why": words[:300], "held_at": at.isoformat()}
        moves.ring(ret, at=at)
        moves.save(ret)
    return ret


def find_returns(words: str, *, limit: int = MOST) -> list[int]:
    """
    Return the primary keys of the returns `words` names, whole: by number (with or without its R), the
    order's number, e-mail, tracking number, or id in the shop. At most `limit`, the likeliest first.
    """
    words = words.strip()
    if not words:
        return []
    newest = Return.objects.order_by("-requested_at", "-pk")
    found: list[int] = []
    typed = RMA.fullmatch(re.sub(r"[\s-]", "", words).upper())
    if typed:
        number = "R-" + typed[1].translate(LOOK_ALIKES)
        found += newest.filter(number=number).values_list("pk", flat=True)
    keys = tracking_keys(words)
    if keys:
        parcels = ReturnParcel.objects.filter(tracking_key__in=keys).order_by("-pk")
        found += parcels.values_list("ret_id", flat=True)[:limit]
    if "@" in words:
        found += newest.filter(email__iexact=words).values_list("pk", flat=True)[:limit]
    found += newest.filter(order__in=find_orders(words)).values_list("pk", flat=True)[:limit]
    return list(dict.fromkeys(found))[:limit]


# --- many at once
@dataclass(frozen=True)
class Plan:
    """
    What approving one return would do. `refusal`: why it cannot be approved, '' when it can. `steps`: what
    happens; `looks`: what a person should look at first. `version`: of the return as it was shown.
    """

    ret: Return
    refusal: str
    steps: tuple[str, ...]
    looks: tuple[str, ...]
    quote: Quote

    @property
    def fine(self) -> bool:
        """Whether it can be approved."""
        return not self.refusal


@dataclass(frozen=True)
class Total:
    """What plans come to in one currency, minor units."""

    currency: str
    count: int = 0
    refund_minor: int = 0
    credit_minor: int = 0
    due_minor: int = 0


def plans(rows: QuerySet[Return]) -> list[Plan]:
    """Return what approving each of `rows` would do, oldest first. Changes nothing."""
    return [plan(ret) for ret in rows.select_related("order", "store", "customer").order_by("requested_at")]


def plan(ret: Return) -> Plan:
    """Return what approving a return would do, in words for staff."""
    quote = Quote.from_json(ret.quote, ret.currency)
    refusal = "" if ret.state in TO_DECIDE else f"It is “{ret.get_state_display()}”: nothing to decide."
    looks = tuple(str(words) for _code, words in ret.risk)
    looks = ((ret.review_why,) if ret.review_why else ()) + looks
    return Plan(ret, refusal, () if refusal else tuple(_steps(ret, quote)), looks, quote)


def _steps(ret: Return, quote: Quote) -> Iterable[str]:
    claim = ret.kind == Kind.CLAIM
    yield "Nothing comes back: it is a claim." if claim else WAYS[Method(ret.method)]
    at_once = claim or ret.method == Method.NONE
    moment = "at once" if at_once else WHEN[RefundAt(ret.refund_at)]
    if ret.refund_held:
        moment = "only when a person has let it go"
    for minor, what in ((quote.refund_minor, "goes back"), (quote.credit_minor, "becomes store credit")):
        if minor:
            yield f"{Money(minor, ret.currency)} {what} {moment}."
    exchanged = sum(unit.outcome == "EXCHANGE" for unit in quote.units)
    if exchanged:
        yield f"{exchanged} item{'s' if exchanged > 1 else ''} sent out in exchange."
    if quote.due_minor:
        yield f"The shopper is asked to pay {Money(quote.due_minor, ret.currency)}."


def totals(found: Sequence[Plan]) -> list[Total]:
    """Return what the plans that can be carried out come to, by currency."""
    sums: dict[str, list[int]] = {}
    for one in found:
        if one.fine:
            row = sums.setdefault(one.ret.currency, [0, 0, 0, 0])
            for place, minor in enumerate((1, *one.quote.seen_minor)):
                row[place] += minor
    return [Total(currency, *row) for currency, row in sorted(sums.items())]


def approve_shown(return_id: int, version: int, *, by: str, at: datetime) -> str:
    """
    Approve a return that a person saw as it was at `version`.

    Returns: what came of it in words, beginning with "Approved" when it is approved; told twice it says so.
    """
    with transaction.atomic():
        try:
            ret = moves.locked(return_id)
            if ret.state not in TO_DECIDE:
                return "Approved already." if ret.approved_at else f"Left: it is “{ret.get_state_display()}”."
            if ret.version != version:
                return "Left: it was changed since you looked."
            deciding.approve(return_id, at=at, by=by)
        except Return.DoesNotExist:
            return "Left: it is gone."
        except WrongState as exc:
            return f"Left: {exc}"
    return "Approved."
