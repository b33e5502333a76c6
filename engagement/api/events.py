"""POST /api/v1/events/: what partners tell in their own words. Journeys begin with it or wait for it."""

from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from customers.api.auth import key_of
from customers.api.base import ApiView, Instant, Strict, Text, YesNo
from customers.api.errors import ApiProblem
from customers.api.idempotency import idempotent
from customers.services import custom_events
from engagement.api.people import PersonIn, customer_of, order_of
from tracking.api.inputs import not_ahead, store_for

EVENT: dict[str, Any] = {
    "store": "harbour-pine",
    "id": "visit-2026-03-10-77",
    "name": "pos.visit",
    "customer": {"email": "ada@example.com"},
    "occurred_at": "2026-03-10T12:00:00Z",
    "data": {"shop": "Portland", "spent_minor": 4800},
}
ANSWER: dict[str, Any] = {
    "id": "visit-2026-03-10-77",
    "kind": "custom.harbour-pine.pos.visit",
    "customer": "0b9a2c0e-6f0f-4a3e-9f43-2f6c2b6a7d11",
    "occurred_at": "2026-03-10T12:00:00Z",
    "new": True,
}


class EventIn(Strict):
    """One thing that happened to one customer."""

    store = Text(max_length=50, help_text="The store's slug.")
    id = Text(max_length=100, help_text="Yours: the same id is the same event, however often it is sent.")
    name = Text(max_length=80, help_text="Small letters, digits and _, with at most one dot.")
    customer = PersonIn()
    create_customer = YesNo(default=False, help_text="Make the customer where the store knows none.")
    order = Text(optional=True, max_length=64, help_text="Of an order it is about: its `external_id`.")
    occurred_at = Instant(help_text="When it happened.")
    data = serializers.DictField(  # type: ignore[assignment]
        required=False,
        help_text="Plain values by name, at most 10 kB; names that end in _id are ours. No personal data.",
    )


class EventOut(serializers.Serializer):
    """The event as we know it."""

    id = serializers.CharField()
    kind = serializers.CharField(help_text="What journeys and segments call it.")
    customer = serializers.UUIDField(help_text="Our `id` of the customer.")
    occurred_at = serializers.DateTimeField()
    new = serializers.BooleanField(help_text="False: it had been told before.")


class Events(ApiView):
    """Custom events."""

    scopes: ClassVar = {"POST": "events:write"}

    @extend_schema(
        tags=["Events"],
        operation_id="events_create",
        summary="Tell an event",
        request=EventIn,
        responses={200: EventOut, 201: EventOut},
        examples=[
            OpenApiExample("Event", value=EVENT, request_only=True),
            OpenApiExample("Answer", value=ANSWER, response_only=True, status_codes=["200", "201"]),
        ],
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """
        Tell what happened (201). An `id` that came before with the same content is the same event (200,
        `new` false); with other content it is 409.

        A customer the store does not know is 400, unless `create_customer` is true. What happened more than
        three days ago starts no marketing.
        """
        key = key_of(request)
        given = EventIn(data=request.data)
        given.is_valid(raise_exception=True)
        told = given.validated_data
        store = store_for(key, told["store"])
        not_ahead(told["occurred_at"], self.at, "occurred_at")
        try:
            custom_events.kind_of(store, told["name"])
            data = custom_events.checked(told.get("data", {}))
            customer = customer_of(
                store,
                told["customer"],
                make=told["create_customer"],
                source=f"api:{key.partner.slug}",
                at=self.at,
            )
            order = order_of(store, told["order"], customer)
            event, new = custom_events.tell(
                store=store,
                name=told["name"],
                event_id=told["id"],
                customer=customer,
                occurred_at=told["occurred_at"],
                data=data,
                subject=order,
                ids={"order_id": order.pk} if order else {},
            )
        except custom_events.BadEvent as exc:
            raise ValidationError({exc.field: [str(exc)]}) from exc
        except custom_events.Told as exc:
            raise ApiProblem("conflict", str(exc)) from exc
        answer = {
            "id": told["id"],
            "kind": event.kind,
            "customer": customer.public_id,
            "occurred_at": event.occurred_at,
            "new": new,
        }
        return Response(EventOut(answer).data, status=201 if new else 200)
