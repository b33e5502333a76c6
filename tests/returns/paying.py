"""What tests of money back share: returns as rows, a shop in memory, the workers that carry things out."""

from django.db import transaction
from django.utils import timezone

from customers.models import Event
from customers.outbox import deliver_due
from returns.models import Exchange, Return, ReturnParcel, ReturnUnit
from returns.pieces import pieces_of
from returns.services import moves
from returns.services.settling import settle
from tests.factories.customers import StaffFactory
from tests.factories.tracking import NOON, OrderFactory, OrderLineFactory, ProductFactory, VariantFactory
from tests.tracking.memory_shop import connected
from tracking.services.shop_actions import carry_out_due

Stage = ReturnUnit.Stage


def order_of(*prices, quantity=1, shipping=500, store=None, **given):
    """Return a paid order with a line for each price."""
    store = store or connected()
    total = sum(price * quantity for price in prices)
    order = OrderFactory(
        store=store, subtotal_minor=total, shipping_minor=shipping, total_minor=total + shipping, **given
    )
    for position, price in enumerate(prices):
        variant = VariantFactory(product=ProductFactory(store=store), price_minor=price)
        OrderLineFactory(
            order=order, product=variant.product, variant=variant, quantity=quantity, unit_price_minor=price,
            position=position,
        )  # fmt: skip
    return order


def back(order=None, *, state="APPROVED", only=None, reason="UNWANTED", outcome="REFUND", parcels=1, **given):
    """Return a return of an order's pieces: all of them, or those at the places in `only`."""
    order = order or order_of(4800)
    ret = Return.objects.create(
        store=order.store, order=order, customer=order.customer, state=state, currency=order.currency,
        requested_at=NOON, **given,
    )  # fmt: skip
    for place, piece in enumerate(pieces_of(order)):
        if only is None or place in only:
            ReturnUnit.objects.create(
                ret=ret, line=piece.line, index=piece.index, variant=piece.variant, reason=reason,
                outcome=outcome, value_minor=piece.value_minor, tax_minor=piece.tax_minor,
            )  # fmt: skip
    for position in range(1, parcels + 1):
        ReturnParcel.objects.create(ret=ret, position=position, created_at=NOON)
    return ret


def inspected(ret, *stages, at=NOON):
    """Say of a return's units, in order, what became of them (INSPECTED for all), and have it inspected."""
    units = list(ret.units.order_by("pk"))
    for unit, stage in zip(units, stages or [Stage.INSPECTED] * len(units), strict=True):
        ReturnUnit.objects.filter(pk=unit.pk).update(stage=stage)
    return moved(ret, "INSPECTED", at=at)


def moved(ret, state, *, at=NOON):
    """Move a return on, as services do."""
    with transaction.atomic():
        moves.advance(moves.locked(ret.pk), state, at=at)
    return Return.objects.get(pk=ret.pk)


def swap(ret, unit, price, *, state=Exchange.State.HELD):
    """Exchange a unit for something at `price`."""
    variant = VariantFactory(product=ProductFactory(store=ret.store), price_minor=price)
    made = Exchange.objects.create(
        ret=ret, variant=variant, quantity=1, price_minor=price, difference_minor=price - unit.value_minor,
        state=state, created_at=NOON,
    )  # fmt: skip
    ReturnUnit.objects.filter(pk=unit.pk).update(outcome="EXCHANGE", exchange=made)
    return made


def settled(ret, *, at=NOON):
    """Settle, and return the rows of the ledger as (provider, amount, state)."""
    settle(ret.pk, at=at)
    return rows(ret)


def rows(ret):
    return list(ret.refunds.order_by("pk").values_list("provider", "amount_minor", "state"))


def work(*, at=NOON):
    """Let the workers do all that is due."""
    while carry_out_due(at=at) + deliver_due(at=max(at, timezone.now())):  # events are due when recorded
        pass


def kinds(prefix="returns."):
    """Return the kinds of events that were told, in order."""
    return list(Event.objects.filter(kind__startswith=prefix).order_by("pk").values_list("kind", flat=True))


def person():
    return StaffFactory()
