"""Paying what is owed for an exchange: our page of it, and the provider's reports."""

import logging
import uuid

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from customers.models import Store
from returns import tokens
from returns.models import PaymentRequest, Return
from returns.payments.base import BadSignature, Stand
from returns.presentation.payment import payment_page
from returns.services.payment_rounds import heard
from returns.services.payments import Provider, State, take, till_of
from returns.views.status import voice_of
from tracking.presentation import Voice

log = logging.getLogger(__name__)


@require_http_methods(["GET", "HEAD", "POST"])
def pay(request: HttpRequest, token: str, public_id: uuid.UUID) -> HttpResponse:
    """
    What is to be paid, until when, and the way to the provider. GET changes nothing.

    POST pays in the sandbox of a demo, nowhere else. 404 for what is not this return's, with the same body.
    """
    at = timezone.now()
    ret = tokens.open_token(token)
    if ret is None:
        raise Http404
    payment = get_object_or_404(PaymentRequest, ret=ret, public_id=public_id)
    if request.method == "POST":
        if payment.provider != Provider.SANDBOX or not settings.DEMO:
            raise Http404
        if payment.state == State.OPEN:
            take(payment_id=payment.pk, at=at, external_id=payment.external_id)
        return redirect(request.path)
    voice = voice_of(request, ret, at=at)
    response = render(request, "portal/payment.html", _context(ret, payment, voice, token))
    response["Cache-Control"] = "private, no-store"
    return response


def _context(ret: Return, payment: PaymentRequest, voice: Voice, token: str) -> dict[str, object]:
    return {
        "store": ret.store,
        "page": payment_page(payment, voice),
        "number": ret.number,
        "here": reverse("return_pay", args=[token, payment.public_id]),
        "back": f"/r/{token}/",
        "language_tag": voice.tag,
    }


@csrf_exempt
@require_POST
def stripe_webhook(request: HttpRequest, slug: str) -> JsonResponse:
    """
    Take Stripe's report about a page: 200 once it is written down, 401 for a wrong signature, 404 for a store
    without Stripe. A report that comes twice, late or in another order changes nothing.
    """
    at = timezone.now()
    store = Store.objects.filter(slug=slug).first()
    till = till_of(store, Provider.STRIPE) if store else None
    if till is None or not till.webhook_secret:
        return _problem(404, "There is no store here that takes payments.")
    try:
        body = request.body
    except RequestDataTooBig:
        return _problem(413, "A report may be at most 5 MB.")
    try:
        stand = till.told({name.lower(): value for name, value in request.headers.items()}, body, at=at)
    except BadSignature as exc:
        log.warning("refused a payment report for %s: %s", slug, exc)
        return _problem(401, "The signature does not match this store's secret.")
    payment = _meant(store, stand) if stand else None
    if payment is not None and stand is not None:
        heard(payment, stand, at=at)
    return JsonResponse({"status": "noted" if payment else "not ours"})


def _meant(store: Store | None, stand: Stand) -> PaymentRequest | None:
    """Return the payment of this store that a report is about, by our own reference in it."""
    try:
        reference = uuid.UUID(stand.reference)
    except ValueError:
        return None
    rows = PaymentRequest.objects.filter(ret__store=store, provider=Provider.STRIPE)
    return rows.filter(public_id=reference).first()


def _problem(status: int, detail: str) -> JsonResponse:
    return JsonResponse(
        {"status": status, "detail": detail}, status=status, content_type="application/problem+json"
    )
