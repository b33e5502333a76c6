"""Returns and claims: the queue by what they wait for, and the page on which one is dealt with."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone

from config.lib.money import major
from config.lib.staff import cells
from config.lib.staff.pages import Hit, Need, ReadOnlyAdmin
from returns.admin.bulk import Bulk
from returns.admin.return_acts import Acts
from returns.admin.return_create import Creating
from returns.admin.return_page import photo_response, shown
from returns.models import Return, ReturnParcel
from returns.services.staff import TO_DECIDE, find_returns
from returns.states import OPEN
from returns.vocabulary import State

TONES: Mapping[str, str] = {
    State.REQUESTED: cells.WARN,
    State.REVIEW: cells.WARN,
    State.APPROVED: cells.BUSY,
    State.REJECTED: cells.BAD,
    State.LABEL_READY: cells.BUSY,
    State.IN_TRANSIT: cells.BUSY,
    State.RECEIVED: cells.WARN,
    State.INSPECTED: cells.BUSY,
    State.SETTLED: cells.GOOD,
    State.EXPIRED: cells.QUIET,
    State.CANCELLED: cells.QUIET,
}
COUNTED = 1000
OLD = (7, 14, 30)  # days
VIEWS = (
    ("decide", "To decide"),
    ("held", "Refund held"),
    ("label", "Label trouble"),
    ("waiting", "Here, not inspected"),
    ("overpaid", "More went back than was due"),
    *((f"older-{days}", f"Open for more than {days} days") for days in OLD),
)


def view_of(rows: QuerySet[Return], view: str) -> QuerySet[Return]:
    """Return the rows of a saved view, all of them for a name that is none."""
    if view == "decide":
        return rows.filter(state__in=TO_DECIDE)
    if view == "held":
        return rows.filter(refund_held=True).filter(Q(state__in=OPEN) | Q(state=State.SETTLED))
    if view == "label":
        trouble = ReturnParcel.objects.filter(ret=OuterRef("pk"), label=None, shipment=None)
        return rows.filter(Exists(trouble.exclude(problem="")), state=State.APPROVED)
    if view == "waiting":
        return rows.filter(state=State.RECEIVED)
    if view == "overpaid":
        return rows.filter(overpaid_minor__gt=0)
    days = {f"older-{each}": each for each in OLD}.get(view)
    if days is None:
        return rows
    return rows.filter(state__in=OPEN, requested_at__lt=timezone.now() - timedelta(days=days))


class ViewFilter(admin.SimpleListFilter):
    """The saved views."""

    title = "what it waits for"
    parameter_name = "view"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        """Return the views."""
        return VIEWS

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """Return the rows of the chosen view."""
        return view_of(queryset, self.value() or "")


@admin.register(Return)
class ReturnAdmin(Acts, Bulk, Creating, ReadOnlyAdmin):
    """What staff do to returns are actions; their fields follow from what happened."""

    plural = "Returns"
    change_list_template = "admin/returns/return/change_list.html"
    change_form_template = "admin/returns/return/change_form.html"
    list_display = (
        "number",
        cells.status("state", "State", TONES),
        "what",
        "for_order",
        "shopper",
        "worth_num",
        "attention",
        cells.when("requested_at", "Asked for"),
    )
    list_filter = (ViewFilter, "state", "kind", "method", "source", "store", "requested_at")
    list_select_related = ("order", "store", "customer")
    search_fields = ("number",)  # shows the box; what is searched is in get_search_results
    search_help_text = "A whole return number, order number, e-mail address, or tracking number."
    ordering = ("-requested_at",)
    actions = ("approve_chosen", "export_rows")
    buttons = ("approve", "release", "label_again", "nothing_more", "waive", "take_back")
    needs = (
        Need("Returns to decide on", cells.WARN, {"view": "decide"}, {"state__in": TO_DECIDE}),
        Need(
            "Refunds held for a person",
            cells.WARN,
            {"view": "held"},
            {"refund_held": True, "state__in": [*OPEN, State.SETTLED]},
        ),
    )
    fieldsets = ((None, {"fields": ("number",)}),)
    columns = (
        ("Return", lambda r: r.number),
        ("Kind", lambda r: r.kind),
        ("State", lambda r: r.state),
        ("Order", lambda r: r.order.number),
        ("Store", lambda r: r.store.name),
        ("Customer", lambda r: r.customer.name if r.customer else ""),
        ("E-mail", lambda r: r.email or ("" if r.is_gift else r.order.email)),
        ("Method", lambda r: r.method),
        ("Source", lambda r: r.source),
        ("Currency", lambda r: r.currency),
        ("Goes back", lambda r: f"{major(r.quote.get('refund_minor', 0), r.currency):f}"),
        ("Store credit", lambda r: f"{major(r.quote.get('credit_minor', 0), r.currency):f}"),
        ("Fee", lambda r: f"{major(r.fee_minor, r.currency):f}"),
        ("Refund held", lambda r: r.refund_held),
        ("Asked for", lambda r: r.requested_at),
        ("Approved", lambda r: r.approved_at),
        ("Received", lambda r: r.received_at),
        ("Settled", lambda r: r.settled_at),
        ("Ended", lambda r: r.ended_at),
    )

    # --- the list ---
    @admin.display(description="What", ordering="kind")
    def what(self, row: Return) -> str:
        """Say whether goods come back, and how."""
        return "Claim" if row.kind == Return.Kind.CLAIM else row.get_method_display()

    @admin.display(description="Order")
    def for_order(self, row: Return) -> str:
        """Return a link to its order."""
        return cells.link(row.order, row.order.number)

    @admin.display(description="Shopper", ordering="customer__name")
    def shopper(self, row: Return) -> str:
        """Return who sends it back."""
        return "Who was given it" if row.is_gift else str(row.customer or row.email or row.order.email)

    @admin.display(description="Goes back")
    def worth_num(self, row: Return) -> str:
        """Return what was confirmed: money and store credit together."""
        minor = row.quote.get("refund_minor", 0) + row.quote.get("credit_minor", 0)
        return cells.sum_of(minor, row.currency) if minor else cells.EMPTY

    @admin.display(description="Look at")
    def attention(self, row: Return) -> str:
        """Return what is special about it, in a few words."""
        told = [row.review_why] if row.state in TO_DECIDE and row.review_why else []
        told += ["Refund held"] if row.refund_held else []
        told += [f"{len(row.risk)} signal{'s' if len(row.risk) > 1 else ''}"] if row.risk else []
        return " · ".join(told) or cells.EMPTY

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        """Search by whole words that an index answers."""
        return (queryset.filter(pk__in=find_returns(search_term)) if search_term else queryset), False

    def find(self, request: HttpRequest, words: str) -> list[Hit]:
        """Find returns by their number, the order's, e-mail or tracking number."""
        keys = find_returns(words, limit=20)
        found = Return.objects.select_related("store", "order").in_bulk(keys)
        return [
            Hit(
                "Return",
                ret.number,
                f"{ret.get_state_display()} · order {ret.order.number} · {ret.store}",
                self.address("change", ret.pk),
            )
            for ret in (found[pk] for pk in keys if pk in found)
        ]

    def export_queryset(self, rows: QuerySet[Return]) -> QuerySet[Return]:
        """Load what the columns read."""
        return rows.select_related("store", "customer", "order")

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Show the list below its saved views, each with its count."""
        context = {"views": self._views(request), **(extra_context or {})}
        return super().changelist_view(request, context)

    def _views(self, request: HttpRequest) -> list[dict[str, Any]]:
        found = []
        chosen = request.GET.get("view", "")
        for code, label in VIEWS:
            count = view_of(Return.objects.all(), code).order_by()[:COUNTED].count()
            if count or code in ("decide", chosen):
                words = f"{count:,}+" if count == COUNTED else str(count)
                found.append({"code": code, "label": label, "count": words, "current": code == chosen})
        return found

    # --- one return ---
    def get_urls(self) -> list[URLPattern]:
        """Add the forms, the pictures, the preview of approving many, and staff's own returns."""
        view = self.admin_site.admin_view
        own = [
            path("bulk/", view(self.bulk), name="returns_return_bulk"),
            path("create/", view(self.create), name="returns_return_create"),
            path("<path:object_id>/photo/", view(self.photo), name="returns_return_photo"),
            *self.act_urls(),
        ]
        return own + super().get_urls()

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Show everything that is known about one return, and what can be done."""
        context = dict(extra_context or {})
        ret = self.get_object(request, object_id) if request.method == "GET" else None
        if ret is not None and self.has_view_permission(request, ret):
            context |= shown(ret, request.user, at=timezone.now())
            context["links"] = self.links_for(request, ret)
            context["status_pill"] = cells.pill(ret.get_state_display(), TONES.get(ret.state, cells.QUIET))
        return super().change_view(request, object_id, form_url, context)

    def photo(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show a picture of a return (`?id=`), small with `?small`."""
        return photo_response(self, request, object_id)
