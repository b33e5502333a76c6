"""What the API says about orders and parcels."""

from datetime import UTC
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from tracking.models import Order, OrderLine, Scan, Shipment, ShipmentLine
from tracking.vocabulary import Reason, Status

WINDOW_END = {
    "oneOf": [
        {"type": "string", "format": "date-time"},
        {"type": "string", "format": "date"},
        {"type": "null"},
    ]
}


class ScanOut(serializers.ModelSerializer):
    """
    One thing a carrier said. Exactly one of `at` and `local` is set: `local` when the carrier named no
    offset.
    """

    local = serializers.SerializerMethodField()
    status = serializers.ChoiceField(choices=Status.choices)
    reason = serializers.ChoiceField(choices=Reason.choices, allow_blank=True)
    place = serializers.CharField(help_text="City, region and country in one text.")

    class Meta:
        model = Scan
        fields = (
            "at",
            "local",
            "status",
            "reason",
            "action_required",
            "place",
            "city",
            "region",
            "country",
            "postcode",
            "code",
            "message",
            "source",
        )

    def get_local(self, scan: Scan) -> str | None:
        """Return the wall-clock time where that is all we know."""
        return scan.local or None


class ShipmentLineOut(serializers.ModelSerializer):
    """How many of an order line travel in the parcel."""

    line = serializers.CharField(source="line.external_id", help_text="The line's `external_id`.")

    class Meta:
        model = ShipmentLine
        fields = ("line", "quantity")


class ShipmentOut(serializers.ModelSerializer):
    """A parcel."""

    id = serializers.UUIDField(source="public_id")
    order = serializers.UUIDField(source="order.public_id", help_text="The order's `id`.")
    external_id = serializers.CharField(
        source="fulfillment_external_id", help_text="The shop's id of the hand-over."
    )
    status = serializers.ChoiceField(choices=Status.choices)
    reason = serializers.ChoiceField(
        choices=Reason.choices, allow_blank=True, help_text="Why; blank when nothing is to say."
    )
    action_required = serializers.BooleanField(help_text="The shopper has to do something.")
    eta_from = serializers.SerializerMethodField(
        help_text="Start of the delivery window: a time where hours are known, else a day at the destination."
    )
    eta_to = serializers.SerializerMethodField(help_text="End of the delivery window, in the same form.")
    lines = ShipmentLineOut(many=True)
    scans = ScanOut(many=True, help_text="Oldest first.")
    checked_at = serializers.DateTimeField(allow_null=True, help_text="When a carrier last answered.")
    replaced_at = serializers.DateTimeField(
        allow_null=True, help_text="When the shop took this number back; lists leave such parcels out."
    )

    class Meta:
        model = Shipment
        fields = (
            "id",
            "order",
            "external_id",
            "carrier",
            "carrier_name",
            "service",
            "tracking_number",
            "tracking_url",
            "status",
            "reason",
            "action_required",
            "status_at",
            "eta_from",
            "eta_to",
            "shipped_at",
            "delivered_at",
            "lines",
            "scans",
            "checked_at",
            "replaced_at",
            "created_at",
            "updated_at",
        )

    @extend_schema_field(WINDOW_END)
    def get_eta_from(self, shipment: Shipment) -> str | None:
        """Return the start of the window."""
        return _end(shipment.eta_from_at, shipment.eta_from_date)

    @extend_schema_field(WINDOW_END)
    def get_eta_to(self, shipment: Shipment) -> str | None:
        """Return the end of the window."""
        return _end(shipment.eta_to_at, shipment.eta_to_date)


def _end(at: Any, day: Any) -> str | None:
    if at:
        return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return day.isoformat() if day else None


class OrderLineOut(serializers.ModelSerializer):
    """An order line. `quantity` is what is still wanted, `ordered_quantity` what was bought."""

    total_minor = serializers.IntegerField(help_text="Price × quantity − discount.")

    class Meta:
        model = OrderLine
        fields = (
            "external_id",
            "sku",
            "title",
            "variant_title",
            "quantity",
            "ordered_quantity",
            "unit_price_minor",
            "discount_minor",
            "tax_minor",
            "total_minor",
            "product_external_id",
            "variant_external_id",
            "image_url",
            "requires_shipping",
        )


class CustomerOut(serializers.Serializer):
    """Who bought."""

    id = serializers.UUIDField(source="public_id")
    name = serializers.CharField()
    email = serializers.CharField()


class AddressOut(serializers.Serializer):
    """Where the order goes."""

    name = serializers.CharField(default="")
    lines = serializers.ListField(child=serializers.CharField(), default=list)
    city = serializers.CharField(default="")
    region = serializers.CharField(default="")
    postcode = serializers.CharField(default="")
    country = serializers.CharField(default="", help_text="Two letters.")


class OrderOut(serializers.ModelSerializer):
    """An order with its lines and parcels."""

    id = serializers.UUIDField(source="public_id")
    store = serializers.CharField(source="store.slug", help_text="The store's slug.")
    status = serializers.ChoiceField(choices=Order.Status.choices)
    customer = CustomerOut(allow_null=True)
    subtotal_minor = serializers.IntegerField(help_text="The lines after every discount.")
    discount_minor = serializers.IntegerField(
        help_text="Everything taken off, the lines' discounts included."
    )
    ship_to = AddressOut()
    tags = serializers.ListField(child=serializers.CharField())
    lines = OrderLineOut(many=True)
    shipments = ShipmentOut(many=True, help_text="Parcels, without those whose number was taken back.")
    url = serializers.SerializerMethodField(
        help_text="The order's page: with `orders:write` a link whose holder may act, else one to share."
    )

    class Meta:
        model = Order
        fields = (
            "id",
            "external_id",
            "number",
            "store",
            "status",
            "placed_at",
            "cancelled_at",
            "cancel_reason",
            "payment_status",
            "currency",
            "subtotal_minor",
            "discount_minor",
            "shipping_minor",
            "tax_minor",
            "total_minor",
            "customer",
            "email",
            "phone",
            "language",
            "ship_to",
            "tags",
            "note",
            "lines",
            "shipments",
            "url",
            "created_at",
            "updated_at",
        )

    def get_url(self, order: Order) -> str:
        """Return the address that `context["urls"]` holds for the order."""
        return str(self.context["urls"][order.pk])
