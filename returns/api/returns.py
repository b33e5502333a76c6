"""/api/v1/returns/: read, quote, create."""

from datetime import datetime
from typing import Any, ClassVar

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from customers.api.auth import key_of, may
from customers.api.base import ApiView
from customers.api.errors import ApiProblem
from customers.api.idempotency import once
from returns.api import examples
from returns.api.filters import ReturnFilters, filter_returns, returns_of
from returns.api.inputs import QuoteIn, ReturnIn
from returns.api.serializers import QuoteOut, ReturnOut, quote_answer
from returns.api.wishes import MOVED_ON, Asked, asked_for, refuse
from returns.models import Return
from returns.services.assess import assess
from returns.services.claims import create_claim
from returns.services.quoting import Quoted
from returns.services.refusals import Changed, Refused
from returns.services.requests import create
from returns.vocabulary import Kind
from returns.wishes import Wish


def shown(request: Request, rows: Any, *, many: bool = False) -> Any:
    """Return returns as the caller may see them."""
    return ReturnOut(rows, many=many, context={"may_act": may(request, "returns:write")}).data


def one(request: Request, pk: int) -> Any:
    """Return one return as the caller may see it, read anew."""
    return shown(request, returns_of(key_of(request)).get(pk=pk))


def refused(exc: Refused) -> Exception:
    """Return the problem that a service's refusal is for a partner."""
    if exc.code in MOVED_ON:
        return ApiProblem("conflict", exc.words)
    return ValidationError({"method" if exc.code == "method" else "items": [exc.words]})


class Returns(ApiView, GenericAPIView):
    """All returns of the key's stores."""

    scopes: ClassVar = {"GET": "returns:read", "POST": "returns:write"}
    serializer_class = ReturnOut
    queryset = Return.objects.none()

    @extend_schema(
        tags=["Returns"],
        operation_id="returns_list",
        summary="List returns",
        parameters=[ReturnFilters],
        responses=ReturnOut(many=True),
        examples=[examples.RETURN_OUT],
    )
    def get(self, request: Request) -> Response:
        """
        Newest change first. To follow changes, remember the latest `updated_at` and ask again with
        `updated_since`.
        """
        rows = filter_returns(returns_of(key_of(request)), ReturnFilters.read(request))
        page = self.paginate_queryset(rows) or []
        return self.get_paginated_response(shown(request, page, many=True))

    @extend_schema(
        tags=["Returns"],
        operation_id="returns_create",
        summary="Create a return or claim",
        request=ReturnIn,
        responses={201: ReturnOut},
        examples=[examples.RETURN_IN, examples.CLAIM_IN, examples.RETURN_OUT],
    )
    @once
    def post(self, request: Request) -> Response:
        """
        Make a return (201), judged by the store's policy as it would be for the shopper: approved at once,
        or in REVIEW. A claim (`kind` CLAIM, nothing is sent back) always goes to review, and so does what
        needs a photo.

        What the policy refuses is 400 and names the item; what is no longer to be had (the window is over,
        returned already, out of stock, other sums than expected) is 409.
        """
        given = ReturnIn(data=request.data, context={"key": key_of(request)})
        given.is_valid(raise_exception=True)
        data = given.validated_data
        asked = asked_for(data["items"], data["order"], kind=data["kind"], method=data["method"], at=self.at)
        refuse(asked.obstacles)
        try:
            ret = _make(data, asked.wishes, at=self.at)
        except Refused as exc:
            raise refused(exc) from exc
        except Changed as exc:
            raise ApiProblem("conflict", _sums(exc.quoted)) from exc
        address = reverse("api_return", args=[ret.public_id], request=request)
        return Response(one(request, ret.pk), status=201, headers={"Location": address})


def _make(data: dict[str, Any], wishes: tuple[Wish, ...], *, at: datetime) -> Return:
    """Make the return or claim of a validated body. Raises: Refused; Changed."""
    told = {name: data[name] for name in ("email", "language", "words", "seen_minor")}
    told |= {"wishes": wishes, "source": Return.Source.API, "at": at}
    if data["kind"] == Kind.CLAIM:
        return create_claim(data["order"], data["shipment"], **told)
    return create(data["order"], method=data["method"], **told)


def _sums(quoted: Quoted) -> str:
    made = quoted.quote
    now = f"refund_minor {made.refund_minor}, credit_minor {made.credit_minor}, due_minor {made.due_minor}"
    return f"It does not come to what you expected. It comes to {now}."


class Quotes(ApiView):
    """What of an order may come back, and what it would come to."""

    scopes: ClassVar = {"POST": "returns:read"}

    @extend_schema(
        tags=["Returns"],
        operation_id="returns_quote",
        summary="Quote a return",
        request=QuoteIn,
        responses=QuoteOut,
        examples=[examples.QUOTE_IN, examples.QUOTE_OUT],
    )
    def post(self, request: Request) -> Response:
        """
        Ask what may come back now (without `items`), and what it would come to (with them). Nothing is
        written, nothing is held.

        `lines` judges by the reasons given in `items`; without one a line counts as allowed when there is a
        reason for which it is. `problems` says why it could not be made like that.
        """
        given = QuoteIn(data=request.data, context={"key": key_of(request)})
        given.is_valid(raise_exception=True)
        data = given.validated_data
        if data.get("items"):
            asked = asked_for(
                data["items"], data["order"], kind=data["kind"], method=data["method"], at=self.at
            )
        else:
            asked = Asked(assess(data["order"], at=self.at, kind=data["kind"]), (), (), None, ())
        return Response(quote_answer(asked))


class OneReturn(ApiView):
    """One return."""

    scopes: ClassVar = {"GET": "returns:read"}

    @extend_schema(
        tags=["Returns"],
        operation_id="returns_retrieve",
        summary="Read a return",
        responses=ReturnOut,
        examples=[examples.RETURN_OUT],
    )
    def get(self, request: Request, public_id: str) -> HttpResponse:
        """
        Read one return. Send its `ETag` back as `If-None-Match` and an unchanged return is answered with 304.
        """
        ret = get_object_or_404(returns_of(key_of(request)), public_id=public_id)
        return self.conditional(request, shown(request, ret))
