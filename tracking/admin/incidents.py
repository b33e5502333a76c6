"""Incidents: who is affected, the prepared apology and its offer, and the one button that sends it."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone

from config.lib.staff import cells
from config.lib.staff.lists import recent_values
from config.lib.staff.pages import Need, NotDone, ReadOnlyAdmin
from tracking.admin.incident_form import ApologyForm, SendForm
from tracking.admin.incident_page import affected, customers_words, figures, offer_words
from tracking.models import Incident
from tracking.services.incidents import CannotApologise, apologise, edition, request_offer, revise, standing
from tracking.services.incidents.clustering import describe

STATE: dict[str, str] = {Incident.State.OPEN: cells.BAD, Incident.State.CLOSED: cells.GOOD}


@admin.register(Incident)
class IncidentAdmin(ReadOnlyAdmin):
    """One trouble behind many flags. It opens and closes by itself; what staff do is write and send."""

    change_form_template = "admin/tracking/incident/change_form.html"
    list_display = (
        "described",
        cells.status("state", "State", STATE),
        "store",
        cells.when("opened_at", "Since"),
        cells.when("closed_at", "Over"),
        cells.number("told", "Told"),
    )
    list_filter = ("state", "store", recent_values("carrier", "carrier"), "reason")
    list_select_related = ("store",)
    ordering = ("-opened_at",)
    actions = ("make_code", "export_rows")
    buttons = ("make_code",)
    needs = (Need("Incidents", cells.BAD, {"state__exact": Incident.State.OPEN}),)
    fieldsets = ((None, {"fields": ("carrier",)}),)
    columns = (
        ("Store", lambda row: row.store.name),
        ("Carrier", lambda row: row.carrier),
        ("Place", lambda row: row.place),
        ("Reason", lambda row: row.reason),
        ("State", lambda row: row.state),
        ("Since", lambda row: row.opened_at),
        ("Over", lambda row: row.closed_at),
        ("Orders told", lambda row: row.told),
        ("Spent (minor units)", lambda row: row.spent_minor),
        ("Budget (minor units)", lambda row: row.budget_minor),
    )

    def get_urls(self) -> list[URLPattern]:
        """Add the pages to write and to send the apology."""
        wrap = self.admin_site.admin_view
        return [
            path("<path:object_id>/write/", wrap(self.write), name="tracking_incident_write"),
            path("<path:object_id>/send/", wrap(self.send), name="tracking_incident_send"),
            *super().get_urls(),
        ]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Ask for the right by name: the fields themselves are never written in place."""
        return request.user.has_perm("tracking.change_incident")

    @admin.display(description="Incident", ordering="carrier")
    def described(self, row: Incident) -> str:
        """Return carrier, reason and place in words."""
        return describe(row)

    def label(self, row: Any) -> str:
        """Return carrier, reason and place in words."""
        return describe(row)

    def export_queryset(self, rows: QuerySet[Incident]) -> QuerySet[Incident]:
        """Load the stores with them."""
        return rows.select_related("store")

    # --- the page ---
    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show who is affected and what can be done. The preview joins in the template."""
        context = dict(extra_context or {})
        row = self.get_object(request, object_id) if request.method == "GET" else None
        if row is not None and self.has_view_permission(request, row):
            found = standing(row)
            context |= (
                figures(row)
                | affected(row)
                | {
                    "incident": row,
                    "standing": found,
                    "state_pill": cells.pill(row.get_state_display(), STATE[Incident.State(row.state)]),
                    "offer_line": offer_words(row, found),
                    "send_label": f"Send to {customers_words(found.waiting)}",
                    "may_change": self.has_change_permission(request, row),
                    "write_url": self.address("write", row.pk),
                    "send_url": self.address("send", row.pk),
                }
            )
        return super().change_view(request, object_id, form_url, context)

    def buttons_for(self, request: HttpRequest, row: Any) -> list[str]:
        """Offer to make the code while there is one to make."""
        found = standing(row)
        return ["make_code"] if found.has_offer and not found.ready and found.action is None else []

    @admin.action(description="Make the code in the shop", permissions=["change"])
    def make_code(self, request: HttpRequest, queryset: QuerySet[Incident]) -> None:
        """Have the offer's code made in the shop; a worker does it."""
        at = timezone.now()

        def one(row: Incident) -> None:
            try:
                request_offer(incident_id=row.pk, at=at)
            except CannotApologise as exc:
                raise NotDone(str(exc)) from exc

        self.each(request, queryset, one, done="being made in the shop")

    # --- writing ---
    def write(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Change words, offer and budget."""
        row = self._row(request, object_id)
        form = ApologyForm(request.POST or None, incident=row)
        if request.method == "POST" and form.is_valid():
            try:
                revise(incident_id=row.pk, changes=form.changes())
            except CannotApologise as exc:
                form.add_error(None, str(exc))
            else:
                self.log_change(request, row, "Changed the apology.")
                self.message_user(request, "Saved. Nothing has been sent.", messages.SUCCESS)
                return HttpResponseRedirect(self.address("change", row.pk))
        return self._page(request, row, "write", "Words and offer", {"form": form})

    # --- sending ---
    def send(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show what would be sent to whom and what it costs at most, and send it when that is confirmed."""
        row = self._row(request, object_id)
        form = SendForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            self._send(request, row, form.cleaned_data)
            return HttpResponseRedirect(self.address("change", row.pk))
        found = standing(row)
        context = {
            "form": form,
            "standing": found,
            "edition": edition(row),
            "beyond": len(found.waiting) - found.with_offer if found.has_offer else 0,
            "offer_line": offer_words(row, found),
            "send_label": f"Send to {customers_words(found.waiting)}",
            "without_label": customers_words(found.waiting),
            "offered_label": customers_words(found.waiting[: found.with_offer]),
        }
        return self._page(request, row, "send", "Send the apology", context)

    def _send(self, request: HttpRequest, row: Incident, chosen: dict[str, Any]) -> None:
        user: Any = request.user
        try:
            told = apologise(
                incident_id=row.pk,
                by=user,
                at=timezone.now(),
                newest=chosen["newest"],
                shown=chosen["shown"],
                beyond=chosen["beyond"] != "wait",
            )
        except CannotApologise as exc:
            self.message_user(request, f"Not sent: {exc}", messages.ERROR)
            return
        if not told and chosen["beyond"] == "wait" and standing(row, newest=chosen["newest"]).waiting:
            self.message_user(
                request, "Nobody was told: the budget bears no further offer.", messages.WARNING
            )
            return
        if not told:
            self.message_user(request, "Everybody who was to be told has been told.", messages.INFO)
            return
        orders = "one order" if told == 1 else f"{told} orders"
        self.log_change(request, row, f"Sent the apology for {orders}.")
        self.message_user(request, f"On its way for {orders}.", messages.SUCCESS)

    def _row(self, request: HttpRequest, object_id: str) -> Incident:
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404
        if not self.has_change_permission(request, row):
            raise PermissionDenied
        found: Incident = row
        return found

    def _page(
        self, request: HttpRequest, row: Incident, name: str, title: str, context: dict[str, Any]
    ) -> HttpResponse:
        whole = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "incident": row,
            "title": title,
            "subtitle": describe(row),
            "change_url": self.address("change", row.pk),
            **context,
        }
        return TemplateResponse(request, f"admin/tracking/incident/{name}.html", whole)
