"""What is done in shops: the ledger, and what a person can do where the machine cannot."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone

from config.lib.staff import cells
from config.lib.staff.pages import Need, NotDone, ReadOnlyAdmin
from tracking.models import ShopAction
from tracking.services import shop_staff
from tracking.services.shop_staff import NotNow

State = ShopAction.State
TONES: dict[str, str] = {
    State.WAITING: cells.BUSY,
    State.DONE: cells.GOOD,
    State.UNKNOWN: cells.WARN,
    State.STAFF: cells.BAD,
    State.CANCELLED: cells.QUIET,
}


class DoneForm(forms.Form):
    """The shop's number of what a person has done there."""

    external_id = forms.CharField(
        label="The shop's number",
        max_length=120,
        required=False,
        help_text="Of the refund or order as the shop shows it. Leave it empty where there is none.",
    )


@admin.register(ShopAction)
class ShopActionAdmin(ReadOnlyAdmin):
    """Refunds, orders, stock and codes on their way into shops, each done at most once."""

    plural = "Shop actions"
    state_pill = staticmethod(cells.status("state", "State", TONES))
    list_display = (
        "what",
        "state_pill",
        "store",
        "for_order",
        "sum",
        "last_error",
        cells.when("created_at", "Asked for"),
        cells.when("settled_at", "Settled"),
    )
    list_filter = ("state", "kind", "store")
    list_select_related = ("store", "order")
    search_fields = ("purpose", "order__number_key", "external_id")
    search_help_text = "The order's number, the shop's number, or what it is for, e.g. make-good:7."
    ordering = ("-created_at",)
    actions = ("try_again", "not_done", "cancel")
    buttons = ("try_again", "not_done", "cancel")
    needs = (
        Need("Things to do in shops by hand", cells.BAD, {"state__exact": State.STAFF}),
        Need("Shop actions that may have been done", cells.WARN, {"state__exact": State.UNKNOWN}),
    )
    columns = (
        ("What", lambda row: row.get_kind_display()),
        ("State", lambda row: row.state),
        ("Amount", lambda row: row.amount_minor),
        ("Currency", lambda row: row.currency),
        ("For", lambda row: row.purpose),
        ("The shop's number", lambda row: row.external_id),
        ("Asked for", lambda row: row.created_at),
        ("Settled", lambda row: row.settled_at),
        ("By", lambda row: row.settled_by),
    )
    fieldsets = (
        (None, {"fields": ("what", "state_pill", "last_error", "store", "for_order", "sum", "purpose")}),
        ("In the shop", {"fields": ("external_id", "external_name", "request")}),
        (
            "When",
            {"fields": ("created_at", "started_at", "due_at", "give_up_at", "settled_at", "settled_by")},
        ),
        ("For the shop's support", {"fields": ("key",), "classes": ("collapse",)}),
    )

    @admin.display(description="What", ordering="kind")
    def what(self, row: ShopAction) -> str:
        """Return what is to be done."""
        return row.get_kind_display()

    @admin.display(description="Order")
    def for_order(self, row: ShopAction) -> str:
        """Return a link to the order it is for."""
        return cells.link(row.order)

    @admin.display(description="Amount", ordering="amount_minor")
    def sum(self, row: ShopAction) -> str:
        """Return the amount, if money moves."""
        return cells.sum_of(row.amount_minor, row.currency) if row.amount_minor else cells.EMPTY

    @admin.display(description="What the shop is told")
    def request(self, row: ShopAction) -> str:
        """Return the request, without what says who somebody is once it is settled."""
        return cells.raw(cells.pretty(row.wanted), "What the shop is told")

    def label(self, row: Any) -> str:
        """Return what it is and for which order."""
        return f"{row.get_kind_display()} {row.order or row.purpose}"

    def buttons_for(self, request: HttpRequest, row: Any) -> list[str]:
        """Offer what makes sense as it stands."""
        if row.state == State.STAFF:
            return ["try_again", *(["not_done"] if row.started_at else []), "cancel"]
        return ["cancel"] if row.state == State.WAITING and not row.started_at else []

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Ask for the right by name: the fields themselves are never written here."""
        return request.user.has_perm("tracking.change_shopaction")

    # --- what a person does ---
    def _each(
        self, request: HttpRequest, rows: Any, one: Callable[..., object], done: str, **more: Any
    ) -> None:
        at, user = timezone.now(), request.user

        def guarded(row: ShopAction) -> None:
            try:
                one(action_id=row.pk, by=user, at=at, **more)
            except NotNow as exc:
                raise NotDone(str(exc)) from exc

        self.each(request, rows, guarded, done=done)

    @admin.action(description="Try again", permissions=["change"])
    def try_again(self, request: HttpRequest, queryset: Any) -> None:
        """Give it back to the worker; what may have been done is looked up first."""
        self._each(request, queryset, shop_staff.try_again, "given back to the worker")

    @admin.action(description="It was not done in the shop: do it now", permissions=["change"])
    def not_done(self, request: HttpRequest, queryset: Any) -> None:
        """Have it done without a look: a person has looked."""
        self._each(request, queryset, shop_staff.try_again, "given back to the worker", not_done=True)

    @admin.action(description="Cancel: not wanted, and not done in the shop", permissions=["change"])
    def cancel(self, request: HttpRequest, queryset: Any) -> None:
        """Give it up."""
        self._each(request, queryset, shop_staff.cancel, "cancelled")

    # --- "I have done it" asks for the shop's number ---
    def get_urls(self) -> list[URLPattern]:
        """Add the form that takes the shop's number."""
        view = self.admin_site.admin_view(self.mark_done)
        return [path("<path:object_id>/done/", view, name="tracking_shopaction_done"), *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Offer to mark it as done while it is for a person."""
        context = dict(extra_context or {})
        row = self.get_object(request, object_id)
        if row is not None and row.state == State.STAFF and self.has_change_permission(request, row):
            context["links"] = [{"label": "Mark as done", "url": self.address("done", object_id)}]
        return super().change_view(request, object_id, form_url, context)

    def mark_done(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for the shop's number (GET), then note that it is done (POST)."""
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404
        if not self.has_change_permission(request, row):
            raise PermissionDenied
        form = DoneForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            try:
                shop_staff.mark_done(
                    action_id=row.pk,
                    by=request.user,  # type: ignore[arg-type]  # staff
                    at=timezone.now(),
                    external_id=form.cleaned_data["external_id"].strip(),
                )
            except NotNow as exc:
                self.message_user(request, f"Not marked as done: {exc}", messages.WARNING)
            else:
                self.log_change(request, row, "Marked as done.")
                self.message_user(request, f"Marked as done: {self.label(row)}.", messages.SUCCESS)
            return HttpResponseRedirect(self.address("change", row.pk))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Mark as done",
            "subtitle": self.label(row),
            "row": row,
            "form": form,
        }
        return TemplateResponse(request, "admin/tracking/shopaction/done.html", context)
