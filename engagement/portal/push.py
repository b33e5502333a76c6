"""A browser says where to push to, from an order's page that is open as a whole; and takes it back."""

from datetime import datetime, timedelta

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from config.lib import guarded
from customers.limits import Limit, client_network, hit
from customers.storefront import supported
from engagement import webpush
from engagement.models import PushSubscription
from tracking import access
from tracking.models import Link, Order

PER_NETWORK = Limit("push-network", 60, timedelta(hours=1))
MOST = 10  # browsers per order


def _order(token: str, at: datetime) -> Order:
    link = access.open_token(token, at=at)
    if link is None or link.purpose != Link.Purpose.ACT:
        raise Http404
    return link.order


@require_POST
def subscribe(request: HttpRequest, token: str) -> HttpResponse:
    """
    Keep a browser's subscription (fields endpoint, p256dh, auth) for the order and its customer.

    201; 400 for what is no subscription, 429 when it was too often. It is about this order; advertising by
    push needs a consent of its own.
    """
    at = timezone.now()
    order = _order(token, at)
    if not hit(PER_NETWORK, client_network(request), at=at):
        return JsonResponse({"status": "too many"}, status=429)
    endpoint = request.POST.get("endpoint", "")
    p256dh, auth = request.POST.get("p256dh", ""), request.POST.get("auth", "")
    try:
        guarded.check_address(endpoint)
        webpush.check(p256dh, auth)
    except ValueError:  # Refused and BadSubscription are
        return JsonResponse({"status": "no subscription"}, status=400)
    if not endpoint.startswith("https://") or len(endpoint) > 600:
        return JsonResponse({"status": "no subscription"}, status=400)
    known = PushSubscription.objects.filter(order=order).exclude(endpoint=endpoint).count()
    if known >= MOST:
        return JsonResponse({"status": "too many"}, status=429)
    PushSubscription.objects.update_or_create(
        endpoint=endpoint,
        defaults={
            "customer": order.customer,
            "order": order,
            "store": order.store,
            "p256dh": p256dh,
            "auth": auth,
            "language": supported(request.POST.get("language", ""))[:10],
        },
    )
    return JsonResponse({"status": "on"}, status=201)


@require_POST
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Forget a browser by its endpoint. 200 also when there was none."""
    order = _order(token, timezone.now())
    PushSubscription.objects.filter(order=order, endpoint=request.POST.get("endpoint", "")).delete()
    return JsonResponse({"status": "off"})


@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker, at the root so that it may speak for every page of ours."""
    script = (settings.BASE_DIR / "static" / "js" / "sw.js").read_bytes()
    response = HttpResponse(script, content_type="text/javascript; charset=utf-8")
    response["Service-Worker-Allowed"] = "/"
    return response
