"""
Doors for shops and carriers: verify over the raw bytes, store raw, answer. Reading happens in the worker.
"""

import logging
from datetime import datetime, timedelta

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from customers.models import Store
from tracking.carriers.base import QUERY_TOKEN, BadSignature
from tracking.models import CarrierAccount
from tracking.services.inbound import carrier_of, shop_of, store_inbound

log = logging.getLogger(__name__)

# Kept beside the body, for people who look into a delivery. Never cookies or authorisation.
KEPT_HEADERS = ("content-type", "user-agent")
NOTED_EVERY = timedelta(minutes=1)


def _problem(status: int, detail: str) -> JsonResponse:
    return JsonResponse(
        {"status": status, "detail": detail}, status=status, content_type="application/problem+json"
    )


def _headers(request: HttpRequest) -> dict[str, str]:
    return {name.lower(): value for name, value in request.headers.items()}


def _kept(headers: dict[str, str]) -> dict[str, str]:
    secret = ("signature", "hmac", "token", "auth", "secret")
    named = {k: v for k, v in headers.items() if k in KEPT_HEADERS or k.startswith("x-")}
    return {k: v[:500] for k, v in named.items() if not any(word in k for word in secret)}


def _note(row: Store | CarrierAccount, field: str, at: datetime) -> None:
    """Remember when something last came in or was refused, at most once a minute per row."""
    last = getattr(row, field)
    if last is None or at - last > NOTED_EVERY:
        type(row)._default_manager.filter(pk=row.pk).update(**{field: at})


@csrf_exempt
@require_POST
def shop(request: HttpRequest, slug: str) -> JsonResponse:
    """
    Take a shop's webhook: 200 once it is stored (or was before), 401 for a wrong signature, 404 for an
    unknown shop, 413 for a body over 5 MB.
    """
    at = timezone.now()
    store = Store.objects.filter(slug=slug).first()
    translator = shop_of(store) if store else None
    if store is None or translator is None:
        return _problem(404, "There is no shop here that sends webhooks.")
    try:
        body = request.body
    except RequestDataTooBig:
        return _problem(413, "A delivery may be at most 5 MB.")
    headers = _headers(request)
    if translator.is_ping(headers, body):
        return JsonResponse({"status": "here"})
    try:
        translator.verify(headers, body)
    except BadSignature as exc:
        log.warning("refused a webhook for shop %s: %s", slug, exc)
        _note(store, "last_rejected_at", at)
        return _problem(401, "The signature does not match this shop's secret.")
    told = translator.triggered_at(headers)
    store_inbound(
        source=store.platform,
        topic=translator.topic(headers),
        delivery_id=translator.delivery_id(headers),
        headers=_kept(headers),
        body=body,
        at=at,
        store=store,
        told=told.isoformat() if told else "",
        triggered_at=told,
    )
    _note(store, "last_webhook_at", at)
    return JsonResponse({"status": "stored"})


@csrf_exempt
@require_POST
def carrier(request: HttpRequest, slug: str) -> JsonResponse:
    """Take a carrier's webhook; answers like `shop`."""
    at = timezone.now()
    account = CarrierAccount.objects.filter(slug=slug, enabled=True).first()
    translator = carrier_of(account) if account else None
    if account is None or translator is None:
        return _problem(404, "There is no carrier account here.")
    try:
        body = request.body
    except RequestDataTooBig:
        return _problem(413, "A delivery may be at most 5 MB.")
    headers = _headers(request) | {QUERY_TOKEN: request.GET.get("token", "")}
    translator.received_at = at
    try:
        translator.verify(headers, body)
    except BadSignature as exc:
        log.warning("refused a webhook for carrier account %s: %s", slug, exc)
        _note(account, "last_rejected_at", at)
        return _problem(401, "The signature does not match this account's secret.")
    store_inbound(
        source=account.carrier,
        topic=translator.topic(headers, body),
        delivery_id=translator.delivery_id(headers, body),
        headers=_kept(headers),
        body=body,
        at=at,
        account=account,
    )
    _note(account, "last_webhook_at", at)
    return JsonResponse({"status": "stored"})
