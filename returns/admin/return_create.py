"""The page on which staff make a return for a shopper: the same rules, the same sums, the same services."""

import uuid
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from config.lib.money import Money
from config.lib.staff.pages import ReadOnlyAdmin
from returns.models import Return
from returns.services import requests
from returns.services.assess import Assessment, Item, assess
from returns.services.exchanges import offers
from returns.services.quoting import Quoted
from returns.services.refusals import Changed, Refused
from returns.vocabulary import OF_RETURNS, Method, Outcome, Reason
from returns.wishes import Wish
from tracking.models import Order

MAKE = "returns.add_return"
BEYOND = "returns.change_policy"  # who may change the policy may set it aside
WAYS = [(one.value, one.label) for one in Method if one != Method.NONE]


class WishForm(forms.Form):
    """How many of one item come back, why, and what for."""

    count = forms.TypedChoiceField(label="How many", coerce=int, required=False, empty_value=None)
    reason = forms.ChoiceField(
        label="Why", required=False, choices=[("", "–"), *((r, Reason(r).label) for r in OF_RETURNS)]
    )
    outcome = forms.ChoiceField(label="What they get", required=False, choices=Outcome.choices)
    variant = forms.TypedChoiceField(label="In exchange for", coerce=int, required=False, empty_value=None)

    def __init__(self, data: Any, item: Item) -> None:
        part = item.part.pk if item.part else 0
        super().__init__(data, prefix=f"item-{item.line.pk}-{part}")
        self.item = item
        self.fields["count"].choices = [(n, str(n)) for n in range(len(item.free) + 1)]  # type: ignore[attr-defined]
        found = offers(item.variant) if item.variant else []
        self.fields["variant"].choices = [("", "–")] + [  # type: ignore[attr-defined]
            (one.variant.pk, f"{one.variant.title or one.variant}{'' if one.available else ' (none left)'}")
            for one in found
        ]

    def clean(self) -> dict[str, Any]:
        """Ask why, and for what in exchange, of what is chosen."""
        told = super().clean() or self.cleaned_data
        if told.get("count"):
            if not told.get("reason"):
                self.add_error("reason", "Choose why.")
            if told.get("outcome") == Outcome.EXCHANGE and not told.get("variant"):
                self.add_error("variant", "Choose what they get.")
        return told

    def wishes(self) -> Iterator[Wish]:
        """Yield a wish for each chosen piece."""
        told, item = self.cleaned_data, self.item
        exchanged = told["outcome"] == Outcome.EXCHANGE
        for index, part_index in item.free[: told["count"] or 0]:
            yield Wish(
                line_id=item.line.pk,
                index=index,
                part_id=item.part.pk if item.part else None,
                part_index=part_index,
                reason=told["reason"],
                outcome=told["outcome"],
                variant_id=told["variant"] if exchanged else None,
            )


class WholeForm(forms.Form):
    """What holds for all of it. `token` makes one return of a form sent twice."""

    method = forms.ChoiceField(label="How it comes back", choices=WAYS)
    words = forms.CharField(
        label="The shopper’s words", max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    beyond = forms.CharField(
        label="Why it goes beyond the policy",
        max_length=300,
        required=False,
        help_text="Only where the policy says no. It is kept with the return, with your name.",
    )
    token = forms.UUIDField(widget=forms.HiddenInput)
    seen = forms.CharField(max_length=80, required=False, widget=forms.HiddenInput)


class Creating(ReadOnlyAdmin):
    """The view that makes a return of an order."""

    def create(self, request: HttpRequest) -> HttpResponse:
        """Ask what comes back (`?order=`), show what it comes to, then make it."""
        if not request.user.has_perm(MAKE):
            raise PermissionDenied
        order = _order(request.GET.get("order", ""))
        if order is None:
            self.message_user(
                request, "Choose the order first; “Make a return” is on its page.", messages.INFO
            )
            return HttpResponseRedirect(reverse("admin:tracking_order_changelist"))
        at = timezone.now()
        assessment = assess(order, at=at)
        posted = request.POST if request.method == "POST" else None
        rows = [WishForm(posted, item) for item in assessment.items if item.free]
        whole = WholeForm(posted, initial={"token": uuid.uuid4()})
        if not request.user.has_perm(BEYOND):
            del whole.fields["beyond"]
        context: dict[str, Any] = {"problem": "", "quoted": None}
        if posted is not None and all(each.is_valid() for each in (*rows, whole)):
            wishes = [wish for row in rows for wish in row.wishes()]
            made = self._asked(request, order, wishes, whole, context, at)
            if made is not None:
                self.log_change(request, made, f"Made for the shopper: {made.number}.")
                self.message_user(request, f"{made.number} is made.", messages.SUCCESS)
                return HttpResponseRedirect(self.address("change", made.pk))
        return TemplateResponse(
            request,
            "admin/returns/return/create.html",
            self._page(request, order, assessment, rows, whole) | context,
        )

    def _asked(
        self,
        request: HttpRequest,
        order: Order,
        wishes: list[Wish],
        whole: WholeForm,
        context: dict[str, Any],
        at: datetime,
    ) -> Return | None:
        """Make the return, or put its sums (or what is wrong) into the page's context."""
        told = whole.cleaned_data
        beyond = told.get("beyond", "").strip()
        if not wishes:
            context["problem"] = "Choose at least one piece."
            return None
        try:
            quoted = requests.quoted_for(order, wishes, method=told["method"], at=at, beyond=beyond)
            seen = ",".join(str(minor) for minor in quoted.quote.seen_minor)
            context |= {"quoted": quoted, "seen": seen, "sums": _sums(quoted)}
            if "make" not in request.POST:
                return None
            if told["seen"] != seen:
                context["problem"] = "What it comes to has changed. Look at it once more."
                return None
            return requests.create(
                order,
                wishes=wishes,
                method=told["method"],
                at=at,
                source=Return.Source.STAFF,
                words=told["words"],
                seen_minor=quoted.quote.seen_minor,
                key=f"staff:{told['token']}",
                beyond=beyond,
                by=str(request.user),
            )
        except Refused as exc:
            context["problem"] = exc.words
        except Changed:
            context |= {"problem": "What it comes to has changed. Look at it once more.", "quoted": None}
        return None

    def _page(
        self,
        request: HttpRequest,
        order: Order,
        assessment: Assessment,
        rows: list[WishForm],
        whole: WholeForm,
    ) -> dict[str, Any]:
        return {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Make a return",
            "subtitle": f"Order {order.number}",
            "lists": self.called,
            "list_url": self.address("changelist"),
            "row_url": reverse("admin:tracking_order_change", args=[order.pk]),
            "order": order,
            "rows": rows,
            "left_out": [item for item in assessment.items if not item.free],
            "whole": whole,
        }


def _sums(quoted: Quoted) -> list[tuple[str, str]]:
    quote = quoted.quote
    parts = (
        ("Back to the shopper", quote.refund_minor),
        ("Store credit", quote.credit_minor),
        ("Return fee, taken off", quote.fee_minor),
        ("Shipping in it", quote.shipping_minor),
        ("The shopper pays", quote.due_minor),
    )
    told = [(label, str(Money(minor, quote.currency))) for label, minor in parts if minor]
    return told or [("Back to the shopper", str(Money(0, quote.currency)))]


def _order(told: str) -> Order | None:
    if not told.isdecimal():
        return None
    return Order.objects.select_related("store", "customer").filter(pk=int(told)).first()
