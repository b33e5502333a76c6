"""
What partners may write about parcels, and its translation into the same data a shop's or carrier's word
becomes.
"""

import hashlib
import re
from datetime import datetime
from typing import Any

from django.db.models import Sum
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from customers.api.auth import stores_of
from customers.api.base import Instant, LocalTime, Strict, Text, Whole, YesNo
from customers.models import ApiKey
from tracking.api.fields import Pattern, WebAddress
from tracking.api.inputs import COUNTRY, MAX_LINES, canonical, not_ahead
from tracking.carriers import detect
from tracking.carriers.base import Place, ScanData
from tracking.models import Order
from tracking.services.shipments import tracking_key
from tracking.shops.base import FulfillmentData
from tracking.versions import version
from tracking.vocabulary import Reason, Status

MAX_SCANS = 200


class OrderRef(Strict):
    """An order by the shop's id."""

    store = Text(max_length=50, help_text="The store's slug.")
    external_id = Text(max_length=64, help_text="The shop's id of the order.")


@extend_schema_field(
    {
        "oneOf": [
            {"type": "string", "format": "uuid", "description": "The order's `id`."},
            {
                "type": "object",
                "properties": {
                    "store": {"type": "string", "maxLength": 50, "description": "The store's slug."},
                    "external_id": {
                        "type": "string",
                        "maxLength": 64,
                        "description": "The shop's id of the order.",
                    },
                },
                "required": ["store", "external_id"],
                "additionalProperties": False,
            },
        ]
    }
)
class OrderRefField(serializers.Field):
    """An order: its `id`, or `{"store", "external_id"}`."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """Return the condition that finds the order."""
        if isinstance(data, str):
            return {"public_id": serializers.UUIDField().run_validation(data)}
        if not isinstance(data, dict):
            raise serializers.ValidationError("Give the order's id, or an object with store and external_id.")
        given = OrderRef(data=data)
        given.is_valid(raise_exception=True)
        return {
            "store__slug": given.validated_data["store"],
            "external_id": given.validated_data["external_id"],
        }

    def to_representation(self, value: Any) -> Any:
        """Return it as it is (never shown)."""
        return value


class PackedIn(Strict):
    """How many of an order line are in the parcel."""

    line = Text(max_length=64, help_text="The line's `external_id`.")
    quantity = Whole(min_value=1, max_value=100_000)


class ShipmentIn(Strict):
    """
    A parcel: one hand-over of lines to a carrier.

    `external_id` names the hand-over: posted again it is the same parcel, and another tracking number
    corrects the old one. Without it the tracking number names it. Without `lines` it carries everything no
    other parcel of the order does.
    """

    order = OrderRefField()
    external_id = Text(optional=True, max_length=64, help_text="Your id of the hand-over.")
    tracking_number = Text(optional=True, max_length=80)
    carrier = Text(
        optional=True,
        max_length=40,
        help_text="Its code or name, e.g. ups; found from the number if left out.",
    )
    carrier_name = Text(optional=True, max_length=120, help_text="As shoppers should read it.")
    service = Text(optional=True, max_length=120, help_text="e.g. Ground.")
    tracking_url = WebAddress(
        optional=True, max_length=500, help_text="The carrier's page, where we do not know it."
    )
    lines = PackedIn(many=True, required=False, allow_empty=False, max_length=MAX_LINES)  # type: ignore[call-arg]
    shipped_at = Instant(required=False, help_text="When it was handed over; now if left out.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Check what the fields say together, and find the order. Raises ValidationError."""
        number, key = attrs["tracking_number"], tracking_key(attrs["tracking_number"])
        if number and not key:
            raise serializers.ValidationError(
                {"tracking_number": ["A tracking number has letters or digits."]}
            )
        if not number and not attrs["external_id"]:
            raise serializers.ValidationError("Give tracking_number, external_id or both.")
        not_ahead(attrs.get("shipped_at"), self.context["at"], "shipped_at")
        attrs["order"] = find_order(self.context["key"], attrs["order"])
        attrs["external_id"] = attrs["external_id"] or own_id(key)
        attrs["lines"] = packed(attrs["order"], attrs.get("lines"), attrs["external_id"])
        return attrs


def find_order(key: ApiKey, condition: dict[str, Any]) -> Order:
    """
    Return the order a key may write to. Raises ValidationError: the same for another's order as for none.
    """
    order = Order.objects.select_related("store").filter(store__in=stores_of(key), **condition).first()
    if order is None:
        raise serializers.ValidationError({"order": ["This key knows no such order."]})
    return order


def own_id(key: str) -> str:
    """
    Return the id of a hand-over that its sender gave none: made from the tracking number, so a repeat is the
    same.
    """
    text = f"number:{key}"
    return text if len(text) <= 64 else f"number:{hashlib.sha256(key.encode()).hexdigest()[:48]}"


def packed(order: Order, given: list[dict[str, Any]] | None, external_id: str) -> tuple[tuple[str, int], ...]:
    """
    Return (line id, quantity) of a parcel; without `given` everything that no other parcel of the order
    carries.

    Raises: ValidationError for a line the order does not have, one named twice, or more of it than was
    bought.
    """
    lines = {line.external_id: line for line in order.lines.all()}
    if given is None:
        others = order.shipments.current().exclude(fulfillment_external_id=external_id)
        taken = dict(
            others.filter(lines__isnull=False)
            .values_list("lines__line__external_id")
            .annotate(units=Sum("lines__quantity"))
        )
        rest = {
            name: line.quantity - taken.get(name, 0) for name, line in lines.items() if line.requires_shipping
        }
        return tuple((name, left) for name, left in rest.items() if left > 0)
    errors: list[dict[str, list[str]]] = []
    seen: set[str] = set()
    for part in given:
        line = lines.get(part["line"])
        wrong: dict[str, list[str]] = {}
        if line is None:
            wrong["line"] = [f"The order has no line “{part['line']}”."]
        elif part["line"] in seen:
            wrong["line"] = ["This line stands twice."]
        elif part["quantity"] > line.ordered_quantity:
            wrong["quantity"] = [f"Only {line.ordered_quantity} were bought."]
        seen.add(part["line"])
        errors.append(wrong)
    if any(errors):
        raise serializers.ValidationError({"lines": errors})
    return tuple((part["line"], part["quantity"]) for part in given)


def fulfillment_data(given: dict[str, Any], *, body: Any, at: datetime) -> FulfillmentData:
    """Return a validated body as the data every source of hand-overs becomes."""
    name = given["carrier"]
    code = detect.carrier_code(name) or re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
    return FulfillmentData(
        external_id=given["external_id"],
        order_external_id=given["order"].external_id,
        version=version(at, canonical(body)),
        lines=given["lines"],
        tracking_numbers=(given["tracking_number"],) if given["tracking_number"] else (),
        tracking_urls=(given["tracking_url"],) if given["tracking_url"] else (),
        carrier=code,
        carrier_name=given["carrier_name"]
        or (detect.carrier_label(code) if detect.carrier_code(name) else name),
        service=given["service"],
        created_at=given.get("shipped_at"),
    )


class ScanIn(Strict):
    """
    One thing that happened to a parcel. Give `at` when the offset from UTC is known, `local` when it is not.

    The same scan sent twice is kept once.
    """

    at = Instant(required=False)
    local = LocalTime(required=False, help_text="Wall-clock time where it happened, without an offset.")
    status = serializers.ChoiceField(choices=Status.choices)
    reason = serializers.ChoiceField(choices=Reason.choices, allow_blank=True, default="")
    action_required = YesNo(default=False, help_text="The shopper has to do something.")
    city = Text(optional=True, max_length=120)
    region = Text(optional=True, max_length=120)
    country = Pattern(*COUNTRY, optional=True, max_length=2, help_text="Two letters.")
    postcode = Text(optional=True, max_length=20)
    code = Text(optional=True, max_length=80, help_text="Your own code for it.")
    message = Text(optional=True, max_length=500, help_text="Your own words for it.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Check that the scan has one time, and none that is still to come."""
        if ("at" in attrs) == ("local" in attrs):
            raise serializers.ValidationError("Give one time: at (with an offset) or local (without).")
        not_ahead(attrs.get("at"), self.context["at"], "at")
        if "local" in attrs:
            not_ahead(attrs["local"].replace(tzinfo=self.context["at"].tzinfo), self.context["at"], "local")
        return attrs


def bound_scans(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Say in the OpenAPI schema how many scans may come at once (a POSTPROCESSING_HOOK)."""
    for form in result["components"]["schemas"]["ScanOrScans"]["oneOf"]:
        if form.get("type") == "array":
            form.update(minItems=1, maxItems=MAX_SCANS)
    return result


def scan_data(given: dict[str, Any]) -> ScanData:
    """Return a validated scan as the data every carrier's word becomes."""
    return ScanData(
        status=Status(given["status"]),
        at=given.get("at"),
        local=given.get("local"),
        reason=Reason(given["reason"]) if given["reason"] else "",
        action_required=given["action_required"],
        place=Place(given["city"], given["region"], given["country"].upper(), given["postcode"]),
        code=given["code"],
        message=given["message"],
    )
