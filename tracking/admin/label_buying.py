"""The page that buys a label for an order: fill in, see prices, buy."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from config.lib.staff import cells
from config.lib.staff.pages import ReadOnlyAdmin
from tracking.admin.label_forms import DIRECTIONS, BuyForms, choice_of, forms_for
from tracking.labels.base import LabelError
from tracking.models import Label, Order
from tracking.services.label_requests import label_accounts, quote
from tracking.services.labels import not_wanted, request_label


class Buying(ReadOnlyAdmin):
    """The view that buys, for the list of labels."""

    def buy(self, request: HttpRequest) -> HttpResponse:
        """Ask for a parcel's ends and weight, show services with prices, buy the chosen one."""
        if not request.user.has_perm("tracking.add_label"):
            raise PermissionDenied
        order = _order(request.GET.get("order", ""))
        if order is None:
            self.message_user(request, "Choose the order first; “Buy a label” is on its page.", messages.INFO)
            return HttpResponseRedirect(reverse("admin:tracking_order_changelist"))
        direction = request.GET.get("direction", "")
        if direction not in Label.Direction.values:
            direction = Label.Direction.OUTBOUND
        forms = forms_for(request, order, direction)
        context: dict[str, Any] = {"rates": None, "problem": ""}
        if request.method == "POST" and forms.is_valid():
            answer = self._bought(request, forms, context)
            if answer is not None:
                return answer
        return TemplateResponse(
            request, "admin/tracking/label/buy.html", self._page(request, forms) | context
        )

    def _bought(self, request: HttpRequest, forms: BuyForms, context: dict[str, Any]) -> HttpResponse | None:
        """Buy, or put prices (or what is wrong) into the page's context."""
        at, service = timezone.now(), request.POST.get("service", "")
        account = forms.parcel.cleaned_data["account"]
        reason = "" if forms.is_return else not_wanted(forms.order)
        if reason:
            context["problem"] = reason
            return None
        try:
            if "buy" in request.POST and service:
                label = request_label(
                    store=forms.order.store,
                    account=account,
                    order=forms.order,
                    purpose=f"staff:{forms.parcel.cleaned_data['token']}",
                    request=forms.request(service),
                    packing=[(line.external_id, count) for line, count in forms.chosen()],
                    at=at,
                    by=str(request.user),
                )
                self.log_change(request, forms.order, f"Asked for label {label.pk} ({account}, {service}).")
                self.message_user(request, "The label is being bought.", messages.SUCCESS)
                return HttpResponseRedirect(self.address("change", label.pk))
            context["rates"] = [
                {
                    "rate": rate,
                    "choice": choice_of(rate),
                    "cost": cells.sum_of(rate.amount_minor, rate.currency),
                }
                for rate in quote(account=account, request=forms.request(), at=at)
            ]
            context["chosen"] = service
            if "buy" in request.POST:
                context["problem"] = "Choose a service."
        except LabelError as exc:
            context["problem"] = str(exc)
        return None

    def _page(self, request: HttpRequest, forms: BuyForms) -> dict[str, Any]:
        here = f"{self.address('buy')}?order={forms.order.pk}"
        return {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"Buy a label for order {forms.order.number}",
            "order": forms.order,
            "forms": forms,
            "directions": [
                {"url": f"{here}&direction={code}", "words": words, "here": code == forms.direction}
                for code, words in DIRECTIONS
            ],
            "accounts": bool(label_accounts()),
        }


def _order(told: str) -> Order | None:
    rows = Order.objects.select_related("store", "customer")
    return rows.filter(pk=int(told)).first() if told.isdecimal() and len(told) < 18 else None
