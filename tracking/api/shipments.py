"""/api/v1/shipments/"""

from typing import Any, ClassVar

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from customers.api.auth import key_of
from customers.api.base import ApiView
from customers.api.idempotency import idempotent
from tracking import services
from tracking.api import examples
from tracking.api.filters import ShipmentFilters, filter_shipments, shipments_of
from tracking.api.parcels import MAX_SCANS, ScanIn, ShipmentIn, fulfillment_data, scan_data
from tracking.api.serializers import ShipmentOut
from tracking.models import Scan, Shipment


class Shipments(ApiView, GenericAPIView):
    """All parcels of the key's stores."""

    scopes: ClassVar = {"GET": "shipments:read", "POST": "shipments:write"}
    serializer_class = ShipmentOut
    queryset = Shipment.objects.none()

    @extend_schema(
        tags=["Parcels"],
        operation_id="shipments_list",
        summary="List parcels",
        parameters=[ShipmentFilters],
        responses=ShipmentOut(many=True),
        examples=[examples.SHIPMENT_OUT],
    )
    def get(self, request: Request) -> Response:
        """Newest change first. Parcels whose number the shop took back, and those on their way back to the
        store, are left out."""
        rows = filter_shipments(
            shipments_of(key_of(request)).filter(replaced_at=None, is_return=False),
            ShipmentFilters.read(request),
        )
        return self.get_paginated_response(ShipmentOut(self.paginate_queryset(rows) or [], many=True).data)

    @extend_schema(
        tags=["Parcels"],
        operation_id="shipments_create",
        summary="Create a parcel",
        request=ShipmentIn,
        responses={201: ShipmentOut, 200: ShipmentOut},
        examples=[examples.SHIPMENT_IN, examples.SHIPMENT_OUT],
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """
        Tell of a parcel (201). The same order, `external_id` and tracking number again is the same parcel
        (200).

        We ask the carrier about it from now on, where an account for that carrier is set up; scans of your
        own go to `/api/v1/shipments/{id}/scans/`.
        """
        given = ShipmentIn(data=request.data, context={"at": self.at, "key": key_of(request)})
        given.is_valid(raise_exception=True)
        order = given.validated_data["order"]
        known = set(order.shipments.values_list("pk", flat=True))
        made = services.record_fulfillment(
            store=order.store,
            data=fulfillment_data(given.validated_data, body=request.data, at=self.at),
            at=self.at,
        )
        shipment = shipments_of(key_of(request)).get(pk=made[0].pk)
        address = reverse("api_shipment", args=[shipment.public_id], request=request)
        status = 200 if shipment.pk in known else 201
        return Response(ShipmentOut(shipment).data, status=status, headers={"Location": address})


class OneShipment(ApiView):
    """One parcel."""

    scopes: ClassVar = {"GET": "shipments:read"}

    @extend_schema(
        tags=["Parcels"],
        operation_id="shipments_retrieve",
        summary="Read a parcel",
        responses=ShipmentOut,
        examples=[examples.SHIPMENT_OUT],
    )
    def get(self, request: Request, public_id: str) -> HttpResponse:
        """
        Read one parcel. Send its `ETag` back as `If-None-Match` and an unchanged parcel is answered with 304.
        """
        shipment = get_object_or_404(shipments_of(key_of(request)), public_id=public_id)
        return self.conditional(request, ShipmentOut(shipment).data)


class Scans(ApiView):
    """What happened to a parcel, as a partner tells it."""

    scopes: ClassVar = {"POST": "shipments:write"}

    @extend_schema(
        tags=["Parcels"],
        operation_id="shipments_scans_add",
        summary="Add scans",
        request=PolymorphicProxySerializer(
            "ScanOrScans", [ScanIn, ScanIn(many=True)], resource_type_field_name=None, many=False
        ),
        responses={201: ShipmentOut, 200: ShipmentOut},
        examples=[examples.SCAN_IN, examples.SCANS_IN, examples.SHIPMENT_OUT],
    )
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """
        Add one scan or a list of them in any order; the parcel's state follows from all its scans by their
        time.

        Answers 201 when something was new, 200 when every scan was known.
        """
        shipment = get_object_or_404(shipments_of(key_of(request)), public_id=public_id)
        scans = self._read(request.data)
        before = Scan.objects.filter(shipment=shipment).count()
        services.add_scans(shipment_id=shipment.pk, scans=scans, source="api", at=self.at)
        shipment = shipments_of(key_of(request)).get(pk=shipment.pk)
        status = 201 if len(shipment.scans.all()) > before else 200
        return Response(ShipmentOut(shipment).data, status=status)

    def _read(self, body: Any) -> list[Any]:
        """Return the scans of a body. Raises ValidationError."""
        many = isinstance(body, list)
        if many and not 1 <= len(body) <= MAX_SCANS:
            raise ValidationError(f"Send 1 to {MAX_SCANS} scans at once.")
        given = ScanIn(data=body, many=many, context={"at": self.at})
        given.is_valid(raise_exception=True)
        return [scan_data(scan) for scan in (given.validated_data if many else [given.validated_data])]
