"""The link for whoever is at the address."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from tracking.presentation import Level
from tracking.services import access
from tracking.views.gate import open_visit


@require_POST
def share(request: HttpRequest, token: str) -> HttpResponse:
    """Make the link, or with `action=stop` end it. Whoever may only look is sent to the code first."""
    at = timezone.now()
    visit = open_visit(request, token, at=at)
    if visit.level == Level.SHARE:
        raise Http404
    if visit.level == Level.VIEW:
        return redirect("order_code", token)
    if request.POST.get("action") == "stop":
        access.stop_sharing(visit.order, at=at)
    else:
        access.share(visit.order, at=at)
    return HttpResponseRedirect(reverse("order", args=[token]) + "#share")
