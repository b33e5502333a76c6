"""Labels in the back-office: the list of purchases, the page that buys one, their documents."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from config.lib.downloads import document_response
from config.lib.staff import cells
from config.lib.staff.pages import Hit, Need, NotDone
from tracking.admin.label_buying import Buying
from tracking.labels.base import Kind
from tracking.models import Label
from tracking.services.labels import (
    CannotCancel,
    NotWaiting,
    cancel_label,
    document,
    fetch_again,
    look_up_again,
    settle_as_cancelled,
    settle_as_not_bought,
)

TONES: dict[str, str] = {
    Label.State.REQUESTED: cells.BUSY,
    Label.State.BUYING: cells.BUSY,
    Label.State.BOUGHT: cells.GOOD,
    Label.State.FAILED: cells.BAD,
    Label.State.UNKNOWN: cells.WARN,
    Label.State.CANCELLING: cells.WARN,
    Label.State.CANCELLED: cells.QUIET,
}
# kind -> what staff call the document
PAPERS = {
    Kind.LABEL: "Label, 4 × 6 in",
    Kind.A4: "Label on A4",
    Kind.QR_PNG: "Code as a picture (PNG)",
    Kind.QR_SVG: "Code as a drawing (SVG)",
    Kind.QR_PAGE: "Page with the code",
    Kind.INVOICE: "Customs invoice",
}
CANCEL, AGAIN, NOT_BOUGHT, IS_CANCELLED, FETCH = (
    "cancel",
    "look_up",
    "not_bought",
    "was_cancelled",
    "fetch_papers",
)


@admin.register(Label)
class LabelAdmin(Buying):
    """Labels: their states follow from what sellers say; nobody sets them."""

    list_display = (
        "__str__",
        cells.status("state", "State", TONES),
        "way",
        "order",
        "sold_by",
        "cost",
        cells.when("created_at", "Asked for"),
        cells.when("expires_at", "Ends"),
        "why",
    )
    list_filter = ("state", "direction", "account", "store")
    list_select_related = ("order", "account", "store")
    search_fields = ("tracking_number", "reference", "order__number_key")
    search_help_text = "A tracking number, an order number, or what is printed as reference."
    ordering = ("-pk",)
    actions = (CANCEL, AGAIN, "export_rows")
    buttons = (CANCEL, AGAIN, NOT_BOUGHT, IS_CANCELLED, FETCH)
    needs = (
        Need("Labels that may have been bought", cells.BAD, {"state__exact": Label.State.UNKNOWN}),
        Need(
            "Labels bought without a document",
            cells.WARN,
            {"state__exact": Label.State.BOUGHT},
            {"state": Label.State.BOUGHT, "ready_at": None, "due_at": None},
        ),
    )
    fieldsets = (
        (None, {"fields": ("status", "why", "papers", "way", "order", "parcel", "reference")}),
        (
            "Purchase",
            {
                "fields": (
                    "account",
                    "carrier_name",
                    "service",
                    "cost",
                    "tracking_number",
                    "external_id",
                    "key",
                    "requested_by",
                    "last_error",
                )
            },
        ),
        ("Addresses", {"fields": ("from_address", "to_address")}),
        (
            "Times",
            {
                "fields": (
                    "created_at",
                    "started_at",
                    "bought_at",
                    "ready_at",
                    "used_at",
                    "expires_at",
                    "cancel_asked_at",
                    "cancelled_at",
                    "due_at",
                )
            },
        ),
    )
    columns = (
        ("Tracking number", lambda r: r.tracking_number),
        ("State", lambda r: r.get_state_display()),
        ("Direction", lambda r: r.get_direction_display()),
        ("Order", lambda r: r.order.number if r.order else ""),
        ("Store", lambda r: r.store.name),
        ("Account", lambda r: str(r.account)),
        ("Carrier", lambda r: r.carrier_name or r.carrier),
        ("Service", lambda r: r.service),
        ("Cost (minor units)", lambda r: r.cost_minor),
        ("Currency", lambda r: r.currency),
        ("Reference", lambda r: r.reference),
        ("Asked for", lambda r: r.created_at),
        ("Bought", lambda r: r.bought_at),
        ("Ends", lambda r: r.expires_at),
    )

    def get_urls(self) -> list[URLPattern]:
        """Add the page that buys, and the documents."""
        view = self.admin_site.admin_view
        return [
            path("buy/", view(self.buy), name="tracking_label_buy"),
            path(
                "<path:object_id>/document/<slug:action>/", view(self.paper), name="tracking_label_document"
            ),
            *super().get_urls(),
        ]

    def find(self, request: HttpRequest, words: str) -> list[Hit]:
        """Find labels by their whole tracking number."""
        key = words.replace(" ", "").upper()
        rows = Label.objects.filter(tracking_number=key).select_related("account")[:5] if key else []
        return [
            Hit(
                "Label",
                str(row),
                f"{row.get_state_display()} · {row.account}",
                self.address("change", row.pk),
            )
            for row in rows
        ]

    # --- cells ---

    @admin.display(description="Direction", ordering="direction")
    def way(self, row: Label) -> str:
        """Return which way it goes."""
        return row.get_direction_display()

    @admin.display(description="Sold by", ordering="account")
    def sold_by(self, row: Label) -> str:
        """Return the account and the service."""
        return " · ".join(part for part in (str(row.account), row.service) if part)

    @admin.display(description="Why")
    def why(self, row: Label) -> str:
        """Return why it is not as it should be, in the seller's words."""
        return row.reason or row.last_error or cells.EMPTY

    @admin.display(description="State")
    def status(self, row: Label) -> str:
        """Return the state, and whether a person is needed."""
        pill = cells.pill(row.get_state_display(), TONES.get(row.state, cells.WARN))
        said = ""
        if row.waits_for_a_person:
            said = "Look at the seller's and decide."
        elif row.due_at and row.state not in (Label.State.BOUGHT, Label.State.CANCELLED):
            said = format_html('<a href="{}">Look again</a>', self.address("change", row.pk))
        elif row.has_expired(timezone.now()):
            said = "It has ended unused."
        return format_html("{} {}", pill, said)

    @admin.display(description="Documents")
    def papers(self, row: Label) -> str:
        """Return links to look at each document, and to save it."""
        if not row.is_ready:
            return cells.EMPTY
        kinds = set(row.documents.values_list("kind", flat=True))
        shown = [(kind.value, words) for kind, words in PAPERS.items() if kind.value in kinds]
        links = [(self.address("document", row.pk, kind), words) for kind, words in shown]
        row_of = '<a href="{0}">{1}</a> · <a href="{0}?save=1" aria-label="Save: {1}">Save</a>'
        return format_html_join(SafeString("<br>"), row_of, links) if links else cells.EMPTY

    @admin.display(description="Cost", ordering="cost_minor")
    def cost(self, row: Label) -> str:
        """Return the price."""
        return cells.sum_of(row.cost_minor, row.currency) if row.currency else cells.EMPTY

    @admin.display(description="Parcel")
    def parcel(self, row: Label) -> str:
        """Return the parcel it is on."""
        return cells.link(row.shipment)

    @admin.display(description="From")
    def from_address(self, row: Label) -> str:
        """Return where it starts."""
        return _address(row.wanted.get("from_", {}))

    @admin.display(description="To")
    def to_address(self, row: Label) -> str:
        """Return where it goes."""
        return _address(row.wanted.get("to", {}))

    def export_queryset(self, rows: QuerySet[Label]) -> QuerySet[Label]:
        """Load what the columns read with them."""
        return rows.select_related("order", "store", "account")

    # --- buttons ---

    def buttons_for(self, request: HttpRequest, row: Any) -> list[str]:
        """Offer what can be done in this state."""
        state = Label.State
        if row.waits_for_a_person:
            return [AGAIN, NOT_BOUGHT if row.state == state.UNKNOWN else IS_CANCELLED]
        if row.state == state.BOUGHT:
            return [CANCEL] if row.ready_at else [CANCEL, FETCH]
        return [CANCEL] if row.state == state.REQUESTED else []

    @admin.action(description="Cancel the label", permissions=["change"])
    def cancel(self, request: HttpRequest, queryset: QuerySet[Label]) -> HttpResponseBase | None:
        """Ask whether it is meant, then have the labels cancelled."""
        if request.POST.get("confirmed") != "1":
            rows = list(queryset.select_related("order", "account")[:200])
            context = {
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "title": "Cancel the label?" if len(rows) == 1 else f"Cancel {len(rows)} labels?",
                "rows": rows,
                "back": self.address("change", rows[0].pk) if len(rows) == 1 else self.address("changelist"),
                "in_list": "_selected_action" in request.POST,
            }
            return TemplateResponse(request, "admin/tracking/label/confirm_cancel.html", context)
        at, by = timezone.now(), str(request.user)
        self.each(
            request,
            queryset,
            _trying(lambda row: cancel_label(label_id=row.pk, at=at, by=by)),
            done="being cancelled",
        )
        return None

    @admin.action(description="Find out again", permissions=["change"])
    def look_up(self, request: HttpRequest, queryset: QuerySet[Label]) -> None:
        """Have a worker look again at what became of the labels."""
        at = timezone.now()
        one = _trying(lambda row: look_up_again(label_id=row.pk, at=at))
        self.each(request, queryset, one, done="about to be looked up")

    @admin.action(description="It was not bought", permissions=["change"])
    def not_bought(self, request: HttpRequest, queryset: QuerySet[Label]) -> None:
        """Write down what a person found at the seller's."""
        at, by = timezone.now(), str(request.user)
        one = _trying(lambda row: settle_as_not_bought(label_id=row.pk, at=at, by=by))
        self.each(request, queryset, one, done="settled as not bought")

    @admin.action(description="It was cancelled", permissions=["change"])
    def was_cancelled(self, request: HttpRequest, queryset: QuerySet[Label]) -> None:
        """Write down what a person found at the seller's."""
        at, by = timezone.now(), str(request.user)
        one = _trying(lambda row: settle_as_cancelled(label_id=row.pk, at=at, by=by))
        self.each(request, queryset, one, done="settled as cancelled")

    @admin.action(description="Fetch its documents again", permissions=["change"])
    def fetch_papers(self, request: HttpRequest, queryset: QuerySet[Label]) -> None:
        """Have a worker fetch the documents once more."""
        at = timezone.now()
        one = _trying(lambda row: fetch_again(label_id=row.pk, at=at))
        self.each(request, queryset, one, done="about to be fetched")

    # --- documents ---

    def paper(self, request: HttpRequest, object_id: str, action: str) -> HttpResponse:
        """Serve a document of a label, to look at or (`?save=1`) to save."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        label = self.get_object(request, object_id)
        found = document(label=label, kind=action) if label is not None else None
        if label is None or found is None:
            raise Http404
        name = f"label-{label.reference}-{label.tracking_number}-{found.kind}"
        save = request.GET.get("save") == "1"
        return document_response(bytes(found.body), found.media_type, name, save=save)


def _address(party: dict[str, Any]) -> str:
    town = f"{party.get('postcode', '')} {party.get('city', '')} {party.get('region', '')}"
    parts = [party.get("name"), party.get("company"), *party.get("lines", ()), town, party.get("country")]
    return ", ".join(" ".join(str(part).split()) for part in parts if part and str(part).strip())


def _trying(act: Callable[[Label], object]) -> Callable[[Label], None]:
    """Return `act` as `each` wants it: what cannot be done is said per row."""

    def one(row: Label) -> None:
        try:
            act(row)
        except (CannotCancel, NotWaiting) as exc:
            raise NotDone(str(exc)) from exc

    return one
