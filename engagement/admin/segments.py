"""Segments and lists: who is in, and for segments by rules the editor of the rule."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html, format_html_join

from config.lib.staff import cells
from config.lib.staff.pages import NotDone, StaffAdmin
from engagement.admin.segments_lists import ListPages
from engagement.admin.segments_pages import RulePages
from engagement.models import Segment
from engagement.segments import services
from engagement.segments.words import summary


class Kept(admin.SimpleListFilter):
    """Whether archived ones are shown: not, unless they are asked for."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the choices beside the first."""
        return [("archived", "Archived"), ("all", "All")]

    def choices(self, changelist: Any) -> Any:
        """Call the first one what it is."""
        for number, choice in enumerate(super().choices(changelist)):
            yield {**choice, "display": "In use"} if number == 0 else choice

    def queryset(self, request: HttpRequest, queryset: QuerySet[Segment]) -> QuerySet[Segment]:
        """Narrow the list."""
        if self.value() == "all" or request.resolver_match is None:
            return queryset
        return queryset.filter(archived_at__isnull=self.value() != "archived")


@admin.register(Segment)
class SegmentAdmin(RulePages, ListPages, StaffAdmin):
    """Groups of customers, by rule or by hand."""

    list_display = (
        "name",
        "kind_pill",
        "store",
        cells.number("count", "Customers"),
        cells.when("evaluated_at", "Looked at"),
        "trouble",
    )
    list_filter = (Kept, "kind", "store")
    list_select_related = ("store",)
    search_fields = ("name__icontains", "description__icontains")
    search_help_text = "Part of the name or the description."
    ordering = ("name",)
    autocomplete_fields = ("store",)
    readonly_fields = ("in_words", "customers_now", "looked_at", "used_by")
    buttons = ("look_now", "archive_it", "restore_it")
    columns = (
        ("Name", lambda s: s.name),
        ("Kind", lambda s: s.get_kind_display()),
        ("Store", lambda s: s.store.slug if s.store else ""),
        ("Customers", lambda s: s.count),
        ("Looked at", lambda s: s.evaluated_at),
        ("Rule", lambda s: summary(s.rule) if s.kind == Segment.Kind.RULES else ""),
    )

    # --- the list ---
    @admin.display(description="Kind", ordering="kind")
    def kind_pill(self, row: Segment) -> str:
        """Return how it is filled."""
        return cells.pill(row.get_kind_display(), cells.QUIET)

    @admin.display(description="State")
    def trouble(self, row: Segment) -> str:
        """Return what is wrong with it, if anything."""
        if row.archived_at:
            return cells.pill("Archived", cells.QUIET)
        if row.last_error:
            return cells.pill("Its rule fails", cells.BAD)
        if row.kind == Segment.Kind.RULES and row.evaluated_at is None:
            return cells.pill("Waits" if row.due_at else "Has no rule yet", cells.BUSY)
        return cells.pill("Kept", cells.GOOD)

    # --- one ---
    def get_fieldsets(self, request: HttpRequest, obj: Segment | None = None) -> Any:
        """Ask for the kind once; what follows from it is shown."""
        if obj is None:
            return [(None, {"fields": ("name", "description", "kind", "store")})]
        return [
            (None, {"fields": ("in_words", "customers_now", "looked_at", "used_by")}),
            ("Name", {"fields": ("name", "description", "store")}),
        ]

    @admin.display(description="Who is in it")
    def in_words(self, row: Segment) -> str:
        """Return its rule in words, with the ways to change it."""
        if row.kind == Segment.Kind.LIST:
            words, way, what = "Who was put on this list.", self.address("file", row.pk), "Put people on it"
        elif row.rule or row.evaluated_at or row.due_at:
            words, way, what = summary(row.rule), self.address("who", row.pk), "Change the rule"
        else:
            words, way, what = "It has no rule yet.", self.address("who", row.pk), "Write the rule"
        return format_html('{}<br><a href="{}">{}</a>', words, way, what)

    @admin.display(description="Customers")
    def customers_now(self, row: Segment) -> str:
        """Return how many there are, with the way to them."""
        return format_html('<a href="{}">{}</a>', self.address("members", row.pk), f"{row.count:,}")

    @admin.display(description="Looked at (UTC)")
    def looked_at(self, row: Segment) -> str:
        """Return when, and what went wrong."""
        when = cells.moment(row.evaluated_at)
        return format_html("{}<br>{}", when, row.last_error) if row.last_error else when

    @admin.display(description="Used by")
    def used_by(self, row: Segment) -> str:
        """Return what would miss it."""
        found = services.uses(row)
        return format_html_join(", ", "{}", ((words,) for words in found)) if found else "Nothing."

    def get_urls(self) -> list[URLPattern]:
        """Add the editor and the members."""
        return [
            self.page("<int:pk>/who/", self.who, "who"),
            self.page("<int:pk>/members/", self.members, "members"),
            self.page("<int:pk>/members/csv/", self.members_csv, "members_csv"),
            self.page("<int:pk>/file/", self.file, "file"),
            *super().get_urls(),
        ]

    def page(self, route: str, view: Any, name: str) -> URLPattern:
        """Return a page of this admin with its name."""
        return path(route, self.admin_site.admin_view(view), name=f"engagement_segment_{name}")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What was sent to it must stay explained: it is archived."""
        return False

    def save_model(self, request: HttpRequest, obj: Segment, form: Any, change: bool) -> None:
        """Save it; another store is another rule."""
        super().save_model(request, obj, form, change)
        moved = change and "store" in form.changed_data and obj.kind == Segment.Kind.RULES
        if moved and (obj.evaluated_at or obj.due_at):
            services.save_rule(segment=obj, rule=obj.rule, at=timezone.now())

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> HttpResponse:
        """Go on to who is in it."""
        name = "who" if obj.kind == Segment.Kind.RULES else "file"
        return HttpResponseRedirect(self.address(name, obj.pk))

    # --- buttons ---
    def buttons_for(self, request: HttpRequest, row: Any) -> list[str]:
        """Offer what can be done to it now."""
        if row.archived_at:
            return ["restore_it"]
        ruled = row.kind == Segment.Kind.RULES and (row.due_at or row.evaluated_at)
        return ["look_now", "archive_it"] if ruled else ["archive_it"]

    @admin.action(description="Look again now", permissions=["change"])
    def look_now(self, request: HttpRequest, queryset: QuerySet[Segment]) -> None:
        """Have a worker evaluate it at once."""

        def one(segment: Segment) -> None:
            try:
                services.look_again(segment=segment, at=timezone.now())
            except services.NotThatKind as exc:
                raise NotDone(str(exc)) from exc

        self.each(request, queryset, one, done="due: a worker looks in a moment")

    @admin.action(description="Archive", permissions=["change"])
    def archive_it(self, request: HttpRequest, queryset: QuerySet[Segment]) -> None:
        """Stop keeping it, unless something uses it."""

        def one(segment: Segment) -> None:
            try:
                services.archive(segment=segment, at=timezone.now())
            except services.InUse as exc:
                raise NotDone(str(exc)) from exc

        self.each(request, queryset, one, done="archived")

    @admin.action(description="Use again", permissions=["change"])
    def restore_it(self, request: HttpRequest, queryset: QuerySet[Segment]) -> None:
        """Keep it again."""
        self.each(
            request,
            queryset,
            lambda segment: services.restore(segment=segment, at=timezone.now()),
            done="in use again",
        )
