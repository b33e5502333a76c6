"""A return with everything in it, as messages need it. Rows only: how they come about is tested elsewhere."""

from datetime import date, timedelta

from django.db import transaction

from customers.models import Event
from engagement.journeys.hearing import hear
from engagement.return_samples import STATES
from engagement.tasks import send_messages
from returns.models import CreditEntry, Exchange, PaymentRequest, Refund, Return, ReturnUnit, StoreCredit
from returns.vocabulary import Kind, Method, Outcome, Reason, State
from tests.factories.tracking import NOON, VariantFactory
from tracking.models import Order

DAY = timedelta(days=1)


def give_back(order, *, units=((0, Outcome.REFUND), (1, Outcome.CREDIT)), **given):
    """Return a return of an order's lines: (position of the line, outcome) for each unit."""
    given = {
        "state": State.LABEL_READY,
        "email": order.email,
        "language": order.language,
        "requested_at": NOON,
        "handed_over_at": None,
        "expires_at": NOON + 28 * DAY,
        "quote": {"refund_minor": 4800, "credit_minor": 2640, "bonus_minor": 240},
        **given,
    }
    ret = Return.objects.create(
        order=order, store=order.store, customer=order.customer, currency=order.currency, **given
    )
    lines = list(order.lines.order_by("position"))
    for number, (position, outcome) in enumerate(units):
        ReturnUnit.objects.create(
            ret=ret,
            line=lines[position],
            index=number if len(lines) == 1 else 0,
            reason=Reason.UNWANTED,
            outcome=outcome,
            value_minor=lines[position].unit_price_minor,
        )
    return ret


def exchange_in(ret, **given):
    """Return an exchange of a return's first unit for a small lantern."""
    variant = VariantFactory(store=ret.store, product__store=ret.store, product__title="Lamp", title="Small")
    given = {"quantity": 1, "price_minor": 6200, "created_at": NOON, **given}
    made = Exchange.objects.create(ret=ret, variant=variant, **given)
    ret.units.filter(outcome=Outcome.EXCHANGE).update(exchange=made)
    return made


def payment_for(ret, **given):
    """Return a request for the difference, open until a week from now."""
    given = {
        "purpose": f"return:{ret.pk}:pay:{ret.payments.count() + 1}",
        "provider": "sandbox",
        "amount_minor": 1400,
        "currency": ret.currency,
        "why": "difference",
        "state": PaymentRequest.State.OPEN,
        "pay_by": NOON + 7 * DAY,
        "created_at": NOON,
        **given,
    }
    return PaymentRequest.objects.create(ret=ret, **given)


def refund_of(ret, **given):
    """Return money that went back."""
    given = {
        "purpose": f"return:{ret.pk}:refund:{ret.refunds.count() + 1}",
        "provider": Refund.Provider.SHOPIFY,
        "amount_minor": 3750,
        "currency": ret.currency,
        "state": Refund.State.SUCCEEDED,
        "created_at": NOON,
        "arrives_by": date(2026, 3, 17),
        **given,
    }
    return Refund.objects.create(ret=ret, order=ret.order, **given)


def credit_for(ret, **given):
    """Return store credit of 24.00 and a bonus of 2.40."""
    credit = StoreCredit.objects.create(
        store=ret.store, ret=ret, code="PINE-4K7M-9QXT", currency=ret.currency, created_at=NOON, **given
    )
    for kind, minor in (("GIVEN", 2400), ("BONUS", 240)):
        CreditEntry.objects.create(
            credit=credit, kind=kind, amount_minor=minor, purpose=f"credit:{credit.pk}:{kind}", at=NOON
        )
    return credit


def rows_for(kind, order):
    """Make what a message of `kind` is about. Returns: its context."""
    exchange = kind.startswith("exchange_")
    claim = kind.startswith("claim_")
    ret = give_back(
        order,
        units=((0, Outcome.EXCHANGE if exchange else Outcome.REFUND), (1, Outcome.CREDIT)),
        state=STATES.get(kind, State.LABEL_READY),
        kind=Kind.CLAIM if claim else Kind.RETURN,
        method=Method.NONE if claim else Method.LABEL,
        rejected_words="It has been used." if kind.endswith("_rejected") else "",
    )
    context = {"return_id": ret.pk}
    if exchange:
        row = exchange_in(ret, payment=payment_for(ret))
        context |= {"exchange_id": row.pk, "about": "payment"}
    if kind == "return_refunded":
        context["refund_id"] = refund_of(ret).pk
    if kind == "credit_issued":
        context["credit_id"] = credit_for(ret, expires_at=NOON + 365 * DAY).pk
    return context


# --- facts ---
def told(kind, ret, *, at=NOON, **data):
    """Return the event that a fact about a return would be, as the stream holds it."""
    data = {"return_id": ret.pk, "order_id": ret.order_id, "kind": ret.kind, "gift": ret.is_gift, **data}
    event, _ = Event.objects.get_or_create(
        key=f"{kind}:{sorted(data.items())}",
        defaults={
            "kind": kind,
            "occurred_at": at,
            "data": data,
            "store": ret.store,
            "customer": ret.customer,
        },
    )
    return event


def handle(*facts, at=NOON):
    """Let facts be heard."""
    with transaction.atomic():
        hear(list(facts), at=at)


def send(at=NOON + timedelta(minutes=5)):
    """Send what is due."""
    while send_messages(at=at):
        pass


def buyer_of(ret):
    """Return the address of who bought it."""
    return Order.objects.get(pk=ret.order_id).email
