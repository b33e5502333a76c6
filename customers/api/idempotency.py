"""
`Idempotency-Key` on a POST: the request takes effect once, and every repeat gets the first answer again.
"""

import hashlib
import re
import uuid
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import DateTimeField, ExpressionWrapper, Q
from django.db.models.functions import Now
from django.http import HttpResponse
from django.utils import timezone
from rest_framework.exceptions import ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from customers.api.auth import key_of
from customers.api.errors import ApiProblem
from customers.models import ApiAnswer

HEADER = "Idempotency-Key"
KEPT = timedelta(hours=24)
LEASE = timedelta(minutes=1)  # how long a request that was killed keeps its repeats waiting
NAME = re.compile(r"[\x21-\x7e]{1,255}", re.ASCII)

Handler = Callable[..., Response]


def idempotent(handler: Handler) -> Callable[..., HttpResponse]:
    """
    Let a view's POST be repeated safely under an Idempotency-Key; without the header the handler runs as it
    is.

    The handler's changes and the kept answer commit together, so a request that is killed leaves neither and
    its repeat starts afresh. Only successes are kept: after an error the same key may be used again. Raises
    ApiProblem 409 while the first request runs, 422 when the key was used for another request.
    """

    @wraps(handler)
    def run(view: APIView, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        name = request.headers.get(HEADER)
        if name is None:
            return handler(view, request, *args, **kwargs)
        if not NAME.fullmatch(name):
            raise ValidationError({HEADER: ["1 to 255 visible ASCII characters, e.g. a UUID."]})
        answer = _claim(request, name)
        if answer.status is not None:
            return _replay(answer)
        try:
            with transaction.atomic():
                response = handler(view, request, *args, **kwargs)
                _keep(answer, response)
        except BaseException:
            ApiAnswer.objects.filter(pk=answer.pk, claim=answer.claim).delete()
            raise
        return response

    run.needs_key = False  # type: ignore[attr-defined]
    return run


def once(handler: Handler) -> Callable[..., HttpResponse]:
    """As `idempotent`, for what makes something or moves money: refused (400) without the header."""
    inner = idempotent(handler)

    @wraps(handler)
    def run(view: APIView, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.headers.get(HEADER) is None:
            raise ValidationError({HEADER: ["Send one, e.g. a UUID: a repeat must not do it again."]})
        return inner(view, request, *args, **kwargs)

    run.needs_key = True  # type: ignore[attr-defined]
    return run


def _fingerprint(request: Request) -> str:
    return hashlib.sha256(b"\n".join([b"POST", request.get_full_path().encode(), request.body])).hexdigest()


def _claim(request: Request, name: str) -> ApiAnswer:
    """Return the kept answer, or a fresh claim of ours (status None). Raises ApiProblem 409 or 422."""
    at, token, key = timezone.now(), uuid.uuid4(), key_of(request)
    lease = ExpressionWrapper(Now() + LEASE, output_field=DateTimeField())
    fresh = {
        "fingerprint": _fingerprint(request),
        "claim": token,
        "leased_until": lease,
        "status": None,
        "body": "",
    }
    rows = ApiAnswer.objects.filter(api_key=key, name=name)
    try:
        with transaction.atomic():
            return ApiAnswer.objects.create(api_key=key, name=name, created_at=at, **fresh)
    except IntegrityError:
        pass
    # Taken over when it has served its time, or when whoever worked on it was killed.
    killed = Q(status=None, leased_until__lt=Now(), fingerprint=fresh["fingerprint"])
    if rows.filter(killed | Q(created_at__lt=at - KEPT)).update(created_at=at, **fresh):
        return ApiAnswer(pk=rows.values_list("pk", flat=True).get(), claim=token)
    known = rows.first()
    if known is not None and known.fingerprint != fresh["fingerprint"]:
        raise ApiProblem("idempotency_mismatch", f"This {HEADER} came with another body or address before.")
    if known is None or known.status is None:
        raise ApiProblem("in_progress", "Repeat it in a moment.", {"Retry-After": "1"})
    return known


def _keep(answer: ApiAnswer, response: Response) -> None:
    """
    Store the answer in the handler's transaction. Raises ApiProblem 409 when the claim was lost (fencing).
    """
    held = ApiAnswer.objects.filter(pk=answer.pk, claim=answer.claim)
    kept = held.update(
        status=response.status_code,
        headers={name: value for name, value in response.items() if name in ("Location", "ETag")},
        body=JSONRenderer().render(response.data).decode(),
        claim=None,
        leased_until=None,
    )
    if not kept:
        raise ApiProblem("in_progress", "Another request with this key took over.", {"Retry-After": "1"})


def _replay(answer: ApiAnswer) -> HttpResponse:
    response = HttpResponse(answer.body, status=answer.status, content_type="application/json")
    for name, value in {**answer.headers, "Idempotency-Replayed": "true"}.items():
        response.headers[name] = value
    return response
