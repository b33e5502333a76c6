"""Pages about a journey beside its editor: as it runs, its versions, publishing, who would get it now."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, reverse
from django.utils import timezone

from config.lib.staff import cells
from customers.models import Event
from engagement.admin.words import names_of
from engagement.journeys import drafts, draw, lint, publishing, services
from engagement.journeys.facts import Asked, holding
from engagement.journeys.graph import BadGraph, Graph, Trigger, read
from engagement.journeys.words import differences, ending_words, trigger_words
from engagement.models import Enrolment, Journey, JourneyVersion, StepLog
from engagement.segments.rules import BadRule

State = Journey.State
TONES: Mapping[str, str] = {
    State.DRAFT: cells.QUIET,
    State.LIVE: cells.GOOD,
    State.PAUSED: cells.WARN,
    State.DRAINING: cells.BUSY,
    State.STOPPED: cells.BAD,
}
READY = "Ready, not switched on"
Runs = Enrolment.State
COUNTED = 50_000  # runs of a version whose way through the steps is counted
TRIED = 100  # events "who would get it now" looks at
SPAN = timedelta(days=30)


def state_pill(journey: Journey) -> str:
    """Return a journey's state as a pill; one that came with the release and is off says that it is ready."""
    ready = journey.state == State.DRAFT and journey.live_id is not None
    return cells.pill(READY if ready else journey.get_state_display(), TONES[journey.state])


class JourneyPages:
    """What all pages of a journey share, and those that show."""

    def page_urls(self) -> list[URLPattern]:
        """Return the addresses of these pages."""
        own: Any = self
        return [
            own.page("<int:pk>/publish/", self.publish, "publish"),
            own.page("<int:pk>/versions/", self.versions, "versions"),
            own.page("<int:pk>/versions/<int:number>/back/", self.back, "back"),
            own.page("<int:pk>/who/", self.who, "who"),
        ]

    def row(self, request: HttpRequest, pk: int, *, change: bool = False) -> Journey:
        """Return a journey that this person may see (or `change`). Raises: Http404, PermissionDenied."""
        own: Any = self
        journey = Journey.objects.select_related("store", "live").filter(pk=pk).first()
        if journey is None:
            raise Http404
        allowed = own.has_change_permission if change else own.has_view_permission
        if not allowed(request, journey):
            raise PermissionDenied
        return journey

    def shown(
        self, request: HttpRequest, journey: Journey, name: str, title: str, context: dict[str, Any]
    ) -> HttpResponse:
        """Show one of the pages of a journey."""
        own: Any = self
        whole = {
            **own.admin_site.each_context(request),
            "title": title,
            "journey": journey,
            "state": state_pill(journey),
            "seen": drafts.stamp(journey),
            "may_change": own.has_change_permission(request, journey),
            "opts": own.opts,
            "change_url": own.address("change", journey.pk),
            "editor_url": own.address("editor", journey.pk),
            **context,
        }
        return TemplateResponse(request, f"admin/engagement/journey/{name}.html", whole)

    # --- as it runs ---
    def overview(self, request: HttpRequest, journey: Journey) -> dict[str, Any]:
        """Return what the page of a journey shows."""
        own: Any = self
        names = names_of(journey)
        shown: dict[str, Any] = {"drafted": drafts.has_draft(journey), "live": journey.live}
        try:
            graph = read(journey.live.graph) if journey.live else drafts.graph_of(journey)
        except BadGraph as exc:
            graph, shown["broken"] = None, str(exc)
        states = dict(
            Enrolment.objects.filter(journey=journey).order_by().values_list("state").annotate(Count("pk"))
        )
        total = sum(count for state, count in states.items() if state != Runs.REFUSED)
        if graph is not None:
            look = draw.Look(names=names, counts=self._counts(journey, graph, total, states))
            shown |= {
                "chart": draw.draw(graph, look, name=f"Flowchart of {journey.name}"),
                "outline": draw.outline(graph, look),
                "goals": [ending_words(one, names) for one in graph.goals],
                "exits": [ending_words(one, names) for one in graph.exits],
            }
        runs = reverse("admin:engagement_enrolment_changelist")
        shown |= {
            "total": total,
            "numbers": [
                (
                    state.label,
                    states.get(state, 0),
                    f"{runs}?journey__id__exact={journey.pk}&state__exact={state}",
                )
                for state in Runs
                if states.get(state) or state in (Runs.ACTIVE, Runs.DONE, Runs.GOAL)
            ],
            "runs_url": f"{runs}?journey__id__exact={journey.pk}",
            "buttons": [
                {"label": label, "url": own.address("do", journey.pk, name)}
                for name, (_, label) in own.allowed_buttons(request, journey).items()
            ],
            "dry_run_url": own.elsewhere("engagement_journey_dry_run", journey.pk),
        }
        return shown

    def _counts(self, journey: Journey, graph: Graph, total: int, states: dict[str, int]) -> dict[str, str]:
        """Return how many stand at each step, and how many came through it where that can be counted."""
        active = Enrolment.objects.filter(journey=journey, state=Runs.ACTIVE).order_by()
        here = dict(active.values_list("step").annotate(Count("pk"))) if states.get(Runs.ACTIVE) else {}
        came: dict[str, int] = {}
        if journey.live and total <= COUNTED:
            log = StepLog.objects.filter(enrolment__version=journey.live).order_by()
            came = dict(log.values_list("step").annotate(Count("enrolment", distinct=True)))
        told = {draw.TOP: f"{total:,} entered"} if total else {}
        for key in graph.steps:
            parts = [f"{here[key]:,} here"] if here.get(key) else []
            parts += [f"{came[key]:,} came"] if came.get(key) else []
            if parts:
                told[key] = ", ".join(parts)
        return told

    # --- publishing ---
    def publish(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show what would be new and what lint says (GET), and make it so (POST)."""
        own: Any = self
        journey = self.row(request, pk, change=True)
        if request.method == "POST":
            try:
                version = publishing.publish(
                    journey_id=pk,
                    seen=request.POST.get("seen", ""),
                    accepted=set(request.POST.getlist("accept")),
                    by=str(request.user),
                    at=timezone.now(),
                    note=request.POST.get("note", "").strip(),
                )
            except publishing.NotSound:
                own.message_user(request, "Not published: see what is wrong below.", messages.ERROR)
                return HttpResponseRedirect(own.address("publish", pk))
            except (drafts.Stale, BadGraph, services.CannotDo) as exc:
                own.message_user(request, str(exc), messages.ERROR)
            else:
                own.log_change(request, journey, f"Published version {version.number}.")
                words = f"Version {version.number} is live. Who is under way finishes on theirs."
                own.message_user(request, words, messages.SUCCESS)
            return HttpResponseRedirect(own.address("change", pk))
        return self.shown(request, journey, "publish", "Publish", self._to_publish(journey))

    def _to_publish(self, journey: Journey) -> dict[str, Any]:
        own: Any = self
        names = names_of(journey)
        try:
            graph = drafts.graph_of(journey)
            problems = lint.check(graph, journey)
            before = read(journey.live.graph) if journey.live else None
        except BadGraph as exc:
            return {"broken": str(exc)}
        off = journey.state in (Journey.State.DRAFT, Journey.State.STOPPED)
        told = [{"one": one, "url": own.address("editor", journey.pk)} for one in problems]
        return {
            "errors": [row for row in told if row["one"].level == lint.ERROR],
            "warnings": [row for row in told if row["one"].level == lint.WARNING],
            "changes": differences(before, graph, names),
            "number": (journey.versions.order_by("-number").values_list("number", flat=True).first() or 0)
            + 1,
            "goes_live": off,
            "nothing": not off and not drafts.has_draft(journey),
        }

    # --- versions ---
    def versions(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show every version: who, when, why, what it changed, who is still under way on it."""
        journey = self.row(request, pk)
        names = names_of(journey)
        rows = list(journey.versions.order_by("-number"))
        active = Enrolment.objects.filter(journey=journey, state=Runs.ACTIVE).order_by()
        under_way = dict(active.values_list("version").annotate(Count("pk")))
        told = []
        for row, old in zip(rows, [*rows, None][1:], strict=True):
            graph = read(row.graph)
            told.append(
                {
                    "row": row,
                    "live": row.pk == journey.live_id,
                    "active": under_way.get(row.pk, 0),
                    "changes": differences(read(old.graph) if old else None, graph, names),
                    "outline": draw.outline(graph, draw.Look(names=names)),
                }
            )
        return self.shown(request, journey, "versions", "Versions", {"versions": told})

    def back(self, request: HttpRequest, pk: int, number: int) -> HttpResponse:
        """Make an old version's graph the draft."""
        own: Any = self
        if request.method != "POST":
            return HttpResponse(status=405, headers={"Allow": "POST"})
        self.row(request, pk, change=True)
        try:
            drafts.roll_back(
                journey_id=pk, number=number, seen=request.POST.get("seen", ""), at=timezone.now()
            )
        except JourneyVersion.DoesNotExist as exc:
            raise Http404 from exc
        except drafts.Stale as exc:
            own.message_user(request, str(exc), messages.ERROR)
            return HttpResponseRedirect(own.address("versions", pk))
        words = f"The draft says what version {number} said. Nothing is published yet."
        own.message_user(request, words, messages.SUCCESS)
        return HttpResponseRedirect(own.address("editor", pk))

    # --- who ---
    def who(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show whom the last events would let in, and whom not; nothing is written."""
        journey = self.row(request, pk)
        at = timezone.now()
        context: dict[str, Any] = {"tried": TRIED, "days": SPAN.days}
        try:
            graph = drafts.graph_of(journey)
        except BadGraph as exc:
            return self.shown(request, journey, "who", "Who would get this now", {"broken": str(exc)})
        context["begins"] = trigger_words(graph.trigger, names_of(journey))
        if graph.trigger.get("type") == Trigger.EVENT:
            try:
                context["rows"] = would_enter(journey, graph, at=at)
            except BadRule as exc:
                context["broken"] = str(exc)
        return self.shown(request, journey, "who", "Who would get this now", context)


def would_enter(journey: Journey, graph: Graph, *, at: datetime) -> list[dict[str, Any]]:
    """
    Return the newest events that could begin a journey, each with its person and whether the filter holds.

    Four queries, and what the filter asks. Re-entry and the store are not judged: the dry run does that.
    """
    kinds = [str(kind) for kind in graph.trigger.get("events") or ()]
    rows = Event.objects.filter(kind__in=kinds, occurred_at__gt=at - SPAN).select_related("customer", "store")
    if journey.store_id:
        rows = rows.filter(store_id=journey.store_id)
    events = list(rows.order_by("-occurred_at")[:TRIED])
    asked = [Asked(one.customer_id, one.data.get("order_id"), one.data) for one in events]
    answers = holding(graph.trigger.get("filter"), asked, at=at)
    return [
        {"event": event, "enters": answer and event.customer_id is not None}
        for event, answer in zip(events, answers, strict=True)
    ]
