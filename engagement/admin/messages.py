"""Messages, and addresses we must not write to."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from config.lib.staff import cells
from config.lib.staff.lists import recent_values
from config.lib.staff.pages import Need, NotDone, ReadOnlyAdmin, StaffAdmin
from engagement import sending
from engagement.admin.words import kind_words
from engagement.models import Message, Suppression
from engagement.vocabulary import Hold

TONES: dict[str, str] = {
    Message.State.QUEUED: cells.BUSY,
    Message.State.SENDING: cells.BUSY,
    Message.State.UNKNOWN: cells.WARN,
    Message.State.SENT: cells.GOOD,
    Message.State.HELD: cells.WARN,
    Message.State.FAILED: cells.BAD,
}


class HoldFilter(admin.SimpleListFilter):
    """Why messages are held, each with how many of the newest 50,000 messages are."""

    title = "held because"
    parameter_name = "hold"
    NEWEST = 50_000

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the reasons there are, most first."""
        last = Message.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        held = Message.objects.filter(pk__gt=last - self.NEWEST, state=Message.State.HELD).exclude(hold="")
        counted = held.values_list("hold").annotate(number=Count("pk")).order_by("-number")
        return [(hold, f"{Hold(hold).label} ({number})") for hold, number in counted]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Message]) -> QuerySet[Message]:
        """Return those held for the chosen reason."""
        return queryset.filter(state=Message.State.HELD, hold=self.value()) if self.value() else queryset


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    """Every message, whether it was sent, and if not, why."""

    state_pill = staticmethod(cells.status("state", "State", TONES))
    list_display = (
        "says",
        "state_pill",
        "reason",
        "customer",
        "order",
        "channel",
        cells.when("created_at", "Made"),
        cells.when("sent_at", "Sent"),
    )
    list_filter = (
        "state",
        HoldFilter,
        recent_values("kind", "kind"),
        recent_values("channel", "channel"),
        "purpose",
        "store",
    )
    list_select_related = ("customer", "order", "store")
    search_fields = ("order__number_key__iexact", "customer__email__iexact", "provider_id")
    search_help_text = "A whole order number, e-mail address, or the provider’s id."
    ordering = ("-pk",)
    actions = ("send_again", "export_rows")
    buttons = ("send_again",)
    needs = (
        Need("Messages that could not be sent", cells.BAD, {"state__exact": Message.State.FAILED}),
        Need("Messages held back", cells.WARN, {"state__exact": Message.State.HELD}),
        Need("Messages perhaps sent", cells.WARN, {"state__exact": Message.State.UNKNOWN}),
    )
    fieldsets = (
        (None, {"fields": ("says", "state_pill", "reason", "subject", "customer", "order", "store")}),
        (
            "How",
            {"fields": ("channel", "purpose", "language", "template", "template_version", "provider_id")},
        ),
        (
            "When",
            {
                "fields": (
                    "created_at",
                    "due_at",
                    "expires_at",
                    "claimed_at",
                    "sent_at",
                    "delivered_at",
                    "bounced_at",
                    "attempts",
                )
            },
        ),
        ("Why it exists", {"fields": ("event", "dedupe_key", "facts", "error")}),
    )
    columns = (
        ("Message", lambda m: kind_words(m.kind)),
        ("State", lambda m: m.get_state_display()),
        ("Reason", lambda m: m.reason),
        ("Channel", lambda m: m.channel),
        ("Purpose", lambda m: m.get_purpose_display()),
        ("Store", lambda m: m.store.name),
        ("Customer", lambda m: str(m.customer) if m.customer else ""),
        ("Order", lambda m: m.order.number if m.order else ""),
        ("Subject", lambda m: m.subject),
        ("Made", lambda m: m.created_at),
        ("Sent", lambda m: m.sent_at),
        ("Delivered", lambda m: m.delivered_at),
        ("Bounced", lambda m: m.bounced_at),
    )

    @admin.display(description="Message", ordering="kind")
    def says(self, row: Message) -> str:
        """Return the kind in words."""
        return kind_words(row.kind)

    @admin.display(description="Facts")
    def facts(self, row: Message) -> str:
        """Return the ids it was made of."""
        return cells.raw(cells.pretty(row.context), "Facts")

    @admin.display(description="Last error")
    def error(self, row: Message) -> str:
        """Return what the channel said."""
        return cells.raw(row.last_error, "Last error") if row.last_error else cells.EMPTY

    def label(self, row: Any) -> str:
        """Return kind and order or customer."""
        return f"{kind_words(row.kind)} ({row.order or row.customer or 'nobody'})"

    def export_queryset(self, rows: QuerySet[Message]) -> QuerySet[Message]:
        """Load stores, customers and orders with them."""
        return rows.select_related("store", "customer", "order")

    def buttons_for(self, request: HttpRequest, row: Any) -> list[str]:
        """What was sent is not sent again; what waits will be sent anyway."""
        return ["send_again"] if row.state in (Message.State.FAILED, Message.State.HELD) else []

    @admin.action(description="Send again", permissions=["change"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Message]) -> None:
        """Put failed and held messages back in the queue; permission is asked again when they are sent."""
        at = timezone.now()

        def one(row: Message) -> None:
            if not sending.retry(Message.objects.filter(pk=row.pk), at=at):
                raise NotDone(f"it is {row.get_state_display().lower()}")

        self.each(
            request,
            queryset.select_related("order", "customer"),
            one,
            done="put back to be sent",
            bulk=lambda rows: sending.retry(Message.objects.filter(pk__in=rows.values("pk")), at=at),
        )


class SuppressionForm(forms.ModelForm):  # type: ignore[type-arg]
    """A blocked address, kept as addresses are compared: lower case."""

    class Meta:
        model = Suppression
        fields = ("channel", "address", "reason", "detail")

    def clean_address(self) -> str:
        """Return it trimmed, lower case."""
        return str(self.cleaned_data["address"]).strip().lower()


@admin.register(Suppression)
class SuppressionAdmin(StaffAdmin):
    """Addresses we must not write to. Deleting a row lets us write again."""

    plural = "Blocked addresses"
    form = SuppressionForm
    list_display = ("address", "channel", "reason", cells.when("created_at", "Since"))
    list_filter = ("reason", "channel", "created_at")
    search_fields = ("address__istartswith",)
    search_help_text = "The beginning of the address."
    ordering = ("-pk",)
    readonly_fields = ("created_at",)
    fields = ("channel", "address", "reason", "detail", "created_at")

    def get_readonly_fields(self, request: HttpRequest, obj: Suppression | None = None) -> Any:
        """Which address it is and why stays; what is known of it may be added to."""
        return ("channel", "address", "reason", "created_at") if obj else self.readonly_fields

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Staff block by hand."""
        return {
            **super().get_changeform_initial_data(request),
            "channel": "email",
            "reason": Suppression.Reason.MANUAL,
        }
