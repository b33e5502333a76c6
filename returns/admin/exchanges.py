"""What goes out in place of what comes back: the queue, and what a person can do where the shop cannot."""

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone

from config.lib.staff import cells
from config.lib.staff.pages import Need, NotDone, ReadOnlyAdmin
from returns.admin.money_form import form_page
from returns.models import Exchange
from returns.services import exchange_staff
from returns.services.exchange_staff import NotNow
from returns.services.exchanges import OPEN
from tracking.models import ShopAction

State = Exchange.State
TONES: Mapping[str, str] = {
    State.HELD: cells.BUSY,
    State.UNPAID: cells.WARN,
    State.ORDERING: cells.BUSY,
    State.ORDERED: cells.GOOD,
    State.CANCELLED: cells.QUIET,
    State.STAFF: cells.BAD,
}


class OrderedForm(forms.Form):
    """The shop's number of the order that a person has made."""

    name = forms.CharField(
        label="The new order's number", max_length=120, help_text="As the shop shows it, e.g. #1042."
    )


@admin.register(Exchange)
class ExchangeAdmin(ReadOnlyAdmin):
    """The queue of exchanges."""

    plural = "Exchanges"
    state_pill = staticmethod(cells.status("state", "State", TONES))
    list_display = (
        "of_return",
        "state_pill",
        "quantity",
        "new_item",
        "difference",
        "order_name",
        "words",
        cells.when("created_at", "Asked for"),
        cells.when("ordered_at", "Ordered"),
    )
    list_filter = ("state", "ret__store")
    list_select_related = ("ret__order", "variant__product", "action", "payment")
    search_fields = ("ret__number", "ret__order__number_key", "order_name")
    search_help_text = "The return's number, the first order's number, or the new order's number."
    ordering = ("-created_at",)
    actions = ("order_now", "give_up")
    buttons = ("order_now", "give_up")
    needs = (Need("Exchanges to be ordered by a person", cells.BAD, {"state__exact": State.STAFF}),)
    columns = (
        ("Return", lambda row: row.ret.number),
        ("Order", lambda row: row.ret.order.number),
        ("New item", lambda row: str(row.variant)),
        ("SKU", lambda row: row.variant.sku),
        ("Quantity", lambda row: row.quantity),
        ("Price", lambda row: row.price_minor),
        ("Difference", lambda row: row.difference_minor),
        ("Currency", lambda row: row.ret.currency),
        ("State", lambda row: row.state),
        ("New order", lambda row: row.order_name),
        ("Asked for", lambda row: row.created_at),
        ("Ordered", lambda row: row.ordered_at),
    )
    fieldsets = (
        (None, {"fields": ("of_return", "for_order", "state_pill", "words")}),
        ("The new item", {"fields": ("quantity", "new_item", "held", "price", "difference")}),
        ("What came of it", {"fields": ("paid_by", "shop_action", "order_name")}),
        ("When", {"fields": ("created_at", "ordered_at", "ended_at")}),
    )

    @admin.display(description="Return", ordering="ret")
    def of_return(self, row: Exchange) -> str:
        """Return the number of its return."""
        return row.ret.number

    @admin.display(description="Order")
    def for_order(self, row: Exchange) -> str:
        """Return a link to the first order."""
        return cells.link(row.ret.order)

    @admin.display(description="New item")
    def new_item(self, row: Exchange) -> str:
        """Return what goes out."""
        return cells.link(row.variant.product, str(row.variant))

    @admin.display(description="Held")
    def held(self, row: Exchange) -> str:
        """Say whether the stock is held, and where."""
        hold = getattr(row, "hold", None)
        if hold is None or hold.released_at is not None:
            return cells.EMPTY
        return f"{hold.quantity} at {hold.location}" if hold.location else f"{hold.quantity}"

    @admin.display(description="Price of one")
    def price(self, row: Exchange) -> str:
        """Return what one costs, tax in."""
        return cells.sum_of(row.price_minor, row.ret.currency)

    @admin.display(description="Difference", ordering="difference_minor")
    def difference(self, row: Exchange) -> str:
        """Return what it costs more (or less, negative) than what comes back."""
        return cells.sum_of(row.difference_minor, row.ret.currency) if row.difference_minor else cells.EMPTY

    @admin.display(description="Paid by")
    def paid_by(self, row: Exchange) -> str:
        """Return a link to the payment it waits for."""
        return cells.link(row.payment, row.payment.get_state_display()) if row.payment else cells.EMPTY

    @admin.display(description="In the shop")
    def shop_action(self, row: Exchange) -> str:
        """Return a link to what the shop was told."""
        return cells.link(row.action)

    def label(self, row: Any) -> str:
        """Return whose it is."""
        return f"Exchange of {row.ret.number}"

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Ask for the right by name: the fields themselves are never written here."""
        return request.user.has_perm("returns.change_exchange")

    def export_queryset(self, rows: Any) -> Any:
        """Load what the columns show."""
        return rows.select_related("ret__order", "variant__product")

    def buttons_for(self, request: HttpRequest, row: Any) -> list[str]:
        """Offer what makes sense as it stands."""
        if row.state not in OPEN or _begun(row):
            return []
        return ["give_up"] if row.state == State.UNPAID else ["order_now", "give_up"]

    def _each(self, request: HttpRequest, rows: Any, one: Callable[..., object], done: str) -> None:
        at, by = timezone.now(), str(request.user)

        def guarded(row: Exchange) -> None:
            try:
                one(exchange_id=row.pk, by=by, at=at)
            except NotNow as exc:
                raise NotDone(str(exc)) from exc

        self.each(request, rows, guarded, done=done)

    @admin.action(description="Order it in the shop now", permissions=["change"])
    def order_now(self, request: HttpRequest, queryset: Any) -> None:
        """Have it ordered, whatever it waits for."""
        self._each(request, queryset, exchange_staff.order_now, "being ordered")

    @admin.action(description="Give it up: the goods are paid back", permissions=["change"])
    def give_up(self, request: HttpRequest, queryset: Any) -> None:
        """End the exchange."""
        self._each(request, queryset, exchange_staff.give_up, "given up")

    # --- "ordered by hand" asks for the shop's number ---
    def get_urls(self) -> list[URLPattern]:
        """Add the form that takes the new order's number."""
        view = self.admin_site.admin_view(self.mark_ordered)
        return [path("<path:object_id>/ordered/", view, name="returns_exchange_ordered"), *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Offer to mark it as ordered while it is not."""
        context = dict(extra_context or {})
        row = self.get_object(request, object_id)
        open_ = row is not None and row.state in (State.HELD, State.STAFF) and not _begun(row)
        if row is not None and open_ and self.has_change_permission(request, row):
            context["links"] = [{"label": "Mark as ordered", "url": self.address("ordered", object_id)}]
        return super().change_view(request, object_id, form_url, context)

    def mark_ordered(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for the new order's number (GET), then note that it is ordered (POST)."""

        def do(row: Exchange, told: dict[str, Any]) -> str:
            name, by = told["name"].strip(), str(request.user)
            try:
                exchange_staff.mark_ordered(exchange_id=row.pk, name=name, by=by, at=timezone.now())
            except NotNow as exc:
                raise NotDone(f"Not marked as ordered: {exc}") from exc
            return f"Marked as ordered: {self.label(row)} ({name})."

        return form_page(
            self,
            request,
            object_id,
            form=lambda data, row: OrderedForm(data),
            do=do,
            title="Mark as ordered",
            explained="Only when the order was really made in the shop: the shopper is told.",
        )


def _begun(row: Exchange) -> bool:
    """Say whether the shop may know of it: it is then settled under “Shop actions”."""
    return row.action is not None and row.action.state != ShopAction.State.CANCELLED
