"""/webhooks/sms/<provider>/: verify over the raw bytes, store raw, answer. Reading happens in the worker."""

import hashlib
import logging

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from customers.worker import wake
from engagement.channels.base import ChannelError
from engagement.channels.sms import provider, reports_to
from engagement.sms.base import BadSignature
from tracking.services.inbound import store_inbound

log = logging.getLogger(__name__)


@csrf_exempt
@require_POST
def door(request: HttpRequest, code: str) -> HttpResponse:
    """
    Take a report or a text: 200 once it is stored, 401 for a wrong signature, 404 for any provider but the
    one that is set.
    """
    at = timezone.now()
    if not settings.SMS_PROVIDER or code != settings.SMS_PROVIDER:
        return _problem(404, "There is no such provider here.")
    try:
        body = request.body
    except RequestDataTooBig:
        return _problem(413, "A delivery may be at most 5 MB.")
    headers = {name.lower(): value for name, value in request.headers.items()}
    query = request.META.get("QUERY_STRING", "")
    try:
        signed = reports_to(code) + (f"?{query}" if query else "")
        provider(code).verify(url=signed, headers=headers, body=body, at=at.timestamp())
    except (BadSignature, ChannelError) as exc:
        log.warning("refused a call for texts of %s: %s", code, exc)
        return _problem(401, "The signature does not match the secret we share.")
    store_inbound(
        source=f"sms:{code}",
        topic="",
        delivery_id=hashlib.sha256(body).hexdigest(),
        headers={"content-type": request.META.get("CONTENT_TYPE", "")[:200]},
        body=body,
        at=at,
    )
    wake("inbound")
    # An empty TwiML document: Twilio takes any other words for a text to be sent back.
    return HttpResponse("<Response/>", content_type="text/xml; charset=utf-8")


def _problem(status: int, detail: str) -> JsonResponse:
    return JsonResponse(
        {"status": status, "detail": detail}, status=status, content_type="application/problem+json"
    )
