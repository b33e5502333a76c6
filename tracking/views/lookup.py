"""The front door: order number and e-mail address."""

from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from customers.limits import client_network
from customers.models import Store
from customers.storefront import host_of, speak, store_for_host
from tracking import access as tokens
from tracking.forms import LookupForm
from tracking.services import access
from tracking.services.access import TooMany
from tracking.views.gate import remember_view, too_many


@require_http_methods(["GET", "HEAD", "POST"])
def look_up(request: HttpRequest, slug: str = "") -> HttpResponse:
    """
    Show the form; on POST find the order, or send its link, or say the same for every pair that is wrong.
    """
    store = _store(request, slug)
    speak(request, store.language if store else "")
    if store is None:
        return render(request, "portal/no_store.html")
    form = LookupForm(request.POST or None, store=store)
    context = {"store": store, "form": form, "link_only": access.link_only(store)}
    if request.method != "POST" or not form.is_valid():
        return render(request, "portal/lookup.html", context)
    return _answer(request, store, form, context, at=timezone.now())


def _store(request: HttpRequest, slug: str) -> Store | None:
    if not slug:
        return store_for_host(host_of(request))
    store = Store.objects.filter(slug=slug).first()
    if store is None:
        raise Http404
    return store


def _answer(
    request: HttpRequest, store: Store, form: LookupForm, context: dict[str, object], *, at: datetime
) -> HttpResponse:
    given = access.pair(form.cleaned_data["number"], form.cleaned_data["email"])
    try:
        access.check_lookup(store, given, network=client_network(request), at=at)
    except TooMany as limit:
        return too_many(request, limit, store=store)
    if access.link_only(store):
        access.ask_for_link(store, given, at=at)
        return render(request, "portal/link_sent.html", {"store": store})
    order = access.look_up(store, given)
    if order is None:
        form.add_error(None, _("We find no order with this number and this address. Please check both."))
        return render(request, "portal/lookup.html", context)
    link = access.start_view(order, at=at)
    remember_view(request, link, at=at)
    return redirect("order", tokens.token(link))
