"""Choices offered for parcels in trouble: what was offered and why, what was chosen, what a person does."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone

from config.lib.staff import cells
from config.lib.staff.pages import Need, NotDone, ReadOnlyAdmin
from tracking.admin import tones
from tracking.models import MakeGood
from tracking.services import make_good_staff
from tracking.services.make_good_staff import NotNow

State = MakeGood.State
TONES: dict[str, str] = {
    State.OFFERED: cells.BUSY,
    State.CHOSEN: cells.BUSY,
    State.STAFF: cells.BAD,
    State.DONE: cells.GOOD,
    State.WITHDRAWN: cells.QUIET,
}


@admin.register(MakeGood)
class MakeGoodAdmin(ReadOnlyAdmin):
    """The queue of choices."""

    plural = "Choices for late parcels"
    state_pill = staticmethod(cells.status("state", "State", TONES))
    list_display = (
        "order",
        "state_pill",
        "why",
        "choice",
        cells.amount("amount_minor", "Worth"),
        "parcel_now",
        "staff_why",
        "answer_by",
        cells.when("offered_at", "Offered"),
    )
    list_filter = ("state", "choice", "why", "by_machine", "order__store")
    list_select_related = ("order", "shipment")
    search_fields = ("order__number_key", "order__email_key", "shipment__tracking_key")
    search_help_text = "The order's number, the shopper's e-mail, or the tracking number."
    ordering = ("-offered_at",)
    actions = ("approve", "done_by_hand", "retract")
    buttons = ("approve", "done_by_hand", "retract")
    needs = (Need("Choices that wait for a person", cells.BAD, {"state__exact": State.STAFF}),)
    columns = (
        ("Order", lambda row: row.order.number),
        ("Why", lambda row: row.why),
        ("State", lambda row: row.state),
        ("Choice", lambda row: row.choice),
        ("Worth", lambda row: row.amount_minor),
        ("Cost", lambda row: row.cost_minor),
        ("Currency", lambda row: row.currency),
        ("Without a person", lambda row: row.by_machine),
        ("Offered", lambda row: row.offered_at),
        ("Chosen", lambda row: row.chosen_at),
        ("Done or ended", lambda row: row.done_at),
    )
    fieldsets = (
        (None, {"fields": ("for_order", "parcel", "parcel_now", "state_pill", "staff_why", "answer_by")}),
        ("Offered", {"fields": ("why", "offered", "worth", "facts_used", "offered_at")}),
        ("Chosen", {"fields": ("choice", "chosen_at", "cost", "by_machine", "again_on")}),
        ("What came of it", {"fields": ("shop_action", "done_at", "ended_why", "settled_by")}),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        """Load what the page links to."""
        return super().get_queryset(request).select_related("order", "shipment", "action")

    @admin.display(description="Order", ordering="order__number_key")
    def for_order(self, row: MakeGood) -> str:
        """Return a link to the order."""
        return cells.link(row.order)

    @admin.display(description="Parcel")
    def parcel(self, row: MakeGood) -> str:
        """Return a link to the parcel."""
        return cells.link(row.shipment)

    @admin.display(description="Parcel now")
    def parcel_now(self, row: MakeGood) -> str:
        """Return where the parcel stands today: it may have come since."""
        shipment = row.shipment
        return cells.pill(shipment.get_status_display(), tones.PARCEL.get(shipment.status, cells.QUIET))

    @admin.display(description="Offered")
    def offered(self, row: MakeGood) -> str:
        """Return the choices in words."""
        return ", ".join(MakeGood.Choice(code).label for code in row.choices) or cells.EMPTY

    @admin.display(description="Worth")
    def worth(self, row: MakeGood) -> str:
        """Return what can go back."""
        return cells.sum_of(row.amount_minor, row.currency)

    @admin.display(description="Costs us")
    def cost(self, row: MakeGood) -> str:
        """Return what the choice costs."""
        return cells.sum_of(row.cost_minor, row.currency) if row.cost_minor else cells.EMPTY

    @admin.display(description="Rule and facts")
    def facts_used(self, row: MakeGood) -> str:
        """Return what the offer was made on."""
        return cells.raw(cells.pretty(row.facts), "Rule and facts")

    @admin.display(description="In the shop")
    def shop_action(self, row: MakeGood) -> str:
        """Return a link to what was begun in the shop."""
        return cells.link(row.action)

    def label(self, row: Any) -> str:
        """Return the order it is about."""
        return f"{row.order.number} {row.get_choice_display()}".strip()

    def buttons_for(self, request: HttpRequest, row: Any) -> list[str]:
        """Offer what makes sense as it stands."""
        if row.state == State.OFFERED:
            return ["retract"]
        if row.state != State.STAFF or row.action_id:
            return []
        return list(self.buttons) if row.choice else ["retract"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Ask for the right by name: the fields themselves are never written here."""
        return request.user.has_perm("tracking.change_makegood")

    def export_queryset(self, rows: Any) -> Any:
        """Load the orders with the rows."""
        return rows.select_related("order")

    def _each(self, request: HttpRequest, rows: Any, one: Callable[..., object], done: str) -> None:
        at, user = timezone.now(), request.user

        def guarded(row: MakeGood) -> None:
            try:
                one(make_good_id=row.pk, by=user, at=at)
            except NotNow as exc:
                raise NotDone(str(exc)) from exc

        self.each(request, rows, guarded, done=done)

    @admin.action(description="Approve: carry the choice out", permissions=["change"])
    def approve(self, request: HttpRequest, queryset: Any) -> None:
        """Let the worker do it in the shop."""
        self._each(request, queryset, make_good_staff.approve, "approved")

    @admin.action(description="I have done it by hand", permissions=["change"])
    def done_by_hand(self, request: HttpRequest, queryset: Any) -> None:
        """Note that it is done; the shopper is told."""
        self._each(request, queryset, make_good_staff.done_by_hand, "marked as done")

    @admin.action(description="Take it back: settled in another way", permissions=["change"])
    def retract(self, request: HttpRequest, queryset: Any) -> None:
        """Withdraw the choice."""
        self._each(request, queryset, make_good_staff.retract, "taken back")
