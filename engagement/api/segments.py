"""/api/v1/segments/: groups of customers, and lists that partners keep."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, ClassVar

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from customers.api.auth import key_of, stores_of
from customers.api.base import ApiView, Filters, QueryInstant, Strict, Text, YesNo
from customers.api.errors import ApiProblem
from customers.api.idempotency import idempotent, once
from customers.api.pages import Cursor, Position
from customers.models import ApiKey, Customer
from engagement.models import Membership, Segment
from engagement.segments import lists
from engagement.segments.words import summary

MAX_PEOPLE = 1000
NEVER = datetime(1990, 1, 1, tzinfo=UTC)  # stands in a cursor that goes by keys alone

SEGMENT: dict[str, Any] = {
    "id": "4c6f0a0e-1d53-4b2b-9a6b-7b1f0c0d2e11",
    "name": "Regulars",
    "description": "",
    "kind": "rules",
    "store": "",
    "words": "Orders is at least 2.",
    "rule": {"all": [{"fact": "profile.orders", "op": "at_least", "value": 2}]},
    "count": 1204,
    "evaluated_at": "2026-03-10T12:00:00Z",
    "created_at": "2026-03-01T09:00:00Z",
    "updated_at": "2026-03-01T09:00:00Z",
}
LIST: dict[str, Any] = {"name": "Spring fair", "store": "harbour-pine"}
PEOPLE: dict[str, Any] = {"add": ["ada@example.com", "+4930123456"], "remove": ["bo@example.com"]}
CHANGED: dict[str, Any] = {"added": 1, "removed": 1, "unknown": ["+4930123456"], "count": 18}


class SegmentOut(serializers.ModelSerializer):
    """A segment or list."""

    id = serializers.UUIDField(source="public_id")
    kind = serializers.ChoiceField(choices=Segment.Kind.choices)
    store = serializers.SerializerMethodField(help_text="Its slug; empty where it is of all stores.")
    words = serializers.SerializerMethodField(help_text="The rule in words; empty for a list.")
    rule = serializers.DictField(help_text="As docs/segments.md has it; {} for a list.")
    count = serializers.IntegerField(help_text="Customers in it when it was looked at.")

    class Meta:
        model = Segment
        fields = (
            "id",
            "name",
            "description",
            "kind",
            "store",
            "words",
            "rule",
            "count",
            "evaluated_at",
            "created_at",
            "updated_at",
        )

    def get_store(self, row: Segment) -> str:
        """Return the slug."""
        return row.store.slug if row.store else ""

    def get_words(self, row: Segment) -> str:
        """Return the rule in words."""
        return summary(row.rule) if row.kind == Segment.Kind.RULES else ""


class MemberOut(serializers.Serializer):
    """A customer in a segment."""

    id = serializers.UUIDField(source="customer.public_id")
    name = serializers.CharField(source="customer.name")
    email = serializers.CharField(source="customer.email")
    phone = serializers.CharField(source="customer.phone")
    language = serializers.CharField(source="customer.language")
    entered_at = serializers.DateTimeField()


class ListIn(Strict):
    """A list to be made."""

    name = Text(max_length=120)
    description = Text(optional=True, max_length=2000)
    store = Text(optional=True, max_length=50, help_text="Its slug. Keys of some stores must name one.")


class PeopleIn(Strict):
    """Who comes and who goes: e-mail addresses, phone numbers, ids in the shop or our ids of customers."""

    add = serializers.ListField(child=Text(max_length=254), max_length=MAX_PEOPLE, required=False)
    remove = serializers.ListField(child=Text(max_length=254), max_length=MAX_PEOPLE, required=False)
    tell = YesNo(default=True, help_text="Whether journeys hear of it.")


class ChangedOut(serializers.Serializer):
    """What came of it."""

    added = serializers.IntegerField(help_text="Who was not on it before.")
    removed = serializers.IntegerField()
    unknown = serializers.ListField(child=serializers.CharField(), help_text="Names nobody, or several.")
    count = serializers.IntegerField(help_text="Customers on it now.")


class SegmentFilters(Filters):
    """Which segments."""

    kind = serializers.ChoiceField(choices=Segment.Kind.choices, required=False)
    store = Text(required=False, max_length=50, help_text="The store's slug.")
    updated_since = QueryInstant(required=False, help_text="Itself changed at or after this time.")


def segments_of(key: ApiKey) -> QuerySet[Segment]:
    """Return the segments a key may see; those of all stores only where the key opens all."""
    rows = Segment.objects.filter(archived_at=None).select_related("store")
    return rows if key.all_stores else rows.filter(store__in=stores_of(key))


class ByCustomer(Cursor):
    """Members by the order of their keys: a page is a seek in the index, however many there are."""

    @staticmethod
    def _after(queryset: QuerySet[Any], position: Position | None) -> QuerySet[Any]:
        if position is None:
            return queryset.order_by("customer_id")
        if position.older:
            return queryset.filter(customer_id__gt=position.pk).order_by("customer_id")
        return queryset.filter(customer_id__lt=position.pk).order_by("-customer_id")

    @staticmethod
    def _position(row: Any, older: bool) -> Position:
        return Position(NEVER, row.customer_id, older)


class Segments(ApiView, GenericAPIView):
    """Segments and lists."""

    scopes: ClassVar = {"GET": "segments:read", "POST": "segments:write"}
    serializer_class = SegmentOut
    queryset = Segment.objects.none()

    @extend_schema(
        tags=["Segments"],
        operation_id="segments_list",
        summary="List segments",
        parameters=[SegmentFilters],
        responses=SegmentOut(many=True),
        examples=[OpenApiExample("A segment", value=SEGMENT, response_only=True)],
    )
    def get(self, request: Request) -> Response:
        """Newest change first. Archived ones are left out. Who comes and goes is no change of the segment."""
        given = SegmentFilters.read(request)
        named = {"kind": "kind", "store": "store__slug", "updated_since": "updated_at__gte"}
        rows = segments_of(key_of(request)).filter(
            **{lookup: given[name] for name, lookup in named.items() if name in given}
        )
        page = self.paginate_queryset(rows) or []
        return self.get_paginated_response(SegmentOut(page, many=True).data)

    @extend_schema(
        tags=["Segments"],
        operation_id="segments_create",
        summary="Make a list",
        request=ListIn,
        responses={201: SegmentOut},
        examples=[
            OpenApiExample("A list", value=LIST, request_only=True),
            OpenApiExample("A segment", value=SEGMENT, response_only=True),
        ],
    )
    @once
    def post(self, request: Request) -> Response:
        """Make an empty list (201). Segments by rules are written by staff. A name that is taken is 409."""
        given = ListIn(data=request.data)
        given.is_valid(raise_exception=True)
        data, key = given.validated_data, key_of(request)
        store = stores_of(key).filter(slug=data["store"]).first() if data["store"] else None
        if (data["store"] or not key.all_stores) and store is None:
            raise ValidationError({"store": ["Name a store that this key opens."]})
        row = Segment(name=data["name"], description=data["description"], kind=Segment.Kind.LIST, store=store)
        try:
            with transaction.atomic():
                row.save()
        except IntegrityError as exc:
            raise ApiProblem("conflict", "There is a segment of that name.") from exc
        address = reverse("api_segment", args=[row.public_id], request=request)
        return Response(SegmentOut(row).data, status=201, headers={"Location": address})


class OneSegment(ApiView):
    """One segment."""

    scopes: ClassVar = {"GET": "segments:read"}

    @extend_schema(
        tags=["Segments"],
        operation_id="segments_retrieve",
        summary="Read a segment",
        responses=SegmentOut,
        examples=[OpenApiExample("A segment", value=SEGMENT, response_only=True)],
    )
    def get(self, request: Request, public_id: str) -> HttpResponse:
        """Read one segment. Send its `ETag` back as `If-None-Match`: unchanged it is answered with 304."""
        row = get_object_or_404(segments_of(key_of(request)), public_id=public_id)
        return self.conditional(request, SegmentOut(row).data)


class Members(ApiView, GenericAPIView):
    """Who is in a segment."""

    scopes: ClassVar = {"GET": "segments:read", "POST": "segments:write"}
    serializer_class = MemberOut
    queryset = Membership.objects.none()
    pagination_class = ByCustomer

    @extend_schema(
        tags=["Segments"],
        operation_id="segments_members",
        summary="List members",
        responses=MemberOut(many=True),
    )
    def get(self, request: Request, public_id: str) -> Response:
        """Everybody in a segment, in an order that does not change. Who left is not here any more."""
        segment = get_object_or_404(segments_of(key_of(request)), public_id=public_id)
        rows = Membership.objects.filter(segment=segment).select_related("customer")
        page = self.paginate_queryset(rows) or []
        return self.get_paginated_response(MemberOut(page, many=True).data)

    @extend_schema(
        tags=["Segments"],
        operation_id="segments_members_change",
        summary="Change a list",
        request=PeopleIn,
        responses=ChangedOut,
        examples=[
            OpenApiExample("Two come, one goes", value=PEOPLE, request_only=True),
            OpenApiExample("What came of it", value=CHANGED, response_only=True),
        ],
    )
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """
        Put customers on a list and take others off. Repeating it changes nothing. Of a segment by rules: 409.

        A key of some stores finds only customers of those stores.
        """
        segment = get_object_or_404(segments_of(key_of(request)), public_id=public_id)
        given = PeopleIn(data=request.data)
        given.is_valid(raise_exception=True)
        if segment.kind != Segment.Kind.LIST:
            raise ApiProblem("conflict", "Who is in a segment by rules is said by its rule.")
        data = given.validated_data
        come, go = data.get("add", []), data.get("remove", [])
        if not come and not go:
            raise ValidationError({"add": ["Name somebody to add or to remove."]})
        found = _meant([*come, *go], segment, key_of(request))
        how = {"segment": segment, "at": self.at, "tell": data["tell"]}
        added = lists.add(customer_ids=[found[text] for text in come if text in found], **how)
        removed = lists.remove(customer_ids=[found[text] for text in go if text in found], **how)
        segment.refresh_from_db()
        unknown = [text for text in dict.fromkeys([*come, *go]) if text not in found]
        return Response({"added": added, "removed": removed, "unknown": unknown, "count": segment.count})


def _meant(texts: Iterable[str], segment: Segment, key: ApiKey) -> dict[str, int]:
    """Return {text: the one customer it means}, among those the key may know of."""
    found = {text: pks for text, pks in lists.known(list(texts), segment).items() if len(pks) == 1}
    pks = {pk for one in found.values() for pk in one}
    if not key.all_stores:
        mine = stores_of(key)
        seen = Q(orders__store__in=mine) | Q(identities__store__in=mine)
        pks = set(Customer.objects.filter(seen, pk__in=pks).values_list("pk", flat=True))
    return {text: next(iter(one)) for text, one in found.items() if one <= pks}
