"""What tests of the warehouse share: a return on its way, people at the bench, what they see."""

import uuid
from itertools import count

from django.contrib.auth.models import Permission

from returns.models import Return, ReturnParcel, ReturnUnit
from returns.pieces import pieces_of
from returns.services.inspection import Look, inspect
from returns.vocabulary import Condition
from tests.factories.customers import StoreFactory, UserFactory
from tests.factories.tracking import NOON, OrderFactory, OrderLineFactory, VariantFactory
from tracking.models import Location

_numbers = count(1)


def worker(**given):
    """Return somebody who may use the station and nothing else."""
    user = UserFactory(**given)
    user.user_permissions.add(right("use_warehouse"))
    return user


def lead(**given):
    """Return somebody who leads the warehouse."""
    user = worker(**given)
    user.user_permissions.add(right("lead_warehouse"))
    return user


def right(code):
    """Return a right of the warehouse."""
    return Permission.objects.get(content_type__app_label="returns", codename=code)


def shelf(store=None, name="Shed"):
    """Return a place that holds stock."""
    return Location.objects.create(
        store=store or StoreFactory(), external_id=f"place-{next(_numbers)}", name=name
    )


def order_with(*lines, store=None, **given):
    """Return an order with these lines: {"title", "sku", "barcode", "quantity", …}."""
    store = store or StoreFactory()
    order = OrderFactory(store=store, **given)
    for position, line in enumerate(lines or ({},)):
        number = next(_numbers)
        title = line.get("title", "Brass lantern")
        variant = line.get("variant") or VariantFactory(
            product__store=store,
            product__title=title,
            product__tags=line.get("tags", []),
            product__product_type=line.get("type", ""),
            sku=line.get("sku", f"SKU-{number}"),
            barcode=line.get("barcode", f"40{number:011d}"),
            inventory_item_id=f"item-{number}",
        )
        OrderLineFactory(
            order=order,
            title=title,
            product=variant.product,
            variant=variant,
            sku=variant.sku,
            quantity=line.get("quantity", 1),
            unit_price_minor=line.get("unit_price_minor", 4800),
            position=position,
        )
    order.subtotal_minor = sum(line.total_minor for line in order.lines.all())
    order.total_minor = order.subtotal_minor + order.shipping_minor
    order.save()
    return order


def coming_back(order=None, *, state="IN_TRANSIT", reason="UNWANTED", outcome="REFUND", parcels=1, **given):
    """Return a return of everything in an order, with its parcels on their way."""
    order = order or order_with()
    ret = Return.objects.create(
        store=order.store,
        order=order,
        customer=order.customer,
        state=state,
        currency=order.currency,
        requested_at=NOON,
        **given,
    )
    for piece in pieces_of(order):
        ReturnUnit.objects.create(
            ret=ret,
            line=piece.line,
            index=piece.index,
            part=piece.part,
            part_key=piece.part.pk if piece.part else 0,
            part_index=piece.part_index,
            variant=piece.variant,
            reason=reason,
            outcome=outcome,
            value_minor=piece.value_minor,
            tax_minor=piece.tax_minor,
        )
    for position in range(1, parcels + 1):
        number = f"1ZBACK{next(_numbers):010d}"
        ReturnParcel.objects.create(
            ret=ret, position=position, tracking_number=number, tracking_key=number, created_at=NOON
        )
    return ret


def saw(condition=Condition.AS_NEW, **given):
    """Return a look at a unit."""
    return Look(condition=condition, token=given.pop("token", None) or uuid.uuid4(), **given)


def look(unit, condition=Condition.AS_NEW, *, by, parcel=None, at=NOON, **given):
    """Say what a unit is like."""
    parcel = parcel or unit.ret.parcels.order_by("position")[0]
    return inspect(unit.pk, saw(condition, **given), parcel_id=parcel.pk, by=by, at=at)
