"""Journeys: the list, the page of one with its flowchart and numbers, and the buttons."""

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import NoReverseMatch, URLPattern, path, reverse
from django.utils import timezone
from django.utils.text import slugify

from config.lib.staff import cells
from config.lib.staff.pages import NotDone, StaffAdmin
from engagement.admin.journey_begin_forms import AboutForm, CopyForm
from engagement.admin.journeys_dry_run import JourneyDryRun
from engagement.admin.journeys_editor import JourneyEditor
from engagement.admin.journeys_pages import JourneyPages, state_pill
from engagement.journeys import drafts, editing, services
from engagement.journeys.graph import BadGraph
from engagement.models import Enrolment, Journey

State = Journey.State
Runs = Enrolment.State
BUTTONS: Mapping[str, tuple[str, ...]] = {
    State.DRAFT: ("start",),
    State.LIVE: ("pause", "drain", "stop"),
    State.PAUSED: ("resume", "drain", "stop"),
    State.DRAINING: ("resume", "pause", "stop"),
    State.STOPPED: ("start",),
}


@admin.register(Journey)
class JourneyAdmin(JourneyPages, JourneyEditor, JourneyDryRun, StaffAdmin):
    """The conversations that run by themselves."""

    plural = "Journeys"
    form = AboutForm
    add_form_template = "admin/change_form.html"  # the journey's page has a template of that name
    list_display = (
        "name",
        "state_pill",
        "what",
        "store",
        cells.number("entered", "Entered", sorts=False),
        cells.number("active", "Under way", sorts=False),
        cells.number("finished", "Finished", sorts=False),
        cells.number("goal", "Reached the goal", sorts=False),
        cells.when("updated_at", "Changed"),
    )
    list_filter = ("state", "purpose", "topic", "builtin", "store")
    list_select_related = ("store", "live")
    search_fields = ("name__icontains", "code__icontains", "description__icontains")
    ordering = ("name",)
    actions = ("pause", "resume", "drain", "stop")
    buttons = ("start", "resume", "pause", "drain", "stop")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Journey]:
        """Return journeys with how many runs they had: one pass over the runs for the whole page."""
        runs = {
            "entered": ~Q(enrolments__state=Runs.REFUSED),
            "active": Q(enrolments__state=Runs.ACTIVE),
            "finished": Q(enrolments__state=Runs.DONE),
            "goal": Q(enrolments__state=Runs.GOAL),
        }
        rows = super().get_queryset(request)
        if request.resolver_match and request.resolver_match.url_name == "engagement_journey_changelist":
            counts = {name: Count("enrolments", filter=which) for name, which in runs.items()}
            rows = rows.annotate(**counts)
        return rows

    @admin.display(description="State", ordering="state")
    def state_pill(self, row: Journey) -> str:
        """Return its state."""
        return state_pill(row)

    @admin.display(description="About", ordering="purpose")
    def what(self, row: Journey) -> str:
        """Return what it is about."""
        about = row.get_topic_display() if row.topic else row.get_purpose_display()
        return f"{about} · built in" if row.builtin else about

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody deletes one: its runs say why people got what they got. It can be stopped."""
        return False

    # --- addresses ---
    def get_urls(self) -> list[URLPattern]:
        """Add the editor and the pages beside it."""
        return [
            self.page("<int:pk>/about/", self.about, "about"),
            self.page("<int:pk>/copy/", self.copy_page, "copy"),
            *self.editor_urls(),
            *self.page_urls(),
            *self.dry_run_urls(),
            *super().get_urls(),
        ]

    def page(self, route: str, view: Any, name: str) -> URLPattern:
        """Return a page of this admin with its name."""
        return path(route, self.admin_site.admin_view(view), name=f"engagement_journey_{name}")

    def elsewhere(self, name: str, *args: Any) -> str:
        """Return the address of a page of another part, '' where there is none."""
        try:
            return reverse(f"admin:{name}", args=args)
        except NoReverseMatch:
            return ""

    # --- one journey ---
    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show a journey as it runs: flowchart with counts, numbers, buttons."""
        if request.method != "GET":
            raise PermissionDenied
        journey = self.get_object(request, object_id)
        if journey is None:
            raise Http404
        if not self.has_view_permission(request, journey):
            raise PermissionDenied
        return self.shown(request, journey, "change_form", journey.name, self.overview(request, journey))

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> HttpResponse:
        """Go on to the editor."""
        return HttpResponseRedirect(self.address("editor", obj.pk))

    def save_model(self, request: HttpRequest, obj: Journey, form: Any, change: bool) -> None:
        """Give a new journey its code."""
        if not obj.code:
            obj.code = free_code(obj.name)
        super().save_model(request, obj, form, change)

    def about(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Change what a journey is called and what it is about."""
        journey = self.row(request, pk, change=True)
        form = AboutForm(request.POST or None, instance=journey)
        if request.method == "POST" and form.is_valid():
            form.instance.save(update_fields=[*AboutForm.Meta.fields, "updated_at"])
            self.log_change(request, journey, "Changed what it is about.")
            self.message_user(request, "Saved.", messages.SUCCESS)
            return HttpResponseRedirect(self.address("change", pk))
        return self.shown(request, journey, "form", "What it is about", {"form": form, "points": list(form)})

    def copy_page(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Make a journey of one's own out of what this one says."""
        journey = self.row(request, pk)
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = CopyForm(request.POST or None, initial={"name": f"{journey.name}, copy"[:120]})
        if request.method == "POST" and form.is_valid():
            name = form.cleaned_data["name"]
            try:
                draft = editing.as_json(drafts.graph_of(journey))
            except BadGraph:
                draft = drafts.bare(journey.draft)
            made = Journey.objects.create(
                code=free_code(name),
                name=name,
                description=journey.description,
                store=journey.store,
                purpose=journey.purpose,
                topic=journey.topic,
                draft=draft,
            )
            self.log_addition(request, made, f"Copied from “{journey}”.")
            self.message_user(request, "This is the copy. Nothing of it is published yet.", messages.SUCCESS)
            return HttpResponseRedirect(self.address("editor", made.pk))
        return self.shown(request, journey, "form", "Make a copy", {"form": form, "points": list(form)})

    # --- buttons ---
    def buttons_for(self, request: HttpRequest, row: Any) -> list[str]:
        """Offer what its state allows."""
        return list(BUTTONS[row.state]) if row.live_id else []

    def _each(self, request: HttpRequest, rows: Any, one: Callable[..., object], done: str) -> None:
        at = timezone.now()

        def guarded(row: Journey) -> None:
            try:
                one(journey_id=row.pk, at=at)
            except services.CannotDo as exc:
                raise NotDone(str(exc)) from exc

        self.each(request, rows, guarded, done=done)

    @admin.action(description="Switch on", permissions=["change"])
    def start(self, request: HttpRequest, queryset: Any) -> None:
        """Let what is published run."""
        self._each(request, queryset, services.start, "switched on")

    @admin.action(description="Pause", permissions=["change"])
    def pause(self, request: HttpRequest, queryset: Any) -> None:
        """Nobody enters, nobody moves."""
        self._each(request, queryset, services.pause, "paused")

    @admin.action(description="Resume", permissions=["change"])
    def resume(self, request: HttpRequest, queryset: Any) -> None:
        """Let it go on."""
        self._each(request, queryset, services.resume, "resumed")

    @admin.action(description="Drain: nobody new, all finish", permissions=["change"])
    def drain(self, request: HttpRequest, queryset: Any) -> None:
        """Let nobody in any more."""
        self._each(request, queryset, services.drain, "draining")

    @admin.action(description="Stop for everybody", permissions=["change"])
    def stop(self, request: HttpRequest, queryset: Any) -> None:
        """End it for everybody under way."""
        self._each(request, queryset, services.stop, "stopped")


def free_code(name: str) -> str:
    """Return a code of `name` that no journey has yet."""
    base = slugify(name)[:54] or "journey"
    taken = set(Journey.objects.filter(code__startswith=base).values_list("code", flat=True))
    code, number = base, 1
    while code in taken:
        number += 1
        code = f"{base}-{number}"
    return code
