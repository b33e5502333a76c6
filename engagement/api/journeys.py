"""/api/v1/journeys/: read them, let somebody in, see who is where."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from customers.api.auth import key_of, stores_of
from customers.api.base import EARLIEST, ApiView, Filters, Strict, Text
from customers.api.errors import ApiProblem
from customers.api.idempotency import HEADER, once
from customers.api.pages import Cursor, Position
from customers.models import ApiKey
from customers.services import custom_events
from engagement.api.people import PersonIn, customer_of, order_of
from engagement.journeys import services
from engagement.journeys.graph import BadGraph, read
from engagement.journeys.naming import names_of
from engagement.journeys.words import ending_words, step_words, trigger_words, way_words
from engagement.models import Enrolment, Journey
from engagement.vocabulary import Purpose, Topic
from tracking.api.inputs import store_for

JOURNEY: dict[str, Any] = {
    "id": "7d1f0f3e-2a5e-4f6f-9c53-5d0f2f8a4b21",
    "code": "care-tips",
    "name": "Care tips",
    "description": "One day after the last parcel came.",
    "store": "",
    "purpose": "marketing",
    "topic": "tips",
    "state": "LIVE",
    "version": 3,
    "updated_at": "2026-03-10T12:00:00Z",
}
GRAPH: dict[str, Any] = {
    "begins": ["A parcel is delivered", "One run for the order"],
    "steps": [
        {"id": "wait", "type": "wait", "words": "Wait: 1 day", "leads_to": [{"way": "", "step": "tell"}]},
        {
            "id": "tell",
            "type": "message",
            "words": "Send a message: “Care tips”",
            "leads_to": [{"way": "", "step": ""}],
        },
    ],
    "goals": [],
    "exits": ["A return is asked for"],
}
ENROL: dict[str, Any] = {
    "store": "harbour-pine",
    "customer": {"email": "ada@example.com"},
    "data": {"tier": "gold"},
}
ENROLMENT: dict[str, Any] = {
    "id": "a2c9b4d0-44c7-4f0e-8d57-1f9f3f0f6d31",
    "journey": "7d1f0f3e-2a5e-4f6f-9c53-5d0f2f8a4b21",
    "customer": "0b9a2c0e-6f0f-4a3e-9f43-2f6c2b6a7d11",
    "order": "",
    "state": "ACTIVE",
    "step": "wait",
    "why": "",
    "entered_at": "2026-03-10T12:00:00Z",
    "due_at": "2026-03-11T12:00:00Z",
    "ended_at": None,
}


class LeadsOut(serializers.Serializer):
    """Where one way out of a step leads."""

    way = serializers.CharField(help_text="Empty for the only one.")
    step = serializers.CharField(help_text="Empty: it ends.")


class StepOut(serializers.Serializer):
    """One step in words."""

    id = serializers.CharField()
    type = serializers.CharField()
    words = serializers.CharField()
    leads_to = LeadsOut(many=True)


class GraphOut(serializers.Serializer):
    """What is live, in words."""

    begins = serializers.ListField(child=serializers.CharField())
    steps = StepOut(many=True)
    goals = serializers.ListField(child=serializers.CharField())
    exits = serializers.ListField(child=serializers.CharField())


class JourneyOut(serializers.ModelSerializer):
    """A journey."""

    id = serializers.UUIDField(source="public_id")
    store = serializers.SerializerMethodField(help_text="Its slug; empty: every store.")
    purpose = serializers.ChoiceField(choices=Purpose.choices)
    topic = serializers.ChoiceField(choices=Topic.choices, allow_blank=True)
    state = serializers.ChoiceField(choices=Journey.State.choices)
    version = serializers.SerializerMethodField(help_text="The live one's number; 0: nothing is published.")

    class Meta:
        model = Journey
        fields = (
            "id",
            "code",
            "name",
            "description",
            "store",
            "purpose",
            "topic",
            "state",
            "version",
            "updated_at",
        )

    def get_store(self, row: Journey) -> str:
        """Return its store."""
        return row.store.slug if row.store else ""

    def get_version(self, row: Journey) -> int:
        """Return the number of what is live."""
        return row.live.number if row.live else 0


class OneJourneyOut(JourneyOut):
    """A journey with what it does."""

    graph = serializers.SerializerMethodField(help_text="What is live, in words; null: nothing is published.")

    class Meta(JourneyOut.Meta):
        fields = (*JourneyOut.Meta.fields, "graph")  # type: ignore[assignment]

    @extend_schema_field(GraphOut(allow_null=True))
    def get_graph(self, row: Journey) -> Any:
        """Return the live graph in words."""
        return GraphOut(in_words(row)).data if row.live else None


class EnrolmentOut(serializers.ModelSerializer):
    """One run of a journey."""

    id = serializers.UUIDField(source="public_id")
    journey = serializers.UUIDField(source="journey.public_id")
    customer = serializers.SerializerMethodField(help_text="Our `id` of the customer; empty where unknown.")
    order = serializers.SerializerMethodField(help_text="Our `id` of the order it is about; may be empty.")
    state = serializers.ChoiceField(choices=Enrolment.State.choices)
    why = serializers.CharField(help_text="How it ended, or why it did not begin.")

    class Meta:
        model = Enrolment
        fields = (
            "id", "journey", "customer", "order", "state", "step", "why", "entered_at", "due_at", "ended_at",
        )  # fmt: skip

    def get_customer(self, row: Enrolment) -> str:
        """Return who it is."""
        return str(row.customer.public_id) if row.customer else ""

    def get_order(self, row: Enrolment) -> str:
        """Return what it is about."""
        return str(row.order.public_id) if row.order else ""


class EnrolIn(Strict):
    """Whom to let in."""

    store = Text(max_length=50, help_text="The store's slug: whose customer it is.")
    customer = PersonIn()
    order = Text(optional=True, max_length=64, help_text="Of an order it is about: its `external_id`.")
    data = serializers.DictField(  # type: ignore[assignment]
        required=False, help_text="Plain values that rules can ask for as event.<name>, at most 10 kB."
    )


class JourneyFilters(Filters):
    """Which journeys."""

    state = serializers.ChoiceField(choices=Journey.State.choices, required=False)


class EnrolmentFilters(Filters):
    """Which runs."""

    state = serializers.ChoiceField(choices=Enrolment.State.choices, required=False)
    step = Text(required=False, max_length=40)


class ByKey(Cursor):
    """Runs, newest first: a page is a seek by key."""

    @staticmethod
    def _after(queryset: QuerySet[Any], position: Position | None) -> QuerySet[Any]:
        if position is None:
            return queryset.order_by("-pk")
        if position.older:
            return queryset.filter(pk__lt=position.pk).order_by("-pk")
        return queryset.filter(pk__gt=position.pk).order_by("pk")

    @staticmethod
    def _position(row: Any, older: bool) -> Position:
        return Position(EARLIEST, row.pk, older)


def journeys_of(key: ApiKey) -> QuerySet[Journey]:
    """Return the journeys a key may see: those of its stores, and of every store."""
    rows = Journey.objects.select_related("store", "live")
    return rows if key.all_stores else rows.filter(Q(store=None) | Q(store__in=key.stores.all()))


def in_words(row: Journey) -> Mapping[str, Any]:
    """Return what is live of a journey, in words."""
    try:
        graph = read(row.live.graph if row.live else {})
    except BadGraph:
        return {"begins": [], "steps": [], "goals": [], "exits": []}
    names = names_of(row)
    return {
        "begins": trigger_words(graph.trigger, names),
        "steps": [
            {
                "id": step.id,
                "type": step.type,
                "words": step_words(step, names),
                "leads_to": [{"way": way_words(way), "step": target} for way, target in step.ways],
            }
            for step in graph.walk()
        ],
        "goals": [ending_words(one, names) for one in graph.goals],
        "exits": [ending_words(one, names) for one in graph.exits],
    }


class Journeys(ApiView, GenericAPIView):
    """All journeys of the key's stores."""

    scopes: ClassVar = {"GET": "journeys:read"}
    serializer_class = JourneyOut
    queryset = Journey.objects.none()

    @extend_schema(
        tags=["Journeys"],
        operation_id="journeys_list",
        summary="List journeys",
        parameters=[JourneyFilters],
        responses=JourneyOut(many=True),
        examples=[OpenApiExample("Journey", value=JOURNEY, response_only=True)],
    )
    def get(self, request: Request) -> Response:
        """Newest change first."""
        rows = journeys_of(key_of(request)).filter(**JourneyFilters.read(request))
        page = self.paginate_queryset(rows) or []
        return self.get_paginated_response(JourneyOut(page, many=True).data)


class OneJourney(ApiView):
    """One journey."""

    scopes: ClassVar = {"GET": "journeys:read"}

    @extend_schema(
        tags=["Journeys"],
        operation_id="journeys_retrieve",
        summary="Read a journey",
        responses=OneJourneyOut,
        examples=[OpenApiExample("Journey", value={**JOURNEY, "graph": GRAPH}, response_only=True)],
    )
    def get(self, request: Request, public_id: str) -> HttpResponse:
        """Read one journey, with what is live of it in words. `If-None-Match` works as elsewhere."""
        row = get_object_or_404(journeys_of(key_of(request)), public_id=public_id)
        return self.conditional(request, OneJourneyOut(row).data)


class Enrol(ApiView):
    """Let somebody in."""

    scopes: ClassVar = {"POST": "journeys:write"}

    @extend_schema(
        tags=["Journeys"],
        operation_id="journeys_enrol",
        summary="Let a customer into a journey",
        request=EnrolIn,
        responses={201: EnrolmentOut},
        examples=[
            OpenApiExample("Customer", value=ENROL, request_only=True),
            OpenApiExample("Run", value=ENROLMENT, response_only=True, status_codes=["201"]),
        ],
    )
    @once
    def post(self, request: Request, public_id: str) -> Response:
        """
        Let one customer of the store into what is live. The journey's filter and re-entry count as for
        anybody: a run that may not begin comes back REFUSED, and says why. The Idempotency-Key is also the
        run's: sent again, even after a day, it is the same run.

        A journey that is not live, or of another store, is 409.
        """
        key = key_of(request)
        row = get_object_or_404(journeys_of(key), public_id=public_id)
        given = EnrolIn(data=request.data)
        given.is_valid(raise_exception=True)
        told = given.validated_data
        store = store_for(key, told["store"])
        if row.store_id not in (None, store.pk):
            raise ApiProblem("conflict", "This journey is of another store.")
        try:
            data = custom_events.checked(told.get("data", {}))
        except custom_events.BadEvent as exc:
            raise ValidationError({exc.field: [str(exc)]}) from exc
        customer = customer_of(store, told["customer"], make=False, source="", at=self.at)
        try:
            run = services.enrol(
                journey=row,
                customer=customer,
                at=self.at,
                data=data,
                key=f"{key.partner_id}:{request.headers[HEADER]}"[:90],
                order=order_of(store, told["order"], customer),
                store=store,
            )
        except services.CannotDo as exc:
            raise ApiProblem("conflict", str(exc)) from exc
        if run is None:
            raise ApiProblem("conflict", "The journey takes nobody of this store.")
        return Response(EnrolmentOut(run).data, status=201)


class Enrolments(ApiView, GenericAPIView):
    """The runs of a journey."""

    scopes: ClassVar = {"GET": "journeys:read"}
    serializer_class = EnrolmentOut
    queryset = Enrolment.objects.none()
    pagination_class = ByKey

    @extend_schema(
        tags=["Journeys"],
        operation_id="journeys_enrolments",
        summary="List the runs of a journey",
        parameters=[EnrolmentFilters],
        responses=EnrolmentOut(many=True),
        examples=[OpenApiExample("Run", value=ENROLMENT, response_only=True)],
    )
    def get(self, request: Request, public_id: str) -> Response:
        """Newest first: who is where, who has finished, and who was not let in and why."""
        key = key_of(request)
        row = get_object_or_404(journeys_of(key), public_id=public_id)
        rows = Enrolment.objects.filter(journey=row).select_related("journey", "customer", "order")
        if not key.all_stores:
            rows = rows.filter(store__in=stores_of(key))
        page = self.paginate_queryset(rows.filter(**EnrolmentFilters.read(request))) or []
        return self.get_paginated_response(EnrolmentOut(page, many=True).data)
