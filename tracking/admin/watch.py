"""What needs attention: flags on orders and parcels, each with its reason, and the rules they follow."""

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Case, CharField, Count, F, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.functions import Cast, Concat
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from config.lib.staff import cells
from config.lib.staff.lists import recent_values
from config.lib.staff.pages import Need, ReadOnlyAdmin, StaffAdmin
from customers.models import Alert, User
from tracking.models import Flag, Incident, WatchRules
from tracking.services.search import find_orders
from tracking.watch.words import explain

NOBODY = "nobody"
LONGEST_ID = 18  # digits that a database surely takes
TONES: dict[str, str] = {
    Flag.Kind.LOST: cells.BAD,
    Flag.Kind.CUSTOMS: cells.BAD,
    Flag.Kind.EXCEPTION: cells.BAD,
}


def with_owner(flags: QuerySet[Flag]) -> QuerySet[Flag]:
    """Add `owner_id` and `owner_name`: who took the alert of a flag, or of its incident while that lasts."""
    incident = Concat(Value("incident:"), Cast("incident_id", CharField()))
    queue = Concat(Value("flags:"), Cast("store_id", CharField()), Value(":"), F("kind"))
    keyed = flags.annotate(
        alert_key=Case(
            When(incident__state=Incident.State.OPEN, then=incident), default=queue, output_field=CharField()
        )
    )
    alert = Alert.objects.filter(key=OuterRef("alert_key")).exclude(state=Alert.State.ENDED)
    return keyed.annotate(
        owner_id=Subquery(alert.values("owner")[:1]), owner_name=Subquery(alert.values("owner__email")[:1])
    )


class StandingFilter(admin.SimpleListFilter):
    """Open flags, unless cleared ones are asked for."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return what there is beside the open ones."""
        return [("cleared", "Cleared"), ("all", "All")]

    def choices(self, changelist: Any) -> Any:
        """Call the default what it is."""
        for number, choice in enumerate(super().choices(changelist)):
            yield choice | ({"display": "Open"} if number == 0 else {})

    def queryset(self, request: HttpRequest, queryset: QuerySet[Flag]) -> QuerySet[Flag]:
        """Filter by state."""
        if self.value() == "all":
            return queryset
        return queryset.filter(cleared_at__isnull=self.value() != "cleared")


class AgeFilter(admin.SimpleListFilter):
    """How long a flag has stood."""

    title = "age"
    parameter_name = "age"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the ages offered."""
        return [("1", "Opened today"), ("-1", "Over a day"), ("-3", "Over 3 days"), ("-7", "Over a week")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Flag]) -> QuerySet[Flag]:
        """Filter by when the flag opened."""
        if self.value() not in dict(self.lookup_choices):
            return queryset
        days = int(self.value() or 1)
        limit = timezone.now() - timedelta(days=abs(days))
        return queryset.filter(opened_at__gt=limit) if days > 0 else queryset.filter(opened_at__lte=limit)


class OwnerFilter(admin.SimpleListFilter):
    """Who looks after the alert that speaks of it."""

    title = "owner of the alert"
    parameter_name = "owner"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return those who own open alerts."""
        owners = User.objects.filter(alerts__state__in=(Alert.State.OPEN, Alert.State.SNOOZED)).distinct()
        return [(NOBODY, "Nobody"), *((str(user.pk), str(user)) for user in owners.order_by("email")[:50])]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """Filter by owner."""
        value = self.value()
        if value == NOBODY:
            return queryset.filter(owner_id=None)
        if not value or not value.isdecimal() or len(value) > LONGEST_ID:
            return queryset
        return queryset.filter(owner_id=int(value))


@admin.register(Flag)
class FlagAdmin(ReadOnlyAdmin):
    """The queue of what did not happen. Flags open and clear by themselves; nobody sets one."""

    plural = "Needs attention"
    list_display = (
        cells.status("kind", "What", TONES),
        "order_link",
        "parcel_link",
        "why",
        "carrier_words",
        "store",
        cells.when("since", "Since"),
        "age",
        "incident_link",
        "owner",
    )
    list_display_links = (list_display[0],)
    list_filter = (
        StandingFilter,
        "kind",
        recent_values("carrier", "carrier"),
        "store",
        AgeFilter,
        OwnerFilter,
        "reason",
        ("incident", admin.EmptyFieldListFilter),
    )
    list_select_related = ("store", "order", "shipment", "incident")
    search_fields = ("order__number_key",)  # shows the box; see get_search_results
    search_help_text = "A whole order number, e-mail address or tracking number."
    ordering = ("-opened_at", "-pk")
    needs = (
        Need(
            "Parcels probably lost",
            cells.BAD,
            {"kind__exact": Flag.Kind.LOST},
            {"kind": Flag.Kind.LOST, "cleared_at": None},
        ),
        Need(
            "Orders that wait too long to be shipped",
            cells.WARN,
            {"kind__exact": Flag.Kind.UNFULFILLED},
            {"kind": Flag.Kind.UNFULFILLED, "cleared_at": None},
        ),
        Need("Flags on orders and parcels", cells.WARN, {"state": ""}, {"cleared_at": None}),
    )
    fieldsets = (
        (None, {"fields": ("what", "order_link", "parcel_link", "why", "rule", "incident_link", "owner")}),
        ("When", {"fields": ("since", "opened_at", "cleared_at", "cleared_why")}),
        ("As it stood when it opened", {"fields": ("carrier", "place", "reason", "facts_seen")}),
    )
    columns = (
        ("What", lambda flag: flag.get_kind_display()),
        ("Order", lambda flag: flag.order.number),
        ("Parcel", lambda flag: flag.shipment.tracking_number if flag.shipment else ""),
        ("Store", lambda flag: flag.store.name),
        ("Carrier", lambda flag: flag.carrier),
        ("Place", lambda flag: flag.place),
        ("Reason", lambda flag: flag.reason),
        ("Since", lambda flag: flag.since),
        ("Opened", lambda flag: flag.opened_at),
        ("Cleared", lambda flag: flag.cleared_at),
        ("Why it was cleared", lambda flag: flag.cleared_why),
        ("Why it stands", lambda flag: explain(flag.kind, flag.facts, flag.since)),
        ("Incident", lambda flag: str(flag.incident) if flag.incident else ""),
        ("Owner", lambda flag: flag.owner_name),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Flag]:
        """Add who looks after them."""
        return with_owner(super().get_queryset(request))

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        """Search by whole words that an index answers."""
        return (queryset.filter(order__in=find_orders(search_term)) if search_term else queryset), False

    def export_queryset(self, rows: QuerySet[Flag]) -> QuerySet[Flag]:
        """Load with them what the columns read."""
        return rows.select_related("store", "order", "shipment", "incident")

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show above the list how many of each kind stand, as links."""
        standing = Flag.objects.filter(cleared_at=None).order_by()
        counts = dict(standing.values_list("kind").annotate(n=Count("pk")))
        groups = [
            {"kind": kind.value, "label": kind.label, "count": counts[kind.value]}
            for kind in Flag.Kind
            if kind.value in counts
        ]
        chosen = request.GET.get("kind__exact", "")
        return super().changelist_view(request, {"groups": groups, "chosen": chosen, **(extra_context or {})})

    # --- cells ---
    @admin.display(description="What")
    def what(self, row: Flag) -> str:
        """Return the kind as a pill."""
        return cells.pill(row.get_kind_display(), TONES.get(row.kind, cells.WARN))

    @admin.display(description="Order", ordering="order")
    def order_link(self, row: Flag) -> str:
        """Return a link to the order."""
        return cells.link(row.order, row.order.number)

    @admin.display(description="Parcel", ordering="shipment")
    def parcel_link(self, row: Flag) -> str:
        """Return a link to the parcel."""
        return cells.link(row.shipment)

    @admin.display(description="Why")
    def why(self, row: Flag) -> str:
        """Return the rule and what it saw; for a cleared one why it was cleared."""
        said = explain(row.kind, row.facts, row.since)
        return f"{said} Cleared: {row.cleared_why}." if row.cleared_at else said

    @admin.display(description="Carrier", ordering="carrier")
    def carrier_words(self, row: Flag) -> str:
        """Return the carrier as the shop names it."""
        return (row.shipment.carrier_name if row.shipment else "") or row.carrier or cells.EMPTY

    @admin.display(description="Stands")
    def age(self, row: Flag) -> str:
        """Return how long it has stood, or stood."""
        hours = round(((row.cleared_at or timezone.now()) - row.opened_at).total_seconds() / 3600)
        return f"{hours} h" if hours < 48 else f"{round(hours / 24)} days"

    @admin.display(description="Incident", ordering="incident")
    def incident_link(self, row: Flag) -> str:
        """Return a link to its incident."""
        return cells.link(row.incident)

    @admin.display(description="Owner")
    def owner(self, row: Any) -> str:
        """Return who took the alert that speaks of it."""
        return row.owner_name or cells.EMPTY

    @admin.display(description="Rule")
    def rule(self, row: Flag) -> str:
        """Return the field of the store's rules that opened it."""
        names = {field.name for field in WatchRules._meta.get_fields()}
        rule = str(row.facts.get("rule", ""))
        return f"{rule} = {row.facts.get('limit')}" if rule in names else rule or cells.EMPTY

    @admin.display(description="Facts")
    def facts_seen(self, row: Flag) -> str:
        """Return what the rule saw, as it was."""
        return cells.raw(cells.pretty(row.facts), "Facts")


@admin.register(WatchRules)
class WatchRulesAdmin(StaffAdmin):
    """When each store starts to worry. Stores without a row use the numbers shown when one is added."""

    plural = "Watch rules"
    list_display = ("store", "enabled", "silent_days_domestic", "silent_days_international", "lost_days")
    list_select_related = ("store",)
    ordering = ("store",)
    fieldsets = (
        (None, {"fields": ("store", "enabled")}),
        (
            "Flags",
            {
                "description": "0 switches a rule off. Days are working days at the place meant.",
                "fields": (
                    "handover_days",
                    "silent_days_domestic",
                    "silent_days_international",
                    "lost_days",
                    "attempts",
                    "pickup_days",
                    "unfulfilled_hours",
                ),
            },
        ),
        ("Incidents", {"fields": ("incident_parcels", "incident_hours")}),
        (
            "Making good",
            {"fields": ("offer_make_good", "severe_days", "make_good_budget_minor", "make_good_limit_minor")},
        ),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """A row stays its store's."""
        return ("store",) if obj else ()
