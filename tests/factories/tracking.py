"""Factories of what and where. They write rows directly: for behaviour, call the services."""

from datetime import UTC, datetime

import factory
from factory.django import DjangoModelFactory

from tests.factories.customers import CustomerFactory, StoreFactory
from tracking.models import CarrierAccount, Label, Order, OrderLine, Product, Shipment, ShipmentLine, Variant

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


class ProductFactory(DjangoModelFactory):
    class Meta:
        model = Product

    store = factory.SubFactory(StoreFactory)
    external_id = factory.Sequence(lambda n: str(7000 + n))
    title = factory.Sequence(lambda n: f"Brass lantern {n}")


class VariantFactory(DjangoModelFactory):
    class Meta:
        model = Variant

    product = factory.SubFactory(ProductFactory)
    store = factory.SelfAttribute("product.store")
    external_id = factory.Sequence(lambda n: str(8000 + n))
    title = "Large"
    price_minor = 4800


class OrderFactory(DjangoModelFactory):
    class Meta:
        model = Order

    store = factory.SubFactory(StoreFactory)
    customer = factory.SubFactory(CustomerFactory)
    external_id = factory.Sequence(lambda n: str(1_000_000 + n))
    number = factory.Sequence(lambda n: f"#{1001 + n}")
    number_key = factory.LazyAttribute(lambda o: o.number.lstrip("#").upper())
    email = factory.LazyAttribute(lambda o: o.customer.email if o.customer else "ada@example.com")
    email_key = factory.LazyAttribute(lambda o: o.email.lower())
    placed_at = NOON
    currency = "USD"
    subtotal_minor = 4800
    shipping_minor = 500
    total_minor = 5300
    ship_to = factory.LazyFunction(
        lambda: {
            "name": "Ada Lovelace",
            "lines": ["12 Analytical Way"],
            "city": "Portland",
            "region": "OR",
            "postcode": "97201",
            "country": "US",
        }
    )
    postcode_key = "97201"


class OrderLineFactory(DjangoModelFactory):
    class Meta:
        model = OrderLine

    order = factory.SubFactory(OrderFactory)
    external_id = factory.Sequence(lambda n: str(5000 + n))
    title = "Brass lantern"
    variant_title = "Large"
    sku = "LANTERN-L"
    quantity = 1
    ordered_quantity = factory.SelfAttribute("quantity")
    unit_price_minor = 4800


class CarrierAccountFactory(DjangoModelFactory):
    class Meta:
        model = CarrierAccount

    slug = factory.Sequence(lambda n: f"easypost-{n}")
    carrier = "easypost"
    secret = "carrier-secret"
    api_key = "EZTK"


class ShipmentFactory(DjangoModelFactory):
    class Meta:
        model = Shipment

    order = factory.SubFactory(OrderFactory)
    fulfillment_external_id = factory.Sequence(lambda n: str(9000 + n))
    carrier = "ups"
    carrier_name = "UPS"
    tracking_number = factory.Sequence(lambda n: f"1Z999AA1{n:010d}")
    tracking_key = factory.LazyAttribute(lambda o: o.tracking_number.upper())
    destination = factory.LazyAttribute(
        lambda o: {k: o.order.ship_to.get(k, "") for k in ("city", "region", "country", "postcode")}
    )


class ShipmentLineFactory(DjangoModelFactory):
    class Meta:
        model = ShipmentLine

    shipment = factory.SubFactory(ShipmentFactory)
    line = factory.SubFactory(OrderLineFactory, order=factory.SelfAttribute("..shipment.order"))
    quantity = 1


class LabelFactory(DjangoModelFactory):
    class Meta:
        model = Label

    order = factory.SubFactory(OrderFactory)
    store = factory.SelfAttribute("order.store")
    account = factory.SubFactory(CarrierAccountFactory, carrier="sandbox", slug="sandbox")
    purpose = factory.Sequence(lambda n: f"order:{n}:label")
    direction = Label.Direction.OUTBOUND
    wanted = factory.LazyFunction(dict)
    created_at = NOON
