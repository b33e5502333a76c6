"""What tests of the shopper's returns share: an order that has come, in a shop with sizes and stock."""

import io
import re
from datetime import timedelta

from django.utils import timezone
from PIL import Image

from returns import tokens
from returns.models import Return, ReturnSettings
from tests.factories.customers import StoreFactory
from tests.factories.returns import PolicyFactory, PolicyVersionFactory
from tests.factories.tracking import (
    OrderFactory,
    OrderLineFactory,
    ProductFactory,
    ShipmentFactory,
    ShipmentLineFactory,
    VariantFactory,
)
from tracking import access
from tracking.models import BundlePart, Location, Order, StockLevel
from tracking.vocabulary import Status

__all__ = ["StoreFactory"]

SIZES = ("Small", "Medium", "Large")


def product(store, title="Wool jumper", *, sizes=SIZES, price=4800, stock=5, **given):
    """Return the variants of a product in the order of their sizes, each in stock."""
    place, _ = Location.objects.get_or_create(store=store, external_id="1", defaults={"name": "Shed"})
    made = ProductFactory(store=store, title=title, status="active", **given)
    found = []
    for n, size in enumerate(sizes):
        variant = VariantFactory(
            product=made, title=size, options=[size], position=n, price_minor=price,
            inventory_item_id=f"{made.external_id}-{n}",
        )  # fmt: skip
        StockLevel.objects.create(
            location=place, inventory_item_id=variant.inventory_item_id, available=stock
        )
        found.append(variant)
    return found


def line(order, variant, *, quantity=1, **given):
    """Return an order line of a variant."""
    given.setdefault("unit_price_minor", variant.price_minor)
    return OrderLineFactory(
        order=order,
        product=variant.product,
        variant=variant,
        title=variant.product.title,
        variant_title=variant.title,
        quantity=quantity,
        position=order.lines.count(),
        **given,
    )


def came(order, *, days=3):
    """Have everything of an order delivered some days ago."""
    at = timezone.now() - timedelta(days=days)
    lines = list(order.lines.all())
    total = sum(each.total_minor for each in lines)
    Order.objects.filter(pk=order.pk).update(
        status=Order.Status.DELIVERED,
        placed_at=at - timedelta(days=4),
        subtotal_minor=total,
        total_minor=total + order.shipping_minor,
    )
    parcel = ShipmentFactory(
        order=order, status=Status.DELIVERED, shipped_at=at - timedelta(days=2), delivered_at=at
    )
    for each in lines:
        ShipmentLineFactory(shipment=parcel, line=each, quantity=each.quantity)
    order.refresh_from_db()
    return order


def bought(*, days=3, quantity=2, **settings):
    """Return an order of jumpers (medium) and a candle that came `days` ago."""
    order = OrderFactory(shipping_minor=500)
    ReturnSettings.objects.update_or_create(store=order.store, defaults=settings)
    line(order, product(order.store)[1], quantity=quantity)
    line(order, product(order.store, "Pine candle", sizes=("Default Title",), price=2400)[0])
    return came(order, days=days)


def bundle(*, days=3):
    """Return an order of one set of two mugs and a jug."""
    order = OrderFactory(shipping_minor=0)
    store = order.store
    whole = product(store, "Breakfast set", sizes=("Default Title",), price=6000)[0]
    mug = product(store, "Mug", sizes=("Default Title",), price=1500)[0]
    jug = product(store, "Jug", sizes=("Default Title",), price=3000)[0]
    BundlePart.objects.create(bundle=whole, part=mug, quantity=2)
    BundlePart.objects.create(bundle=whole, part=jug, quantity=1)
    line(order, whole)
    return came(order, days=days)


def policy(store, **base):
    """Give a store a policy: `base` as in returns/policy/reading.py, `rules` beside it."""
    rules = base.pop("rules", [])
    body = {"base": {"window_days": 30, "window_from": "delivery", **base}, "rules": rules}
    return PolicyVersionFactory(policy=PolicyFactory(store=store), body=body)


def address(order, purpose="act", rest="return/"):
    """Return an address below an order's (or gift's) link."""
    link = access.link_for(order, purpose, at=timezone.now())
    return f"/{'g' if purpose == 'gift' else 'o'}/{access.token(link)}/{rest}"


def status_of(ret=None):
    """Return the address of a return's page: of the only one there is."""
    return f"/r/{tokens.token(ret or Return.objects.get())}/"


def picture(size=(40, 30), kind="JPEG", **more):
    """Return a file with a picture in it."""
    out = io.BytesIO()
    Image.new("RGB", size, "#b4532a").save(out, kind, **more)
    out.seek(0)
    out.name = f"photo.{kind.lower()}"
    return out


def text(response):
    """Return a page's words, without its tags."""
    plain = re.sub(r"<[^>]+>", " ", response.content.decode())
    return re.sub(r"\s+", " ", plain)


def fields(response):
    """Return the hidden fields of a page's main form."""
    page = response.content.decode().split("<main")[1]
    return dict(re.findall(r'<input type="hidden" name="(key|method|seen|about)" value="([^"]*)">', page))


def walk(client, order, *, quantities, reason="UNWANTED", outcome="REFUND", variant=None, purpose="act"):
    """Go through the first three pages for some lines; return the last page as it is shown."""
    here = address(order, purpose, "return/" if purpose == "act" else "")
    chosen = {f"quantity-{name}": count for name, count in quantities.items()}
    assert client.post(here, chosen).status_code == 302
    why = {f"reason-{name}": reason for name in quantities}
    assert client.post(here + "reasons/", why).status_code == 302
    what = {f"outcome-{name}": outcome for name in quantities}
    if variant:
        what |= {f"variant-{name}": variant.pk for name in quantities}
    assert client.post(here + "outcome/", what).status_code == 302
    return client.get(here + "confirm/")


def confirm(client, order, page, purpose="act", **more):
    """Confirm the last page."""
    here = address(order, purpose, "return/" if purpose == "act" else "")
    return client.post(here + "confirm/", {**fields(page), **more})
