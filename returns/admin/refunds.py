"""Money that goes back for returns: every attempt, and what a person can do where the machine cannot."""

from collections.abc import Mapping
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone

from config.lib.staff import cells
from config.lib.staff.pages import Need, NotDone, ReadOnlyAdmin
from customers.models import User
from returns.admin.money_form import form_page
from returns.models import Refund
from returns.services import ledger
from tracking.services.shop_staff import NotNow

State, Provider = Refund.State, Refund.Provider
TONES: Mapping[str, str] = {
    State.PENDING: cells.BUSY,
    State.SUCCEEDED: cells.GOOD,
    State.FAILED: cells.BAD,
    State.UNKNOWN: cells.WARN,
    State.STAFF: cells.BAD,
}


class ByHandForm(forms.Form):
    """The number of what a person has done."""

    reference = forms.CharField(
        label="Its number",
        max_length=120,
        required=False,
        help_text="Of the transfer, or of the refund in the shop. Leave it empty where there is none.",
    )


@admin.register(Refund)
class RefundAdmin(ReadOnlyAdmin):
    """The ledger. A row never changes its sum and is never deleted; a new attempt is a new row."""

    plural = "Refunds"
    state_pill = staticmethod(cells.status("state", "State", TONES))
    list_display = (
        "of_return",
        "state_pill",
        cells.amount("amount_minor", "Amount"),
        "provider",
        "for_order",
        "words",
        cells.when("created_at", "Asked for"),
        cells.when("settled_at", "Done"),
    )
    list_filter = ("state", "provider", "ret__store")
    list_select_related = ("ret", "order", "action")
    search_fields = ("ret__number", "order__number_key", "external_id", "purpose")
    search_help_text = "The return's number, the order's number, or the provider's number."
    ordering = ("-created_at",)
    actions = ("again", "by_stripe", "by_hand")
    buttons = ("again", "by_stripe", "by_hand")
    needs = (
        Need("Refunds that did not work", cells.BAD, {"state__exact": State.FAILED}),
        Need("Refunds for a person", cells.BAD, {"state__exact": State.STAFF}),
    )
    columns = (
        ("Return", lambda row: row.ret.number),
        ("Order", lambda row: row.order.number),
        ("State", lambda row: row.state),
        ("Provider", lambda row: row.provider),
        ("Amount", lambda row: row.amount_minor),
        ("Currency", lambda row: row.currency),
        ("Shipping", lambda row: row.shipping_minor),
        ("Fee", lambda row: row.fee_minor),
        ("Attempt", lambda row: row.attempt),
        ("Number", lambda row: row.external_id),
        ("Asked for", lambda row: row.created_at),
        ("Done", lambda row: row.settled_at),
        ("By", lambda row: row.by),
    )
    fieldsets = (
        (None, {"fields": ("of_return", "for_order", "state_pill", "words", "sum", "provider", "attempt")}),
        ("What it is made of", {"fields": ("goods", "shipping", "fee")}),
        ("Where", {"fields": ("external_id", "shop_action", "purpose")}),
        ("When", {"fields": ("created_at", "settled_at", "arrives_by", "by")}),
    )

    @admin.display(description="Return", ordering="ret")
    def of_return(self, row: Refund) -> str:
        """Return the number of its return."""
        return row.ret.number

    @admin.display(description="Order")
    def for_order(self, row: Refund) -> str:
        """Return a link to its order."""
        return cells.link(row.order)

    @admin.display(description="Amount")
    def sum(self, row: Refund) -> str:
        """Return the amount."""
        return cells.sum_of(row.amount_minor, row.currency)

    @admin.display(description="Goods")
    def goods(self, row: Refund) -> str:
        """Return what of it is for goods."""
        return cells.sum_of(row.goods_minor, row.currency)

    @admin.display(description="Shipping")
    def shipping(self, row: Refund) -> str:
        """Return what of it is shipping."""
        return cells.sum_of(row.shipping_minor, row.currency)

    @admin.display(description="Fee taken off")
    def fee(self, row: Refund) -> str:
        """Return what was taken off."""
        return cells.sum_of(row.fee_minor, row.currency)

    @admin.display(description="Carried out as")
    def shop_action(self, row: Refund) -> str:
        """Return a link to what the shop or the provider was told."""
        return cells.link(row.action) if row.action else cells.EMPTY

    def label(self, row: Any) -> str:
        """Return whose it is and which attempt."""
        return f"Refund of {row.ret.number}" + (f", attempt {row.attempt}" if row.attempt > 1 else "")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Ask for the right by name: the fields themselves are never written here."""
        return request.user.has_perm("returns.change_refund")

    # --- what a person does ---
    def buttons_for(self, request: HttpRequest, row: Any) -> list[str]:
        """Offer what makes sense as it stands: only what certainly was not done is given anew."""
        if not _open(row):
            return []
        manual = row.provider == Provider.MANUAL
        ways = {"again": row.provider, "by_stripe": Provider.STRIPE, "by_hand": Provider.MANUAL}
        if manual:
            ways["again"] = row.order.store.platform
        return [
            name
            for name, provider in ways.items()
            if not (manual and name == "by_hand")
            and not (name == "by_stripe" and row.provider == Provider.STRIPE)
            and ledger.can_give(row.order, provider)
        ]

    def _give(self, request: HttpRequest, rows: Any, provider: str) -> None:
        def one(row: Refund) -> None:
            own = row.order.store.platform if row.provider == Provider.MANUAL else row.provider
            try:
                ledger.retry(row.pk, provider or own, by=cast(User, request.user), at=timezone.now())
            except NotNow as exc:
                raise NotDone(str(exc)) from exc

        self.each(request, rows, one, done="given anew")

    @admin.action(description="Try again", permissions=["change"])
    def again(self, request: HttpRequest, queryset: Any) -> None:
        """Give it by the same provider; what was to be given by hand, by the shop."""
        self._give(request, queryset, "")

    @admin.action(description="Give it back through Stripe", permissions=["change"])
    def by_stripe(self, request: HttpRequest, queryset: Any) -> None:
        """Give it by Stripe."""
        self._give(request, queryset, Provider.STRIPE)

    @admin.action(description="Give it back by hand", permissions=["change"])
    def by_hand(self, request: HttpRequest, queryset: Any) -> None:
        """Leave it to a person."""
        self._give(request, queryset, Provider.MANUAL)

    def get_urls(self) -> list[URLPattern]:
        """Add the form that takes the number of what was done by hand."""
        view = self.admin_site.admin_view(self.mark_done)
        return [path("<path:object_id>/done/", view, name="returns_refund_done"), *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Offer to note it as done while it is for a person."""
        context = dict(extra_context or {})
        row = self.get_object(request, object_id)
        if row is not None and _open(row) and self.has_change_permission(request, row):
            context["links"] = [{"label": "Note as given back", "url": self.address("done", object_id)}]
        return super().change_view(request, object_id, form_url, context)

    def mark_done(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for its number (GET), then note that it was given back (POST)."""

        def do(row: Refund, told: dict[str, Any]) -> str:
            by, at = cast(User, request.user), timezone.now()
            try:
                ledger.done_by_hand(row.pk, by=by, reference=told["reference"].strip(), at=at)
            except NotNow as exc:
                raise NotDone(f"Not noted: {exc}") from exc
            return f"Noted as given back: {self.label(row)}."

        return form_page(
            self,
            request,
            object_id,
            form=lambda data, row: ByHandForm(data),
            do=do,
            title="Note as given back",
            explained="Only when the money really was given back: the shopper is told.",
        )


def _open(row: Refund) -> bool:
    return row.state in (State.FAILED, State.STAFF)
