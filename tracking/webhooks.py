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
from customers.worker import wake
from tracking.carriers.base import QUERY_TOKEN, BadSignature
from tracking.models import CarrierAccount
from tracking.services.inbound import carrier_of, shop_of, store_inbound
from tracking.services.inbound_senders import Sender, read, remembered

log = logging.getLogger(__name__)

# Kept beside the body, for people who look into a delivery. Never cookies or authorisation.
KEPT_HEADERS = ("content-type", "user-agent")
NOTED_EVERY = timedelta(minutes=1)


def _problem(status: int, detail: str) -> JsonResponse:
    return JsonResponse(
        {"status": status, "detail": detail}, status=status, content_type="application/problem+json"
    )


class _Stored(JsonResponse):
    """Says that a delivery is stored, then rings for a worker: the sender does not wait for the bell."""

    def __init__(self) -> None:
        super().__init__({"status": "stored"})

    def close(self) -> None:
        """Ring, now that the answer is on its way. A bell that is not rung costs a minute (see the sweep)."""
        wake("inbound")
        super().close()


def _headers(request: HttpRequest) -> dict[str, str]:
    """Return the request's headers by their lower-case names."""
    named = {name[5:].replace("_", "-").lower(): v for name, v in request.META.items() if name[:5] == "HTTP_"}
    return named | {"content-type": request.META.get("CONTENT_TYPE", "")}


def _kept(headers: dict[str, str]) -> dict[str, str]:
    secret = ("signature", "hmac", "token", "auth", "secret")
    named = {k: v for k, v in headers.items() if k in KEPT_HEADERS or k.startswith(("x-", "shopify-"))}
    return {k: v[:500] for k, v in named.items() if not any(word in k for word in secret)}


def _note(row: Store | CarrierAccount, field: str, at: datetime) -> None:
    """Remember when something last came in or was refused, at most once a minute per row."""
    last = getattr(row, field)
    if last is None or at - last > NOTED_EVERY:
        type(row)._default_manager.filter(pk=row.pk).update(**{field: at})
        setattr(row, field, at)


@csrf_exempt
@require_POST
def shop(request: HttpRequest, slug: str) -> JsonResponse:
    """
    Take a shop's webhook: 200 once it is stored (or was before), 401 for a wrong signature, 404 for an
    unknown shop, 413 for a body over 5 MB.
    """
    at = timezone.now()
    sender = remembered(Store, slug)
    if sender and (answer := _from_shop(request, sender, at)):
        return answer
    sender = read(Store, slug)
    answer = _from_shop(request, sender, at) if sender else None
    return answer or _problem(404, "There is no shop here that sends webhooks.")


def _from_shop(request: HttpRequest, sender: Sender[Store], at: datetime) -> JsonResponse | None:
    """Answer a shop. None: this sender sends nothing, or is not known well enough to say."""
    store = sender.row
    translator = shop_of(store)
    if translator is None:
        return None
    try:
        body = request.body
    except RequestDataTooBig:
        return _problem(413, "A delivery may be at most 5 MB.")
    headers = _headers(request)
    if translator.is_ping(headers, body):  # answered unsigned: only by a store that is this shop now
        return None if sender.version else JsonResponse({"status": "here"})
    try:
        translator.verify(headers, body)
    except BadSignature as exc:
        return _refused(sender, f"shop {store.slug}", exc, at)
    stored = store_inbound(
        source=store.platform,
        topic=translator.topic(headers),
        delivery_id=translator.delivery_id(headers),
        headers=_kept(headers),
        body=body,
        at=at,
        store=store,
        told=translator.occasion(headers),
        triggered_at=translator.triggered_at(headers),
        version=sender.version,
    )
    return _stored(store, at) if stored else None


@csrf_exempt
@require_POST
def carrier(request: HttpRequest, slug: str) -> JsonResponse:
    """Take a carrier's webhook; answers like `shop`."""
    at = timezone.now()
    sender = remembered(CarrierAccount, slug)
    if sender and (answer := _from_carrier(request, sender, at)):
        return answer
    sender = read(CarrierAccount, slug)
    answer = _from_carrier(request, sender, at) if sender else None
    return answer or _problem(404, "There is no carrier account here.")


def _from_carrier(request: HttpRequest, sender: Sender[CarrierAccount], at: datetime) -> JsonResponse | None:
    """Answer a carrier. None: this sender sends nothing, or is not known well enough to say."""
    account = sender.row
    translator = carrier_of(account)
    if translator is None:
        return None
    try:
        body = request.body
    except RequestDataTooBig:
        return _problem(413, "A delivery may be at most 5 MB.")
    headers = _headers(request) | {QUERY_TOKEN: request.GET.get("token", "")}
    translator.received_at = at
    try:
        translator.verify(headers, body)
    except BadSignature as exc:
        return _refused(sender, f"carrier account {account.slug}", exc, at)
    stored = store_inbound(
        source=account.carrier,
        topic=translator.topic(headers, body),
        delivery_id=translator.delivery_id(headers, body),
        headers=_kept(headers),
        body=body,
        at=at,
        account=account,
        version=sender.version,
    )
    return _stored(account, at) if stored else None


def _refused(
    sender: Sender[Store] | Sender[CarrierAccount], who: str, why: BadSignature, at: datetime
) -> JsonResponse | None:
    """Refuse a delivery, but for a sender that is only remembered: its secret may be another by now."""
    if sender.version:
        return None
    log.warning("refused a webhook for %s: %s", who, why)
    _note(sender.row, "last_rejected_at", at)
    return _problem(401, "The signature does not match the secret we share.")


def _stored(row: Store | CarrierAccount, at: datetime) -> JsonResponse:
    _note(row, "last_webhook_at", at)
    return _Stored()
