"""Parcels: what carriers said, what we promised, and asking again."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html

from config.lib.staff import cells
from config.lib.staff.lists import recent_values
from config.lib.staff.pages import Need, NotDone, ReadOnlyAdmin, ReadOnlyRows
from tracking.admin import tones
from tracking.admin.eta_words import TONES, explain, whose
from tracking.admin.orders import window
from tracking.carriers.sandbox import Sandbox
from tracking.models import Promise, Scan, Shipment, ShipmentLine
from tracking.services.asking import CannotAsk, ask_now
from tracking.services.inbound import carrier_of
from tracking.services.sandbox import NotASandboxParcel, TooLate, set_scenario
from tracking.services.shipments import tracking_key

SANDBOX_BUTTONS = ("make_late", "lose", "attempt", "send_back")


class ScanRows(ReadOnlyRows):
    """What carriers said, newest first."""

    model = Scan
    fields = ("happened", "means", "message", "place", "code", "source", "recorded_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Scan]:
        """Newest first by when it happened."""
        return super().get_queryset(request).order_by("-order_at", "-pk")

    @admin.display(description="Happened (UTC)")
    def happened(self, row: Scan) -> str:
        """Return the time, or the carrier's local time marked as such."""
        return cells.moment(row.at) if row.at else format_html("{} local", row.local.replace("T", " ")[:16])

    @admin.display(description="Means")
    def means(self, row: Scan) -> str:
        """Return our words for it."""
        tone = tones.PARCEL.get(row.status, cells.WARN)
        why = f": {row.get_reason_display()}" if row.reason else ""
        return format_html("{}{}", cells.pill(row.get_status_display(), tone), why)


class PromiseRows(ReadOnlyRows):
    """Every window the shopper was shown, newest first."""

    model = Promise
    fields = ("from_date", "to_date", "ended", "said_by", "why_these", "made_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Promise]:
        """Newest first."""
        return super().get_queryset(request).filter(shown=True).order_by("-made_at", "-pk")

    @admin.display(description="Outcome")
    def ended(self, row: Promise) -> str:
        """Return how it ended."""
        return cells.pill(row.get_outcome_display(), TONES.get(row.outcome, cells.QUIET))

    @admin.display(description="Whose word")
    def said_by(self, row: Promise) -> str:
        """Return whose window it was."""
        return whose(row.source)

    @admin.display(description="Why")
    def why_these(self, row: Promise) -> str:
        """Return what it was made of."""
        return explain(row.why, row.source) or cells.EMPTY


class ContentRows(ReadOnlyRows):
    """What is in it."""

    model = ShipmentLine
    fields = ("item", "quantity")
    verbose_name_plural = "contents"

    def get_queryset(self, request: HttpRequest) -> QuerySet[ShipmentLine]:
        """With the order's lines."""
        return super().get_queryset(request).select_related("line").order_by("pk")

    @admin.display(description="Item")
    def item(self, row: ShipmentLine) -> str:
        """Return title and variant."""
        return " · ".join(part for part in (row.line.title, row.line.variant_title) if part)


@admin.register(Shipment)
class ShipmentAdmin(ReadOnlyAdmin):
    """Parcels. Their state follows from their scans; nobody sets it."""

    plural = "Parcels"
    list_display = (
        "__str__",
        cells.status("status", "Status", tones.PARCEL),
        "way",
        "why",
        "order",
        "carrier_words",
        "arrives",
        cells.when("last_scan_at", "Last scan"),
        cells.when("checked_at", "Checked"),
    )
    list_filter = (
        "status",
        "reason",
        "action_required",
        "is_return",
        recent_values("carrier", "carrier"),
        "account",
        "order__store",
    )
    list_select_related = ("order", "account")
    search_fields = ("tracking_key", "order__number_key")  # shows the box; see get_search_results
    search_help_text = "A whole tracking number or order number."
    ordering = ("-pk",)
    actions = ("ask", *SANDBOX_BUTTONS, "export_rows")
    buttons = ("ask", *SANDBOX_BUTTONS)
    needs = (
        Need("Parcels held up", cells.BAD, {"status__exact": Shipment.Status.EXCEPTION}),
        Need("Parcels that wait for the shopper", cells.WARN, {"action_required__exact": "1"}),
    )
    inlines = (ContentRows, ScanRows, PromiseRows)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "order",
                    "state",
                    "way",
                    "must_act",
                    "arrives",
                    "why_window",
                    "last_place",
                    "signed_by",
                )
            },
        ),
        (
            "Carrier",
            {"fields": ("carrier_words", "service", "tracking_number", "tracking_page", "account", "route")},
        ),
        (
            "Times",
            {
                "fields": (
                    "handed_over_at",
                    "shipped_at",
                    "out_for_delivery_at",
                    "delivered_at",
                    "last_scan_at",
                    "checked_at",
                    "due_at",
                    "last_error",
                    "replaced_at",
                )
            },
        ),
    )
    columns = (
        ("Tracking number", lambda s: s.tracking_number),
        ("Order", lambda s: s.order.number),
        ("Store", lambda s: s.order.store.name),
        ("Carrier", lambda s: s.carrier_name or s.carrier),
        ("Service", lambda s: s.service),
        ("Way", lambda s: "back" if s.is_return else "out"),
        ("Status", lambda s: s.get_status_display()),
        ("Reason", lambda s: s.get_reason_display() if s.reason else ""),
        ("Shopper must act", lambda s: "yes" if s.action_required else "no"),
        ("Arrives from", lambda s: s.eta_from_date),
        ("Arrives by", lambda s: s.eta_to_date),
        ("Handed over", lambda s: s.handed_over_at),
        ("Shipped", lambda s: s.shipped_at),
        ("Delivered", lambda s: s.delivered_at),
        ("Last scan", lambda s: s.last_scan_at),
        ("Last place", lambda s: s.last_place),
    )

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        """Search by whole numbers that an index answers."""
        key = tracking_key(search_term)
        if not key:
            return queryset, False
        by_order = Shipment.objects.filter(order__number_key=key).values_list("pk", flat=True)[:200]
        by_number = Shipment.objects.filter(tracking_key=key).values_list("pk", flat=True)[:200]
        return queryset.filter(pk__in=[*by_number, *by_order]), False

    def export_queryset(self, rows: QuerySet[Shipment]) -> QuerySet[Shipment]:
        """Load orders and stores with them."""
        return rows.select_related("order__store")

    @admin.display(description="Way", ordering="is_return")
    def way(self, row: Shipment) -> str:
        """Return whether it goes to the shopper or comes back to the store."""
        return cells.pill("Back", cells.BUSY) if row.is_return else "Out"

    @admin.display(description="Why", ordering="reason")
    def why(self, row: Shipment) -> str:
        """Return the reason beside the status, and whether the shopper must act."""
        must = "the shopper must act" if row.action_required else ""
        return (
            "; ".join(part for part in (row.get_reason_display() if row.reason else "", must) if part)
            or cells.EMPTY
        )

    @admin.display(description="Status")
    def state(self, row: Shipment) -> str:
        """Return status and reason."""
        status = cells.pill(row.get_status_display(), tones.PARCEL.get(row.status, cells.WARN))
        return format_html("{} {}", status, row.get_reason_display() if row.reason else "")

    @admin.display(description="Shopper must act")
    def must_act(self, row: Shipment) -> str:
        """Return yes or no."""
        return cells.pill("Yes", cells.WARN) if row.action_required else "No"

    @admin.display(description="Carrier", ordering="carrier")
    def carrier_words(self, row: Shipment) -> str:
        """Return the carrier as the shop names it."""
        return row.carrier_name or row.carrier or cells.EMPTY

    @admin.display(description="Arrives", ordering="eta_to_date")
    def arrives(self, row: Shipment) -> str:
        """Return the delivery window."""
        return window(row) or cells.EMPTY

    @admin.display(description="This window")
    def why_window(self, row: Shipment) -> str:
        """Return what the window that is shown was made of."""
        if row.eta_to_date is None:
            return cells.EMPTY
        shown = row.promises.filter(shown=True, to_date=row.eta_to_date).order_by("-made_at", "-pk").first()
        return explain(shown.why, shown.source) if shown else cells.EMPTY

    @admin.display(description="Carrier's page")
    def tracking_page(self, row: Shipment) -> str:
        """Return a link to it, as text unless it is a web address."""
        if not row.tracking_url.startswith(("https://", "http://")):
            return row.tracking_url or cells.EMPTY
        return format_html('<a href="{0}" rel="noreferrer noopener">{0}</a>', row.tracking_url)

    @admin.display(description="From – to")
    def route(self, row: Shipment) -> str:
        """Return where it comes from and goes to."""
        ends = (
            ", ".join(filter(None, (p.get("city"), p.get("region"), p.get("country"))))
            for p in (row.origin, row.destination)
        )
        return " – ".join(end or "?" for end in ends)

    def buttons_for(self, request: HttpRequest, row: Any) -> list[str]:
        """Offer play only where a play carrier moves the parcel."""
        asking = ["ask"] if row.account_id else []
        return asking + (list(SANDBOX_BUTTONS) if _plays(row) else [])

    @admin.action(description="Ask the carrier now", permissions=["change"])
    def ask(self, request: HttpRequest, queryset: QuerySet[Shipment]) -> None:
        """Have a worker ask about the parcels at once."""
        at = timezone.now()

        def one(row: Shipment) -> None:
            try:
                ask_now(row, at=at)
            except CannotAsk as exc:
                raise NotDone(str(exc)) from exc

        self.each(request, queryset.select_related("account"), one, done="about to be asked about")

    @admin.action(description="Sandbox: make it late", permissions=["change"])
    def make_late(self, request: HttpRequest, queryset: QuerySet[Shipment]) -> None:
        """Let play parcels be late."""
        self._play(request, queryset, "late")

    @admin.action(description="Sandbox: lose it", permissions=["change"])
    def lose(self, request: HttpRequest, queryset: QuerySet[Shipment]) -> None:
        """Let play parcels be lost."""
        self._play(request, queryset, "lost")

    @admin.action(description="Sandbox: attempt in vain", permissions=["change"])
    def attempt(self, request: HttpRequest, queryset: QuerySet[Shipment]) -> None:
        """Let nobody be at home for play parcels."""
        self._play(request, queryset, "attempt")

    @admin.action(description="Sandbox: send it back", permissions=["change"])
    def send_back(self, request: HttpRequest, queryset: QuerySet[Shipment]) -> None:
        """Let play parcels return to the sender."""
        self._play(request, queryset, "return")

    def _play(self, request: HttpRequest, queryset: QuerySet[Shipment], scenario: str) -> None:
        self.each(
            request,
            queryset.select_related("account"),
            _setter(scenario, timezone.now()),
            done=f"set to “{scenario}”",
        )


def _plays(row: Shipment) -> bool:
    return bool(row.account and isinstance(carrier_of(row.account), Sandbox))


def _setter(scenario: str, at: datetime) -> Callable[[Shipment], None]:
    def one(row: Shipment) -> None:
        try:
            set_scenario(shipment_id=row.pk, scenario=scenario, at=at)
        except (NotASandboxParcel, TooLate) as exc:
            raise NotDone(str(exc)) from exc

    return one
