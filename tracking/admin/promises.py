"""Promises: every window that was shown and how it ended; what was learned; how a store works."""

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html

from config.lib.staff import cells
from config.lib.staff.lists import recent_values
from config.lib.staff.pages import ReadOnlyAdmin, StaffAdmin
from customers.models import Store
from tracking.admin.eta_words import TONES, explain, whose
from tracking.carriers.detect import carrier_label
from tracking.models import EtaRules, Promise, TransitModel
from tracking.services.promise_figures import Figures, by_carrier, by_lane
from tracking.services.shipments import tracking_key

SPANS = (30, 90, 365)
LANES = 200


@admin.register(Promise)
class PromiseAdmin(ReadOnlyAdmin):
    """The ledger. A promise is made by showing a window and settled by what happens; nobody edits it."""

    plural = "Promises"
    place = 3
    change_list_template = "admin/tracking/promise/change_list.html"
    list_display = (
        "__str__",
        cells.status("outcome", "Outcome", TONES),
        "parcel",
        "carrier",
        "said_by",
        cells.when("made_at", "Made"),
        cells.when("settled_at", "Settled"),
    )
    list_filter = (
        "outcome",
        recent_values("shipment__carrier", "carrier"),
        recent_values("source", "whose word"),
        "shown",
        ("to_date", admin.DateFieldListFilter),
        "shipment__order__store",
    )
    list_select_related = ("shipment__order",)
    search_fields = ("shipment__tracking_key",)  # shows the box; see get_search_results
    search_help_text = "A whole tracking number."
    ordering = ("-made_at", "-pk")
    fieldsets = (
        (None, {"fields": ("parcel", "window", "outcome", "said_by", "explained", "shown")}),
        ("Times", {"fields": ("made_at", "settled_at", "from_at", "to_at", "model")}),
    )
    columns = (
        ("Tracking number", lambda p: p.shipment.tracking_number),
        ("Order", lambda p: p.shipment.order.number),
        ("Store", lambda p: p.shipment.order.store.name),
        ("Carrier", lambda p: p.shipment.carrier_name or p.shipment.carrier),
        ("From", lambda p: p.from_date),
        ("To", lambda p: p.to_date),
        ("Outcome", lambda p: p.get_outcome_display()),
        ("Whose word", lambda p: whose(p.source)),
        ("Shown", lambda p: "yes" if p.shown else "no"),
        ("Made", lambda p: p.made_at),
        ("Settled", lambda p: p.settled_at),
        ("Brought", lambda p: p.shipment.arrived_at),
        ("Why", lambda p: explain(p.why, p.source)),
    )

    def get_urls(self) -> list[URLPattern]:
        """Add the page of figures."""
        view = self.admin_site.admin_view(self.figures)
        return [path("figures/", view, name="tracking_promise_figures"), *super().get_urls()]

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        """Search by a whole number that an index answers."""
        key = tracking_key(search_term)
        return (queryset.filter(shipment__tracking_key=key) if key else queryset), False

    def export_queryset(self, rows: QuerySet[Promise]) -> QuerySet[Promise]:
        """Load parcels, orders and stores with them."""
        return rows.select_related("shipment__order__store")

    @admin.display(description="Parcel")
    def parcel(self, row: Promise) -> str:
        """Return a link to the parcel."""
        return cells.link(row.shipment)

    @admin.display(description="Carrier", ordering="shipment__carrier")
    def carrier(self, row: Promise) -> str:
        """Return the carrier as the shop names it."""
        return row.shipment.carrier_name or carrier_label(row.shipment.carrier) or cells.EMPTY

    @admin.display(description="Whose word", ordering="source")
    def said_by(self, row: Promise) -> str:
        """Return whose window it is."""
        return whose(row.source)

    @admin.display(description="Window")
    def window(self, row: Promise) -> str:
        """Return its days."""
        return format_html("{} to {}", cells.day(row.from_date), cells.day(row.to_date))

    @admin.display(description="Why these days")
    def explained(self, row: Promise) -> str:
        """Return what it was made of."""
        return explain(row.why, row.source) or cells.EMPTY

    def figures(self, request: HttpRequest) -> HttpResponse:
        """Show how often promises were kept, by carrier and by lane. Everyone who may see promises may."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        asked = request.GET.get("days", "")
        days = int(asked) if asked in {str(span) for span in SPANS} else SPANS[1]
        stores = list(Store.objects.order_by("name"))
        store = next((one for one in stores if one.slug == request.GET.get("store")), None)
        lanes = by_lane(since=timezone.now() - timedelta(days=days), store=store)
        context = {
            **self.admin_site.each_context(request),
            "title": "Delivery promises",
            "days": days,
            "spans": SPANS,
            "stores": stores,
            "store": store,
            "carriers": [self._row(row) for row in by_carrier(lanes)],
            "lanes": [self._row(row) for row in lanes[:LANES]],
            "more": max(len(lanes) - LANES, 0),
            "learned": TransitModel.objects.filter(state=TransitModel.State.ACTIVE).first(),
        }
        return TemplateResponse(request, "admin/tracking/promise/figures.html", context)

    def _row(self, row: Figures) -> dict[str, Any]:
        on_time = row.on_time
        return {
            "name": carrier_label(row.carrier) or row.carrier or "No carrier named",
            "lane": f"{row.start or '?'} → {row.end or '?'}",
            "figures": row,
            "share": "–" if on_time is None else f"{on_time:.1%}",
            "margin": f"± {row.margin:.1%}" if on_time is not None else "",
            "url": f"{self.address('changelist')}?shipment__carrier={row.carrier}" if row.carrier else "",
        }


@admin.register(TransitModel)
class TransitModelAdmin(ReadOnlyAdmin):
    """Versions of what was learned from deliveries. The newest is in use; nobody edits one."""

    plural = "Learned transit times"
    place = 40
    list_display = (
        "__str__",
        "state",
        cells.when("learned_at", "Learned"),
        cells.number("deliveries", "Deliveries"),
        cells.number("groups", "Groups"),
    )
    list_filter = ("state",)
    ordering = ("-pk",)
    fieldsets = (
        (None, {"fields": ("state", "learned_at", "deliveries", "groups", "since", "half_life")}),
        ("What it found", {"fields": ("days_off", "distrusted")}),
    )

    @admin.display(description="Carriers that deliver on days off")
    def days_off(self, row: TransitModel) -> str:
        """Return who delivers when nobody works, where."""
        names = {"holiday": "public holidays", "4": "Fridays", "5": "Saturdays", "6": "Sundays"}
        found = [
            f"{who} in {country or '?'}: {', '.join(names.get(kind, kind) for kind in kinds)}"
            for who, country, kinds in row.extra_days
            if not who.startswith("store:")
        ]
        return "; ".join(found) or cells.EMPTY

    @admin.display(description="Carriers whose own windows are often missed")
    def distrusted(self, row: TransitModel) -> str:
        """Return whose windows are corrected in some group."""
        return ", ".join(row.doubted) or cells.EMPTY


@admin.register(EtaRules)
class EtaRulesAdmin(StaffAdmin):
    """Cut-off time and wishes of one store; a store without a row has the defaults."""

    plural = "Delivery window rules"
    place = 41
    list_display = ("store", "enabled", "before_hand_over", "cut_off")
    list_select_related = ("store",)
