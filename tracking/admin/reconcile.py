"""Comparisons of stores with their shops: how each went, and everything that was not here as it is there."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from config.lib.staff import cells
from config.lib.staff.pages import Need, ReadOnlyAdmin
from tracking.models import ReconcileFinding, ReconcileRun
from tracking.services.reconcile_report import in_words

STATE: dict[str, str] = {
    ReconcileRun.State.OPEN: cells.BUSY,
    ReconcileRun.State.DONE: cells.GOOD,
    ReconcileRun.State.STOPPED: cells.WARN,
    ReconcileRun.State.FAILED: cells.BAD,
    ReconcileRun.State.SKIPPED: cells.QUIET,
}
WHAT: dict[str, str] = {
    ReconcileFinding.What.MISSING: cells.WARN,
    ReconcileFinding.What.OLDER: cells.WARN,
    ReconcileFinding.What.DIFFERS: cells.WARN,
    ReconcileFinding.What.GONE: cells.QUIET,
    ReconcileFinding.What.UNREADABLE: cells.BAD,
}


@admin.register(ReconcileRun)
class ReconcileRunAdmin(ReadOnlyAdmin):
    """One row per comparison: started at night, from the store's page, or by `manage.py reconcile`."""

    plural = "Comparisons with shops"
    state_pill = staticmethod(cells.status("state", "State", STATE))
    list_display = (
        cells.when("created_at", "Started"),
        "store",
        "state_pill",
        cells.number("seen", "Compared"),
        cells.number("found", "Not the same", sorts=False),
        cells.number("repaired", "Repaired"),
        cells.number("unreadable", "Unreadable"),
    )
    list_display_links = (list_display[0],)
    list_filter = ("state", "store")
    list_select_related = ("store",)
    search_fields = ("store__slug", "store__name")
    ordering = ("-created_at",)
    needs = (
        Need(
            "Comparisons with shops that are stuck",
            cells.WARN,
            {"state__exact": ReconcileRun.State.OPEN, "attempts__gte": "2"},
        ),
    )
    columns = (
        ("Store", lambda row: row.store.slug),
        ("State", lambda row: row.state),
        ("Started by", lambda row: row.asked_by or "the night"),
        ("Started", lambda row: row.created_at),
        ("Finished", lambda row: row.finished_at),
        ("Changed since", lambda row: row.since),
        ("Changed until", lambda row: row.until),
        ("Compared", lambda row: row.seen),
        ("Missing", lambda row: row.missing),
        ("Older", lambda row: row.older),
        ("Different", lambda row: row.differing),
        ("Gone", lambda row: row.gone),
        ("Unreadable", lambda row: row.unreadable),
        ("Repaired", lambda row: row.repaired),
        ("Words", lambda row: row.words),
    )
    fieldsets = (
        (None, {"fields": ("store", "state_pill", "why", "summary", "list_of_findings")}),
        ("What was asked for", {"fields": ("since", "until", "asked_by", "created_at", "finished_at")}),
        ("How far it has come", {"fields": ("stage", "pages", "seen", "due_at", "attempts", "last_error")}),
    )

    def export_queryset(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Load the stores with them."""
        return rows.select_related("store")

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Let the first page's count open the list it counted."""
        return lookup == "attempts__gte" or super().lookup_allowed(lookup, value, request)

    @admin.display(description="Why")
    def why(self, row: ReconcileRun) -> str:
        """Return why it ended as it did, where there is something to say."""
        return row.words or cells.EMPTY

    @admin.display(description="In words")
    def summary(self, row: ReconcileRun) -> str:
        """Return the sums in a sentence."""
        return in_words(row)

    @admin.display(description="Findings")
    def list_of_findings(self, row: ReconcileRun) -> str:
        """Return a link to what was found."""
        count = row.findings.count()
        if not count:
            return "None"
        url = f"{reverse('admin:tracking_reconcilefinding_changelist')}?run__id__exact={row.pk}"
        return format_html('<a href="{}">{} listed</a>', url, count)


@admin.register(ReconcileFinding)
class ReconcileFindingAdmin(ReadOnlyAdmin):
    """Everything that was not here as it is in the shop."""

    plural = "Differences from shops"
    what_pill = staticmethod(cells.status("what", "What", WHAT))
    list_display = (
        "external_id",
        "kind",
        "what_pill",
        "mended",
        "fields_named",
        "store",
        cells.when("found_at", "Found"),
    )
    list_filter = ("what", "kind", "repaired", "run__store")
    list_select_related = ("run__store",)
    search_fields = ("external_id",)
    search_help_text = "The shop's id of an order, refund, product, stock item or customer."
    ordering = ("-pk",)
    columns = (
        ("Store", lambda row: row.run.store.slug),
        ("Found", lambda row: row.found_at),
        ("Kind", lambda row: row.kind),
        ("Id in the shop", lambda row: row.external_id),
        ("What", lambda row: row.what),
        ("Not the same", lambda row: ", ".join(row.differed)),
        ("Repaired", lambda row: "yes" if row.repaired else "no"),
        ("Words", lambda row: row.words),
    )
    fieldsets = (
        (None, {"fields": ("run_link", "kind", "external_id", "what_pill", "fields_named", "mended")}),
        ("More", {"fields": ("words", "found_at")}),
    )

    def export_queryset(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Load the stores with them."""
        return rows.select_related("run__store")

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Let a run's page open the list of its own."""
        return lookup == "run__id__exact" or super().lookup_allowed(lookup, value, request)

    @admin.display(description="Store", ordering="run__store__name")
    def store(self, row: ReconcileFinding) -> str:
        """Return whose it is."""
        return str(row.run.store)

    @admin.display(description="Comparison")
    def run_link(self, row: ReconcileFinding) -> str:
        """Return a link to the comparison that found it."""
        return cells.link(row.run)

    @admin.display(description="Not the same")
    def fields_named(self, row: ReconcileFinding) -> str:
        """Return the names of what was not the same."""
        return (
            ", ".join(name.removesuffix("_minor").replace("_", " ") for name in row.differed) or cells.EMPTY
        )

    @admin.display(description="Repaired", ordering="repaired")
    def mended(self, row: ReconcileFinding) -> str:
        """Return whether it is as in the shop now."""
        return cells.pill("Repaired", cells.GOOD) if row.repaired else cells.pill("Not repaired", cells.WARN)
