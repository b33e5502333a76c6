"""What partners may write about returns."""

from typing import Any

from rest_framework import serializers

from customers.api.base import Minor, Strict, Text, Whole, YesNo
from customers.models import ApiKey
from returns.vocabulary import Condition, Disposition, Kind, Method, Outcome, Reason
from tracking.api.fields import Email, Pattern
from tracking.api.inputs import LANGUAGE
from tracking.api.parcels import OrderRefField, find_order

MAX_UNITS = 500


class ItemIn(Strict):
    """Some units of an order line: why they come back, and what is wanted for them."""

    line = Text(max_length=64, help_text="The line's `external_id`.")
    part = Text(optional=True, max_length=64, help_text="Of a bundle: the part's `variant_external_id`.")
    quantity = Whole(min_value=1, max_value=MAX_UNITS, default=1)
    reason = serializers.ChoiceField(choices=Reason.choices)
    outcome = serializers.ChoiceField(choices=Outcome.choices)
    exchange_for = Text(
        optional=True,
        max_length=64,
        help_text="With EXCHANGE: the wanted variant's `external_id`; of a claim the same again if left out.",
    )
    words = Text(optional=True, max_length=500, help_text="The shopper's own words.")


class QuoteIn(Strict):
    """What would come back. Without `items`: what may."""

    order = OrderRefField()
    kind = serializers.ChoiceField(choices=Kind.choices, default=Kind.RETURN)
    items = ItemIn(many=True, required=False, max_length=MAX_UNITS)  # type: ignore[call-arg]
    method = serializers.ChoiceField(
        choices=Method.choices, default=Method.LABEL, help_text="How it is sent; a claim's is NONE."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Find the order. Raises ValidationError: the same for another's order as for none."""
        attrs["order"] = find_order(self.context["key"], attrs["order"])
        if attrs["kind"] == Kind.CLAIM:
            attrs["method"] = Method.NONE
        if sum(item["quantity"] for item in attrs.get("items", ())) > MAX_UNITS:
            raise serializers.ValidationError({"items": [f"At most {MAX_UNITS} units at once."]})
        return attrs


EXPECTED = ("refund_minor", "credit_minor", "due_minor")


class ReturnIn(QuoteIn):
    """A return (or claim) to be made."""

    items = ItemIn(many=True, allow_empty=False, max_length=MAX_UNITS)  # type: ignore[call-arg]
    shipment = serializers.UUIDField(
        required=False, help_text="With CLAIM: the `id` of the parcel it is about."
    )
    email = Email(optional=True, max_length=254, help_text="Where news of it goes; the order's if left out.")
    language = Pattern(*LANGUAGE, optional=True, max_length=10)
    words = Text(optional=True, max_length=2000, help_text="The shopper's own words about all of it.")
    expected_refund_minor = Minor(
        required=False,
        help_text="The `refund_minor` you were quoted. With any of these three, nothing is made for other "
        "sums (409); one that is left out counts as 0.",
    )
    expected_credit_minor = Minor(required=False, help_text="The `credit_minor` you were quoted.")
    expected_due_minor = Minor(required=False, help_text="The `due_minor` you were quoted.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Find the order and the parcel, and see that sums are expected together."""
        attrs = super().validate(attrs)
        named = attrs.get("shipment")
        if named and attrs["kind"] != Kind.CLAIM:
            raise serializers.ValidationError({"shipment": ["Only a claim is about a parcel."]})
        attrs["shipment"] = attrs["order"].shipments.filter(public_id=named).first() if named else None
        if named and attrs["shipment"] is None:
            raise serializers.ValidationError({"shipment": ["The order has no such parcel."]})
        sums = [attrs.pop(f"expected_{name}", None) for name in EXPECTED]
        attrs["seen_minor"] = None if set(sums) == {None} else tuple(each or 0 for each in sums)
        return attrs


class DecisionIn(Strict):
    """A person's decision."""

    by = Text(optional=True, max_length=100, help_text="Who decided, for the record.")


class RejectIn(DecisionIn):
    """A refusal."""

    words = Text(max_length=500, help_text="Why, as the shopper shall read it.")


class ParcelIn(DecisionIn):
    """Which parcel of a return."""

    tracking_number = Text(
        optional=True, max_length=80, help_text="Which one, where there are several; spaces do not matter."
    )


class ReceiveIn(ParcelIn):
    """A parcel has arrived."""

    unannounced = YesNo(default=False, help_text="One more parcel of it, of which we do not know.")


class SeenIn(Strict):
    """What something is like, and what becomes of it."""

    condition = serializers.ChoiceField(choices=Condition.choices)
    disposition = serializers.ChoiceField(
        choices=Disposition.choices, required=False, help_text="By the store's rules if left out."
    )
    note = Text(optional=True, max_length=500, help_text="With DAMAGED: what is broken.")


class InspectedIn(SeenIn):
    """What was seen of one unit."""

    unit = Whole(min_value=1, max_value=2**63 - 1, help_text="The unit's `id` in the return.")
    location = Text(
        optional=True,
        max_length=64,
        help_text="With RESTOCK: the place's id in the shop; where the return was sent if left out.",
    )
    instead = Text(
        optional=True, max_length=120, help_text="With WRONG_ITEM: the bar code or SKU of what came instead."
    )


class UnexpectedIn(SeenIn):
    """Something in a parcel that nobody announced."""

    code = Text(
        optional=True, max_length=120, help_text="Its bar code or SKU; else say in `note` what it is."
    )


class InspectIn(ParcelIn):
    """What was seen of a parcel's units."""

    units = InspectedIn(many=True, required=False, max_length=MAX_UNITS)  # type: ignore[call-arg]
    unexpected = UnexpectedIn(many=True, required=False, max_length=MAX_UNITS)  # type: ignore[call-arg]
    finish = YesNo(
        default=False, help_text="The parcel is done: units not named are missing unless `more_to_come`."
    )
    more_to_come = YesNo(
        default=False, help_text="With `finish`: what is not in this parcel is expected in another one."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """See that something is said, and of each unit once."""
        units = attrs.get("units", [])
        if not (units or attrs.get("unexpected") or attrs["finish"]):
            raise serializers.ValidationError("Send units, unexpected or finish.")
        if attrs["more_to_come"] and not attrs["finish"]:
            raise serializers.ValidationError({"more_to_come": ["This goes with finish."]})
        seen: set[int] = set()
        twice = [unit["unit"] in seen or seen.add(unit["unit"]) for unit in units]  # type: ignore[func-returns-value]
        if any(twice):
            told = [{"unit": ["This unit stands twice."]} if again else {} for again in twice]
            raise serializers.ValidationError({"units": told})
        return attrs


def key_may_see(key: ApiKey) -> dict[str, Any]:
    """Return the condition that keeps a key's returns to its stores."""
    return {} if key.all_stores else {"store__in": key.stores.all()}
