"""What the API says about returns."""

from collections.abc import Iterable, Mapping
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from returns.api.wishes import Asked, Obstacle
from returns.models import Exchange, Refund, Return, ReturnParcel, ReturnUnit, UnexpectedItem
from returns.quote import Quote
from returns.services.assess import Item
from returns.tokens import token
from returns.vocabulary import Condition, Disposition, Kind, Method, Outcome, Reason, State
from tracking.api.links import origin_of


class UnitOut(serializers.ModelSerializer):
    """One piece that comes back."""

    id = serializers.IntegerField(source="pk", help_text="For `inspect`.")
    line = serializers.CharField(source="line.external_id", help_text="The line's `external_id`.")
    part = serializers.SerializerMethodField(
        help_text="Of a bundle: the part's `variant_external_id`, else empty."
    )
    sku = serializers.SerializerMethodField(help_text="Of the piece itself: of the part, for a bundle's.")
    reason = serializers.ChoiceField(choices=Reason.choices)
    outcome = serializers.ChoiceField(choices=Outcome.choices)
    stage = serializers.ChoiceField(choices=ReturnUnit.Stage.choices)
    condition = serializers.ChoiceField(choices=Condition.choices, allow_blank=True)
    disposition = serializers.ChoiceField(choices=Disposition.choices, allow_blank=True)
    value_minor = serializers.IntegerField(help_text="Paid for it: discounts off, tax in.")
    deduction_minor = serializers.IntegerField(help_text="Taken off for its condition.")
    parcel = serializers.SerializerMethodField(help_text="The `position` of the parcel it came in.")

    class Meta:
        model = ReturnUnit
        fields = (
            "id",
            "line",
            "part",
            "sku",
            "reason",
            "words",
            "outcome",
            "keep",
            "value_minor",
            "bonus_minor",
            "deduction_minor",
            "stage",
            "parcel",
            "condition",
            "disposition",
            "arrived_at",
            "inspected_at",
        )

    def get_part(self, unit: ReturnUnit) -> str:
        """Return which part of a bundle it is."""
        return unit.part.part.external_id if unit.part else ""

    def get_parcel(self, unit: ReturnUnit) -> int | None:
        """Return the parcel it was found in."""
        return unit.parcel.position if unit.parcel else None

    def get_sku(self, unit: ReturnUnit) -> str:
        """Return the SKU of what is in the shopper's hands."""
        return unit.variant.sku if unit.part_id and unit.variant else unit.line.sku


class UnexpectedOut(serializers.ModelSerializer):
    """Something that nobody announced, or that came instead of a unit."""

    sku = serializers.SerializerMethodField(help_text="Empty for what we do not know.")
    condition = serializers.ChoiceField(choices=Condition.choices)
    disposition = serializers.ChoiceField(choices=Disposition.choices, allow_blank=True)

    class Meta:
        model = UnexpectedItem
        fields = ("code", "sku", "condition", "disposition", "note", "at")

    def get_sku(self, item: UnexpectedItem) -> str:
        """Return the SKU of a product of the store's."""
        return item.variant.sku if item.variant else ""


class ReturnParcelOut(serializers.ModelSerializer):
    """One parcel on its way back."""

    unexpected = UnexpectedOut(many=True)

    class Meta:
        model = ReturnParcel
        fields = (
            "position",
            "tracking_number",
            "first_scan_at",
            "arrived_at",
            "inspected_at",
            "unexpected",
        )


class RefundOut(serializers.ModelSerializer):
    """One attempt to give money back."""

    id = serializers.UUIDField(source="public_id")
    provider = serializers.ChoiceField(choices=Refund.Provider.choices)
    state = serializers.ChoiceField(choices=Refund.State.choices)

    class Meta:
        model = Refund
        fields = (
            "id",
            "provider",
            "state",
            "amount_minor",
            "currency",
            "shipping_minor",
            "fee_minor",
            "created_at",
            "settled_at",
            "arrives_by",
        )


class ExchangeOut(serializers.ModelSerializer):
    """What goes out in place of what came back."""

    id = serializers.UUIDField(source="public_id")
    state = serializers.ChoiceField(choices=Exchange.State.choices)
    variant = serializers.CharField(source="variant.external_id", help_text="Its `external_id`.")

    class Meta:
        model = Exchange
        fields = ("id", "state", "variant", "quantity", "price_minor", "difference_minor", "order_name")


class SumsOut(serializers.Serializer):
    """What a return comes to, as it is (or was) quoted. An inspection may find less."""

    currency = serializers.CharField()
    goods_minor = serializers.IntegerField(help_text="What was paid for all of it.")
    refund_minor = serializers.IntegerField(help_text="Money back, the fee taken off.")
    credit_minor = serializers.IntegerField(help_text="Store credit, its bonus included.")
    bonus_minor = serializers.IntegerField(help_text="On top, for store credit or exchanges.")
    fee_minor = serializers.IntegerField(help_text="Taken off.")
    shipping_minor = serializers.IntegerField(help_text="Of the order's shipping; in `refund_minor`.")
    due_minor = serializers.IntegerField(help_text="To be paid for dearer exchanges.")
    capped_minor = serializers.IntegerField(help_text="Left out: no more is left of the order's money.")


class ReturnOut(serializers.ModelSerializer):
    """A return with its units, parcels and money."""

    id = serializers.UUIDField(source="public_id")
    store = serializers.CharField(source="store.slug", help_text="The store's slug.")
    order = serializers.UUIDField(source="order.public_id", help_text="The order's `id`.")
    order_number = serializers.CharField(source="order.number")
    kind = serializers.ChoiceField(choices=Kind.choices)
    state = serializers.ChoiceField(choices=State.choices)
    method = serializers.ChoiceField(choices=Method.choices)
    gift = serializers.BooleanField(source="is_gift", help_text="Whoever was given it returns it.")
    units = UnitOut(many=True)
    parcels = ReturnParcelOut(many=True)
    refunds = RefundOut(many=True)
    exchanges = ExchangeOut(many=True)
    quote = serializers.SerializerMethodField(
        help_text="The sums as they were confirmed; null for a parcel that came unasked."
    )
    url = serializers.SerializerMethodField(
        help_text="With `returns:write`: the return's page, with label, code and changes, for whoever "
        "returns it only; else empty."
    )

    class Meta:
        model = Return
        fields = (
            "id",
            "number",
            "kind",
            "store",
            "order",
            "order_number",
            "state",
            "method",
            "source",
            "gift",
            "currency",
            "fee_minor",
            "shipping_minor",
            "overpaid_minor",
            "refund_held",
            "review_why",
            "rejected_words",
            "units",
            "parcels",
            "refunds",
            "exchanges",
            "quote",
            "requested_at",
            "approved_at",
            "handed_over_at",
            "received_at",
            "inspected_at",
            "settled_at",
            "expires_at",
            "ended_at",
            "url",
            "updated_at",
        )

    @extend_schema_field(SumsOut(allow_null=True))
    def get_quote(self, ret: Return) -> dict[str, Any] | None:
        """Return the sums that were agreed to."""
        return SumsOut(Quote.from_json(ret.quote, ret.currency)).data if ret.quote else None

    def get_url(self, ret: Return) -> str:
        """Return the page where its holder may act."""
        return f"{origin_of(ret.store)}/r/{token(ret)}/" if self.context.get("may_act") else ""


class MayOut(serializers.Serializer):
    """What holds for the units of one line, or of one part of a bundle."""

    line = serializers.CharField(help_text="The line's `external_id`.")
    part = serializers.CharField(help_text="Of a bundle: the part's `variant_external_id`, else empty.")
    free = serializers.IntegerField(help_text="How many units can come back now.")
    allowed = serializers.BooleanField()
    words = serializers.CharField(help_text="Why not, as the shopper reads it.")
    reasons = serializers.ListField(
        child=serializers.ChoiceField(choices=Reason.choices), help_text="For which it may come back."
    )
    until = serializers.DateTimeField(allow_null=True, help_text="When the window ends.")
    outcomes = serializers.ListField(child=serializers.ChoiceField(choices=Outcome.choices))
    methods = serializers.ListField(child=serializers.ChoiceField(choices=Method.choices))
    photo = serializers.BooleanField(help_text="A picture is asked for: such a return goes to review.")
    keep = serializers.BooleanField(help_text="It need not be sent.")


class ObstacleOut(serializers.Serializer):
    """Why something could not come back as asked."""

    item = serializers.IntegerField(
        allow_null=True, help_text="Its place in `items`, from 0; null: all of it."
    )
    code = serializers.CharField(
        help_text="For programs, e.g. closed, nothing_left, no_stock, outcome, method."
    )
    words = serializers.CharField(help_text="As the shopper reads it.")


class QuotedUnitOut(serializers.Serializer):
    """What one unit comes to."""

    item = serializers.IntegerField(help_text="The place of its item in `items`, from 0.")
    value_minor = serializers.IntegerField(help_text="Paid for it: discounts off, tax in.")
    bonus_minor = serializers.IntegerField()
    fee_minor = serializers.IntegerField(help_text="Its own share of a fee in per cent.")
    price_minor = serializers.IntegerField(help_text="Of what is wanted in exchange, tax in.")
    difference_minor = serializers.IntegerField(
        help_text="What the exchange gives back; below 0: what it still costs."
    )
    keep = serializers.BooleanField(source="kept", help_text="It need not be sent.")


class QuoteOut(serializers.Serializer):
    """What may come back, and what it would come to."""

    order = serializers.UUIDField(help_text="The order's `id`.")
    policy_version = serializers.IntegerField(help_text="The version of the policy; 0: the house's.")
    lines = MayOut(many=True)
    quote = SumsOut(
        allow_null=True, help_text="The sums; null without `items`, or when none of them can be had."
    )
    units = QuotedUnitOut(many=True, help_text="Each unit asked for, in the order of `items`.")
    problems = ObstacleOut(many=True, help_text="Why it could not be made like that; empty: it could.")


def quote_answer(asked: Asked) -> dict[str, Any]:
    """Return what QuoteOut shows of what was asked for."""
    made = asked.quoted.quote if asked.quoted else None
    by_key = {unit.key: unit for unit in made.units} if made else {}
    units = [
        {"item": item, **_figures(by_key[wish.key])}
        for wish, item in zip(asked.wishes, asked.items, strict=True)
        if wish.key in by_key
    ]
    return QuoteOut(
        {
            "order": asked.assessment.order.public_id,
            "policy_version": asked.assessment.version.number if asked.assessment.version else 0,
            "lines": may_come_back(asked.assessment.items),
            "quote": made,
            "units": units,
            "problems": [_told(each) for each in asked.obstacles],
        }
    ).data


def _figures(unit: Any) -> dict[str, Any]:
    names = ("value_minor", "bonus_minor", "fee_minor", "price_minor", "difference_minor", "kept")
    return {name: getattr(unit, name) for name in names}


def _told(obstacle: Obstacle) -> Mapping[str, Any]:
    return {"item": obstacle.item, "code": obstacle.code, "words": obstacle.words}


def may_come_back(items: Iterable[Item]) -> list[dict[str, Any]]:
    """Return what an assessment says, as MayOut shows it."""
    return [
        {
            "line": item.line.external_id,
            "part": item.part.part.external_id if item.part else "",
            "free": len(item.free),
            "allowed": item.verdict.allowed and bool(item.free),
            "words": item.verdict.words,
            "reasons": item.reasons,
            "until": item.verdict.until,
            "outcomes": item.verdict.outcomes,
            "methods": item.verdict.methods,
            "photo": item.verdict.photo,
            "keep": item.verdict.keep,
        }
        for item in items
    ]
