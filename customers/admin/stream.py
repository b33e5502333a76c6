"""The event stream, to look at; and deliveries to handlers that need a person."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from config.lib.staff import cells
from config.lib.staff.lists import recent_values
from config.lib.staff.pages import Need, NotDone, ReadOnlyAdmin, ReadOnlyRows
from customers import outbox
from customers.models import Delivery, Event

TONES: dict[str, str] = {
    Delivery.State.WAITING: cells.BUSY,
    Delivery.State.DONE: cells.GOOD,
    Delivery.State.PARKED: cells.BAD,
}


class DeliveryRows(ReadOnlyRows):
    """Who heard of an event."""

    model = Delivery
    fields = ("handler", "state", "attempts", "done_at", "last_error")
    show_change_link = True


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    """What happened, said once each."""

    list_display = (
        "key",
        "kind",
        "customer",
        "store",
        cells.when("occurred_at", "Happened"),
        cells.when("recorded_at", "Learned"),
    )
    list_filter = (recent_values("kind", "kind"), "store")
    list_select_related = ("customer", "store")
    search_fields = ("key__startswith",)
    search_help_text = "The beginning of the key, e.g. shipment:7:"
    ordering = ("-pk",)
    inlines = (DeliveryRows,)
    fieldsets = (
        (None, {"fields": ("kind", "key", "customer", "store", "occurred_at", "recorded_at", "facts")}),
    )

    @admin.display(description="Facts")
    def facts(self, row: Event) -> str:
        """Return the payload."""
        return cells.raw(cells.pretty(row.data), "Facts")


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    """Events on their way to handlers."""

    plural = "Event deliveries"
    state_pill = staticmethod(cells.status("state", "State", TONES))
    list_display = (
        "told",
        "handler",
        "state_pill",
        cells.number("attempts", "Tries"),
        cells.when("due_at", "Next try"),
        cells.when("done_at", "Done"),
        "last_error",
    )
    list_filter = ("state", recent_values("handler", "handler"))
    list_select_related = ("event",)
    search_fields = ("event__key__startswith",)
    search_help_text = "The beginning of the event's key."
    ordering = ("-pk",)
    actions = ("retry",)
    buttons = ("retry",)
    needs = (Need("Events no handler could take", cells.BAD, {"state__exact": Delivery.State.PARKED}),)
    fieldsets = (
        (None, {"fields": ("event", "handler", "state_pill", "attempts")}),
        ("When", {"fields": ("due_at", "leased_until", "done_at")}),
        ("What went wrong", {"fields": ("error",)}),
    )

    @admin.display(description="Event", ordering="event__key")
    def told(self, row: Delivery) -> str:
        """Return the event's key."""
        return row.event.key

    @admin.display(description="Last error")
    def error(self, row: Delivery) -> str:
        """Return what the handler raised."""
        return cells.raw(row.last_error, "Last error") if row.last_error else cells.EMPTY

    def label(self, row: Delivery) -> str:
        """Return handler and event."""
        return f"{row.handler} ← {row.event.key}"

    def buttons_for(self, request: HttpRequest, row: Any) -> list[str]:
        """What is done is done."""
        return [] if row.state == Delivery.State.DONE else ["retry"]

    @admin.action(description="Try again now", permissions=["change"])
    def retry(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        """Make deliveries due again, with their tries forgotten."""
        at = timezone.now()

        def one(row: Delivery) -> None:
            if not outbox.retry(Delivery.objects.filter(pk=row.pk), at=at):
                raise NotDone("it is done already")

        self.each(
            request, queryset, one, done="put back to work", bulk=lambda rows: outbox.retry(rows, at=at)
        )
