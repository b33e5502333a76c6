"""/api/v1/orders/"""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from customers.api.auth import key_of, may
from customers.api.base import ApiView
from customers.api.idempotency import idempotent
from tracking import services
from tracking.api import examples
from tracking.api.filters import OrderFilters, filter_orders, orders_of
from tracking.api.inputs import OrderIn, order_data, store_for
from tracking.api.links import page_addresses
from tracking.api.serializers import OrderOut
from tracking.models import Link, Order


def shown(request: Request, orders: Sequence[Order]) -> Any:
    """Return orders as the caller may see them."""
    purpose = Link.Purpose.ACT if may(request, "orders:write") else Link.Purpose.SHARE
    return OrderOut(orders, many=True, context={"urls": page_addresses(orders, purpose)}).data


class Orders(ApiView, GenericAPIView):
    """All orders of the key's stores."""

    scopes: ClassVar = {"GET": "orders:read", "POST": "orders:write"}
    serializer_class = OrderOut
    queryset = Order.objects.none()

    @extend_schema(
        tags=["Orders"],
        operation_id="orders_list",
        summary="List orders",
        parameters=[OrderFilters],
        responses=OrderOut(many=True),
        examples=[examples.ORDER_OUT],
    )
    def get(self, request: Request) -> Response:
        """
        Newest change first. To follow changes, remember the latest `updated_at` and ask again with
        `updated_since`.
        """
        rows = filter_orders(orders_of(key_of(request)), OrderFilters.read(request))
        return self.get_paginated_response(shown(request, self.paginate_queryset(rows) or []))

    @extend_schema(
        tags=["Orders"],
        operation_id="orders_upsert",
        summary="Create or update an order",
        request=OrderIn,
        responses={201: OrderOut, 200: OrderOut},
        examples=[examples.ORDER_IN, examples.ORDER_OUT],
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """
        Create the order (201), or bring the one with the same `store` and `external_id` up to date (200).

        Send the whole order each time. A body whose `updated_at` is older than what we hold changes nothing
        and is answered with the order as it stands. Lines left out of an update stay with quantity 0: parcels
        may carry them.
        """
        given = OrderIn(data=request.data, context={"at": self.at})
        given.is_valid(raise_exception=True)
        store = store_for(key_of(request), given.validated_data["store"])
        known = Order.objects.filter(store=store, external_id=given.validated_data["external_id"]).exists()
        order = services.record_order(
            store=store,
            data=order_data(given.validated_data, store=store, body=request.data, at=self.at),
            at=self.at,
        )
        data = shown(request, [orders_of(key_of(request)).get(pk=order.pk)])[0]
        address = reverse("api_order", args=[order.public_id], request=request)
        return Response(data, status=200 if known else 201, headers={"Location": address})


class OneOrder(ApiView):
    """One order."""

    scopes: ClassVar = {"GET": "orders:read"}

    @extend_schema(
        tags=["Orders"],
        operation_id="orders_retrieve",
        summary="Read an order",
        responses=OrderOut,
        examples=[examples.ORDER_OUT],
    )
    def get(self, request: Request, public_id: str) -> HttpResponse:
        """
        Read one order. Send its `ETag` back as `If-None-Match` and an unchanged order is answered with 304.
        """
        order = get_object_or_404(orders_of(key_of(request)), public_id=public_id)
        return self.conditional(request, shown(request, [order])[0])
