"""The page of one return, ready for a template that only lays it out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.utils.translation import gettext as _

from returns.clock import Clock
from returns.models import Exchange, PaymentRequest, Refund, Return, ReturnPhoto, ReturnUnit, StoreCredit
from returns.presentation import words
from returns.presentation.faces import face, name_of_variant
from returns.presentation.stages import Stand, stand_of, steps_for, without_goods
from returns.presentation.sums import confirmed
from returns.states import WITH_SHOPPER
from returns.vocabulary import Condition, Kind, Method, Outcome, State
from tracking.presentation.goods import Sum
from tracking.presentation.steps import Step
from tracking.presentation.voice import Voice

Stage = ReturnUnit.Stage
FELL = ("cancelled", "changed", "rejected", "expired")  # exchanges.cancel


@dataclass(frozen=True)
class Rows:
    """Everything of a return that its page shows, loaded."""

    ret: Return
    units: Sequence[ReturnUnit]
    refunds: Sequence[Refund] = ()
    exchanges: Sequence[Exchange] = ()
    payments: Sequence[PaymentRequest] = ()
    credits: Sequence[tuple[StoreCredit, int]] = ()  # with what is left on each
    photos: Sequence[ReturnPhoto] = ()
    clocks: Mapping[int, Clock] = field(default_factory=dict)  # refund -> where the money is
    drop_off: str = ""


@dataclass(frozen=True)
class Piece:
    """One kind of unit in the list: what it is, why it goes back, what is wanted, what was found."""

    title: str
    detail: str
    image: str
    quantity: int
    worth: str
    reason: str
    wanted: str
    found: str = ""
    deduction: str = ""
    words: str = ""


@dataclass(frozen=True)
class Money:
    """One sum that goes to the shopper: `title` the answer, `words` where it is now."""

    title: str
    words: str
    tone: str
    amount: str = ""
    code: str = ""


@dataclass(frozen=True)
class Due:
    """A difference that is to be paid: `title`, until when, and where ('' while the link is being made)."""

    title: str
    words: str
    key: str
    open: bool


@dataclass(frozen=True)
class Told:
    """One line of the history."""

    phrase: str
    when: str


@dataclass(frozen=True)
class ReturnPage:
    """Everything the page says."""

    number: str
    gift: bool
    claim: bool
    answer: Stand
    steps: tuple[Step, ...]
    pieces: list[Piece]
    money: list[Money]
    due: list[Due]
    exchanges: list[Money]
    sums: list[Sum]
    photos: list[str]
    told: list[Told]
    send_by: str
    label: str  # label, qr, or ''
    problem: str
    words: str
    may_change: bool
    may_cancel: bool


def build_status(rows: Rows, voice: Voice, *, label_there: bool, problem: str = "") -> ReturnPage:
    """Return what the page of a return says. `label_there`: its label can be fetched."""
    ret = rows.ret
    with_shopper = ret.state in WITH_SHOPPER
    sends = ret.state in (State.APPROVED, State.LABEL_READY) and not without_goods(ret)
    kind = {Method.LABEL: "label", Method.QR: "qr", Method.COLLECTION: "label"}.get(Method(ret.method), "")
    money = money_of(rows, voice)
    answer = stand_of(ret, voice, drop_off=rows.drop_off)
    if ret.state == State.SETTLED and money:
        answer = replace(answer, headline=money[0].title, next=money[0].words)
    return ReturnPage(
        number=ret.number,
        gift=ret.is_gift,
        claim=ret.kind == Kind.CLAIM,
        answer=answer,
        steps=steps_for(ret, voice),
        pieces=pieces_of(rows, voice),
        money=money,
        due=[_due(each, voice) for each in rows.payments if _is_due(each)],
        exchanges=[_exchange(each, ret) for each in rows.exchanges if _of_interest(each)],
        sums=[] if ret.is_gift else confirmed(ret, rows.units, voice),
        photos=[str(each.public_id) for each in rows.photos],
        told=told_of(rows, voice),
        send_by=voice.day(voice.date_of(ret.expires_at)) if sends and ret.expires_at else "",
        label=kind if sends and label_there else "",
        problem=problem,
        words=ret.words,
        may_change=with_shopper and ret.kind == Kind.RETURN and ret.state != State.REVIEW,
        may_cancel=with_shopper,
    )


def pieces_of(rows: Rows, voice: Voice) -> list[Piece]:
    """Return the units as shown: those with one story stand together."""
    kinds: dict[tuple[object, ...], list[ReturnUnit]] = {}
    for unit in rows.units:
        same = (unit.line_id, unit.part_key, unit.reason, unit.outcome, unit.exchange_id, unit.stage)
        kinds.setdefault((*same, unit.condition, unit.words, unit.keep, unit.deduction_minor), []).append(
            unit
        )
    return [_piece(units, rows.ret, voice) for units in kinds.values()]


def _piece(units: Sequence[ReturnUnit], ret: Return, voice: Voice) -> Piece:
    first = units[0]
    title, detail, image = face(first)
    less = sum(unit.deduction_minor for unit in units)
    worth = sum(unit.value_minor for unit in units)
    gone = {
        Stage.ARRIVED: _("Arrived"),
        Stage.MISSING: _("Was not in the parcel"),
        Stage.DROPPED: _("Not returned after all"),
        Stage.KEPT: _("Stays with you"),
    }.get(Stage(first.stage), "")
    if first.stage == Stage.INSPECTED and first.condition:
        gone = words.condition(first.condition)
    wanted = words.outcome(first.outcome)
    if first.outcome == Outcome.EXCHANGE and first.exchange:
        other = first.exchange.variant
        wanted = _("Exchange for %(item)s") % {"item": name_of_variant(other, within=first.line.product_id)}
    return Piece(
        title=title,
        detail=detail,
        image=image,
        quantity=len(units),
        worth="" if ret.is_gift else voice.money(worth, ret.currency),
        reason=words.reason(first.reason),
        wanted=wanted,
        found=gone,
        deduction=_less(less, ret, voice) if less else "",
        words=first.words if first.condition in ("", Condition.AS_NEW) else first.inspection_note,
    )


def _less(minor: int, ret: Return, voice: Voice) -> str:
    if ret.is_gift:
        return _("Something was taken off for its condition.")
    return _("%(amount)s less for its condition") % {"amount": voice.money(minor, ret.currency)}


def money_of(rows: Rows, voice: Voice) -> list[Money]:
    """Return what goes to the shopper and where it is; for a gift nothing of the buyer's money."""
    back = [] if rows.ret.is_gift else rows.refunds
    found = [_refund(each, rows.clocks[each.pk], voice) for each in back if each.pk in rows.clocks]
    return found + [_credit(credit, left, voice) for credit, left in rows.credits]


def _refund(refund: Refund, clock: Clock, voice: Voice) -> Money:
    amount = {"amount": voice.money(refund.amount_minor, refund.currency)}
    when = ""
    if clock.from_date and clock.to_date and clock.stage == "sent":
        days = {"first": voice.day(clock.from_date), "last": voice.day(clock.to_date)}
        one = _("You have it on %(last)s.") if clock.from_date == clock.to_date else ""
        when = (one or _("You have it between %(first)s and %(last)s.")) % days
    title = {
        "sent": _("%(amount)s is on its way back to you"),
        "arrived": _("%(amount)s is back with you"),
    }.get(clock.stage, _("%(amount)s back to you"))
    tone = {"sent": "good", "arrived": "good", "delayed": "warn"}.get(clock.stage, "calm")
    return Money(title % amount, f"{clock.sentence} {when}".strip(), tone, amount["amount"])


def _credit(credit: StoreCredit, left: int, voice: Voice) -> Money:
    amount = voice.money(left, credit.currency)
    day = voice.day(voice.date_of(credit.expires_at)) if credit.expires_at else ""
    more = _("Use it by %(day)s.") % {"day": day} if day else _("It does not end.")
    title = _("%(amount)s store credit") % {"amount": amount}
    return Money(title, more, "good", amount, credit.code)


def _is_due(payment: PaymentRequest) -> bool:
    """Money that came, but not as it should have, is with a person: the shopper owes nothing then."""
    return payment.state in ("WANTED", "OPEN", "STAFF") and payment.paid_at is None


def _of_interest(exchange: Exchange) -> bool:
    """One that fell with its whole return, or was changed for another, is told by what took its place."""
    return exchange.state != Exchange.State.CANCELLED or exchange.words not in FELL


def _due(payment: PaymentRequest, voice: Voice) -> Due:
    amount = {"amount": voice.money(payment.amount_minor, payment.currency)}
    by = {"day": voice.day(voice.date_of(payment.pay_by))}
    there = payment.state == PaymentRequest.State.OPEN
    more = (
        _("Please pay it by %(day)s. Then your new item leaves.") % by
        if payment.why == "difference"
        else _("Please pay it by %(day)s, or send the goods back.") % by
    )
    wait = _("The link for it is being made. You get it in a message and on this page.")
    if payment.state == PaymentRequest.State.STAFF:
        wait = _("Paying online does not work at the moment. Write to us, and we tell you how to.")
    return Due(
        _("%(amount)s is left to pay") % amount, more if there else wait, str(payment.public_id), there
    )


def _exchange(exchange: Exchange, ret: Return) -> Money:
    name = name_of_variant(exchange.variant)
    item = {"item": f"{exchange.quantity} × {name}" if exchange.quantity > 1 else name}
    title = _("Your new item: %(item)s") % item
    number = {"number": exchange.order_name.lstrip("#")}
    state = Exchange.State
    made = (
        _("It is ordered. Its number is %(number)s.") % number if exchange.order_name else _("It is ordered.")
    )
    instead = (
        _("It is not exchanged after all. You get store credit for what you sent back.")
        if ret.is_gift
        else _("It is not exchanged after all. What you sent back is refunded.")
    )
    held, good, wait = _("We keep it for you until your parcel is on its way."), "good", "calm"
    tone, more = {
        state.HELD: (good, held),
        state.UNPAID: ("warn", _("We keep it for you until the difference is paid.")),
        state.ORDERING: (good, _("It is being ordered for you.")),
        state.ORDERED: (good, made),
        state.CANCELLED: (wait, instead),
        state.STAFF: (wait, _("One of us takes care of it and writes to you.")),
    }[state(exchange.state)]
    return Money(title, more, tone)


def told_of(rows: Rows, voice: Voice) -> list[Told]:
    """Return what has happened, newest first."""
    ret = rows.ret
    ended = {
        State.REJECTED: _("Not taken back"),
        State.CANCELLED: _("Cancelled"),
        State.EXPIRED: _("Ended: nothing was handed over"),
    }.get(State(ret.state), _("Ended"))
    facts: list[tuple[datetime | None, str]] = [
        (ret.requested_at, _("You asked for it")),
        (ret.approved_at, _("Approved")),
        (ret.ready_at, _("Ready to be sent")),
        (ret.handed_over_at, _("Handed over")),
        (ret.received_at, _("Arrived with us")),
        (ret.inspected_at, _("Looked at")),
        (ret.settled_at, _("Settled")),
        (ret.ended_at, ended),
    ]
    facts += [(each.ordered_at, _("New item ordered")) for each in rows.exchanges]
    facts += [(each.paid_at, _("Difference paid")) for each in rows.payments]
    for each in () if ret.is_gift else rows.refunds:
        if each.state == Refund.State.SUCCEEDED and each.provider != Refund.Provider.CREDIT:
            amount = {"amount": voice.money(each.amount_minor, each.currency)}
            facts.append((each.settled_at, _("%(amount)s sent back") % amount))
    facts += [(each.created_at, _("Store credit given")) for each, _left in rows.credits]
    known = sorted(((at, n, text) for n, (at, text) in enumerate(facts) if at), reverse=True)
    return [Told(text, voice.when(at)) for at, _n, text in known]
