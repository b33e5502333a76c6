"""What shoppers owe: asked for, paid, given up; and money that has to be looked at."""

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone

from config.lib.staff import cells
from config.lib.staff.pages import Need, NotDone, ReadOnlyAdmin
from returns.models import PaymentRequest
from returns.services import payments
from returns.services.payments import NotNow

State = PaymentRequest.State
TONES: Mapping[str, str] = {
    State.WANTED: cells.BUSY,
    State.OPEN: cells.WARN,
    State.PAID: cells.GOOD,
    State.CANCELLED: cells.QUIET,
    State.STAFF: cells.BAD,
}
WHY = {payments.DIFFERENCE: "A dearer exchange", payments.GOODS: "Goods that never came"}


@admin.register(PaymentRequest)
class PaymentRequestAdmin(ReadOnlyAdmin):
    """The queue of payments."""

    plural = "Payments of shoppers"
    state_pill = staticmethod(cells.status("state", "State", TONES))
    list_display = (
        "of_return",
        "state_pill",
        cells.amount("amount_minor", "Amount"),
        "what_for",
        "provider",
        cells.when("created_at", "Asked for"),
        cells.when("pay_by", "Until"),
        cells.when("paid_at", "Paid"),
    )
    list_filter = ("state", "why", "provider", "ret__store")
    list_select_related = ("ret__order",)
    search_fields = ("ret__number", "ret__order__number_key", "external_id")
    search_help_text = "The return's number, the order's number, or the provider's number."
    ordering = ("-created_at",)
    actions = ("mark_paid", "again", "settle")
    buttons = ("mark_paid", "again", "settle")
    needs = (Need("Payments that need a person", cells.BAD, {"state__exact": State.STAFF}),)
    columns = (
        ("Return", lambda row: row.ret.number),
        ("Order", lambda row: row.ret.order.number),
        ("State", lambda row: row.state),
        ("What for", lambda row: row.why),
        ("Amount", lambda row: row.amount_minor),
        ("Currency", lambda row: row.currency),
        ("Through", lambda row: row.provider),
        ("The provider's number", lambda row: row.external_id),
        ("Asked for", lambda row: row.created_at),
        ("Until", lambda row: row.pay_by),
        ("Paid", lambda row: row.paid_at),
        ("By", lambda row: row.settled_by),
    )
    fieldsets = (
        (None, {"fields": ("of_return", "for_order", "state_pill", "sum", "what_for", "last_error")}),
        ("Where", {"fields": ("provider", "external_id", "purpose", "reminders")}),
        ("When", {"fields": ("created_at", "pay_by", "paid_at", "settled_by")}),
    )

    @admin.display(description="Return", ordering="ret")
    def of_return(self, row: PaymentRequest) -> str:
        """Return the number of its return."""
        return row.ret.number

    @admin.display(description="Order")
    def for_order(self, row: PaymentRequest) -> str:
        """Return a link to its order."""
        return cells.link(row.ret.order)

    @admin.display(description="Amount")
    def sum(self, row: PaymentRequest) -> str:
        """Return the amount."""
        return cells.sum_of(row.amount_minor, row.currency)

    @admin.display(description="What for", ordering="why")
    def what_for(self, row: PaymentRequest) -> str:
        """Return what the shopper owes it for."""
        return WHY.get(row.why, row.why)

    def label(self, row: Any) -> str:
        """Return whose it is."""
        return f"Payment for {row.ret.number}"

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Ask for the right by name: the fields themselves are never written here."""
        return request.user.has_perm("returns.change_paymentrequest")

    def export_queryset(self, rows: Any) -> Any:
        """Load what the columns show."""
        return rows.select_related("ret__order")

    def buttons_for(self, request: HttpRequest, row: Any) -> list[str]:
        """Offer what makes sense as it stands."""
        if row.state == State.STAFF:
            return ["settle"] if row.paid_at else ["mark_paid", "again", "settle"]
        return ["mark_paid", "settle"] if row.state in payments.LIVING else []

    def _each(self, request: HttpRequest, rows: Any, one: Callable[..., object], done: str) -> None:
        at, by = timezone.now(), str(request.user)

        def guarded(row: PaymentRequest) -> None:
            try:
                one(payment_id=row.pk, by=by, at=at)
            except NotNow as exc:
                raise NotDone(str(exc)) from exc

        self.each(request, rows, guarded, done=done)

    @admin.action(description="The money came another way", permissions=["change"])
    def mark_paid(self, request: HttpRequest, queryset: Any) -> None:
        """Note it as paid; what waited for it goes on."""
        self._each(request, queryset, payments.mark_paid, "marked as paid")

    @admin.action(description="Make the link again", permissions=["change"])
    def again(self, request: HttpRequest, queryset: Any) -> None:
        """Give it back to the worker."""
        self._each(request, queryset, payments.try_again, "given back to the worker")

    @admin.action(description="Settled: given back, or not wanted any more", permissions=["change"])
    def settle(self, request: HttpRequest, queryset: Any) -> None:
        """End it; exchanges that waited for it are given up."""
        self._each(request, queryset, payments.settle_by_hand, "settled")
