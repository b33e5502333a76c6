"""The link for who was given something: made and ended by the buyer."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from returns.services.moves import settings_of
from tracking import access
from tracking.models import Link
from tracking.presentation import Level
from tracking.views.gate import open_visit


@require_POST
def gift_link(request: HttpRequest, token: str) -> HttpResponse:
    """Make the link, or with `action=stop` end it. Whoever may only look is sent to the code first."""
    at = timezone.now()
    visit = open_visit(request, token, at=at)
    if visit.level == Level.SHARE:
        raise Http404
    if visit.level == Level.VIEW:
        return redirect("order_code", token)
    if request.POST.get("action") == "stop":
        living = Link.objects.filter(order=visit.order, purpose=Link.Purpose.GIFT, revoked_at=None)
        living.update(revoked_at=at)
    else:
        rules = settings_of(visit.order.store)
        if not (rules.enabled and rules.gift_returns):
            raise Http404
        access.link_for(visit.order, Link.Purpose.GIFT, at=at)
    return HttpResponseRedirect(reverse("order", args=[token]) + "#gift")
