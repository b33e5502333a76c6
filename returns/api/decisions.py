"""/api/v1/returns/{id}/…: what becomes of a return. Each may move money or stock, once per key."""

from collections.abc import Callable
from functools import wraps
from typing import Any, ClassVar

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from customers.api.auth import key_of
from customers.api.base import ApiView
from customers.api.errors import ApiProblem
from customers.api.idempotency import once
from returns.api import bench, examples
from returns.api.inputs import DecisionIn, InspectIn, ReceiveIn, RejectIn, key_may_see
from returns.api.returns import one
from returns.api.serializers import ReturnOut
from returns.models import Return
from returns.services import finishing, holding, inspection, receiving, requests
from returns.services.refusals import Refused
from returns.states import WrongState

Handler = Callable[..., Response]


def told(handler: Handler) -> Handler:
    """Let what the services refuse because of how things stand be a 409 that says so."""

    @wraps(handler)
    def run(*args: Any, **kwargs: Any) -> Response:
        try:
            return handler(*args, **kwargs)
        except holding.Held as exc:  # who it is is nobody's business outside
            words = "Somebody has this parcel open at the warehouse station. Try again in ten minutes."
            raise ApiProblem("conflict", words) from exc
        except Refused as exc:
            raise ApiProblem("conflict", exc.words) from exc
        except (WrongState, inspection.Finished, receiving.NothingToCome) as exc:
            raise ApiProblem("conflict", str(exc)) from exc

    return run


class Decision(ApiView):
    """What all of them share."""

    scopes: ClassVar = {"POST": "returns:write"}

    def read(
        self, request: Request, public_id: str, form: type[Serializer]
    ) -> tuple[Return, dict[str, Any], str]:
        """
        Return the return, the body, and who says so.

        Raises Http404, the same for another store's as for none; ValidationError.
        """
        key = key_of(request)
        rows = Return.objects.select_related("store")
        ret = get_object_or_404(rows.filter(**key_may_see(key)), public_id=public_id)
        given = form(data=request.data)
        given.is_valid(raise_exception=True)
        data = given.validated_data
        by = f"{key.partner}: {data['by']}" if data["by"] else f"{key.partner} (API)"
        return ret, data, by[:160]


class Approve(Decision):
    """Say yes to what waits for a person."""

    @extend_schema(
        tags=["Returns"],
        operation_id="returns_approve",
        summary="Approve a return",
        request=DecisionIn,
        responses=ReturnOut,
        examples=[examples.DECISION_IN, examples.RETURN_OUT],
    )
    @once
    @told
    def post(self, request: Request, public_id: str) -> Response:
        """
        Approve a return or claim that is in REVIEW: its label is asked for, or, where nothing has to come
        back, money goes. One that is approved already stays as it is; one that has ended is 409.
        """
        ret, _data, by = self.read(request, public_id, DecisionIn)
        requests.approve(ret.pk, at=self.at, by=by)
        return Response(one(request, ret.pk))


class Reject(Decision):
    """Say no to what waits for a person."""

    @extend_schema(
        tags=["Returns"],
        operation_id="returns_reject",
        summary="Refuse a return",
        request=RejectIn,
        responses=ReturnOut,
        examples=[examples.REJECT_IN, examples.RETURN_OUT],
    )
    @once
    @told
    def post(self, request: Request, public_id: str) -> Response:
        """Refuse a return or claim that is in REVIEW. The shopper reads `words`; its units are free again."""
        ret, data, by = self.read(request, public_id, RejectIn)
        requests.reject(ret.pk, words=data["words"], at=self.at, by=by)
        return Response(one(request, ret.pk))


class Cancel(Decision):
    """Take a return back."""

    @extend_schema(
        tags=["Returns"],
        operation_id="returns_cancel",
        summary="Cancel a return",
        request=DecisionIn,
        responses=ReturnOut,
        examples=[examples.DECISION_IN, examples.RETURN_OUT],
    )
    @once
    @told
    def post(self, request: Request, public_id: str) -> Response:
        """
        Cancel a return that was not handed over: its units are free again, its label and held stock are given
        up. One that is on its way, or for which something was sent or paid out, is 409.
        """
        ret, _data, by = self.read(request, public_id, DecisionIn)
        requests.cancel(ret.pk, at=self.at, by=by)
        return Response(one(request, ret.pk))


class Receive(Decision):
    """A parcel is here."""

    @extend_schema(
        tags=["Returns"],
        operation_id="returns_receive",
        summary="Receive a parcel",
        request=ReceiveIn,
        responses=ReturnOut,
        examples=[examples.RECEIVE_IN, examples.RETURN_OUT],
    )
    @once
    @told
    def post(self, request: Request, public_id: str) -> Response:
        """
        Say that a parcel has arrived. What was announced counts as arrived, unless another parcel of the
        same return is still on its way: then each unit arrives as it is inspected. A return that had ended
        goes on.

        Without `tracking_number` it is the only parcel on its way. A parcel that somebody has open at the
        warehouse station is 409.
        """
        ret, data, by = self.read(request, public_id, ReceiveIn)
        parcel = bench.to_receive(ret, data["tracking_number"], unannounced=data["unannounced"], at=self.at)
        holding.hold(parcel.pk, by=holding.System(by))
        receiving.receive(parcel.pk, at=self.at, by=by)
        return Response(one(request, ret.pk))


class Inspect(Decision):
    """What was in a parcel."""

    @extend_schema(
        tags=["Returns"],
        operation_id="returns_inspect",
        summary="Inspect a parcel",
        request=InspectIn,
        responses=ReturnOut,
        examples=[examples.INSPECT_IN, examples.RETURN_OUT],
    )
    @once
    @told
    def post(self, request: Request, public_id: str) -> Response:
        """
        Say what units are like. Until `finish` everything may be said again and nothing follows from it; with
        `finish` stock moves, and money may. A parcel that was not received yet is received by this.

        Without `tracking_number` it is the parcel that is here and not finished. What is finished is
        corrected at the warehouse station only (409); a parcel that somebody has open there is 409, too.
        """
        ret, data, by = self.read(request, public_id, InspectIn)
        parcel = bench.to_inspect(ret, data["tracking_number"])
        system = holding.System(by)
        bench.look_into(ret, parcel, data, by=system, at=self.at)
        if data["finish"]:
            rest = finishing.MORE if data["more_to_come"] else finishing.MISSING
            try:
                finishing.finish(parcel.pk, rest=rest, by=system, at=self.at)
            except inspection.Finished:
                raise
            except inspection.Refused as exc:
                raise ValidationError({"units": [exc.words]}) from exc
        return Response(one(request, ret.pk))
