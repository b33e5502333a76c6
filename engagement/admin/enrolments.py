"""Runs of journeys: who is where, and of each one what happened at every step, and why or why not."""

from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from config.lib.staff import cells
from config.lib.staff.pages import ReadOnlyAdmin
from engagement.admin.words import kind_words, names_of
from engagement.journeys import draw
from engagement.journeys.graph import BadGraph, Graph, read
from engagement.journeys.words import step_words, way_words
from engagement.models import Enrolment, Journey, Message, StepLog

State = Enrolment.State
TONES: Mapping[str, str] = {
    State.ACTIVE: cells.BUSY,
    State.DONE: cells.GOOD,
    State.GOAL: cells.GOOD,
    State.EXITED: cells.QUIET,
    State.STOPPED: cells.QUIET,
    State.REFUSED: cells.WARN,
    State.FAILED: cells.BAD,
}
OUTCOMES: Mapping[str, str] = {
    StepLog.Outcome.WAITS: cells.BUSY,
    StepLog.Outcome.FAILED: cells.BAD,
    StepLog.Outcome.SKIPPED: cells.WARN,
    StepLog.Outcome.TIMEOUT: cells.WARN,
}
MESSAGES: Mapping[str, str] = {
    Message.State.QUEUED: cells.BUSY,
    Message.State.SENDING: cells.BUSY,
    Message.State.SENT: cells.GOOD,
    Message.State.HELD: cells.WARN,
    Message.State.UNKNOWN: cells.BAD,
    Message.State.FAILED: cells.BAD,
}
SHOWN = 200  # lines of a run's history; loops are cut at 50 rounds anyway


class StepFilter(admin.SimpleListFilter):
    """At which step runs stand: offered once one journey is chosen."""

    title = "step"
    parameter_name = "step"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the steps of the chosen journey's live version."""
        chosen = request.GET.get("journey__id__exact", "")
        if not chosen.isdecimal() or len(chosen) > 18:
            return []
        journey = Journey.objects.select_related("live", "store").filter(pk=chosen).first()
        graph = _graph(journey.live.graph) if journey and journey.live else None
        if graph is None or journey is None:
            return []
        names = names_of(journey)
        return [(step.id, step_words(step, names)[:60]) for step in graph.walk()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Narrow to runs at the step."""
        return queryset.filter(step=self.value()) if self.value() else queryset


@admin.register(Enrolment)
class EnrolmentAdmin(ReadOnlyAdmin):
    """Everybody who is, was, or was not let into a journey."""

    plural = "Runs of journeys"
    change_form_template = "admin/engagement/journey/run.html"
    state_pill = staticmethod(cells.status("state", "State", TONES))
    list_display = (
        "who",
        "journey",
        "state_pill",
        "step",
        "why",
        cells.when("due_at", "Goes on"),
        cells.when("entered_at", "Entered"),
        cells.when("ended_at", "Ended"),
    )
    list_filter = ("state", "journey", StepFilter, "store")
    list_select_related = ("journey", "customer", "order")
    search_fields = ("customer__email__iexact", "order__number_key__iexact", "subject")
    search_help_text = "A whole e-mail address or order number."
    ordering = ("-pk",)
    fieldsets = ((None, {"fields": ("journey", "state_pill", "why")}),)
    columns = (
        ("Journey", lambda row: row.journey.name),
        ("Customer", lambda row: str(row.customer) if row.customer else ""),
        ("Order", lambda row: row.order.number if row.order else ""),
        ("State", lambda row: row.get_state_display()),
        ("Step", lambda row: row.step),
        ("Why", lambda row: row.why),
        ("Entered", lambda row: row.entered_at),
        ("Ended", lambda row: row.ended_at),
    )

    @admin.display(description="Who", ordering="customer")
    def who(self, row: Enrolment) -> str:
        """Return the person, with the order it is about."""
        person = str(row.customer) if row.customer else row.subject
        return f"{person} · {row.order.number}" if row.order else person

    def label(self, row: Any) -> str:
        """Return whose run of what it is."""
        return f"{row.journey}: {self.who(row)}"

    def export_queryset(self, rows: QuerySet[Enrolment]) -> QuerySet[Enrolment]:
        """Load what the columns show."""
        return rows.select_related("journey", "customer", "order")

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show one run: where it stands, its history, its messages."""
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **self._told(row)})

    def _told(self, row: Enrolment) -> dict[str, Any]:
        names = names_of(row.journey)
        graph = _graph(row.version.graph)
        log = list(row.log.order_by("pk")[: SHOWN + 1])
        came = {line.step for line in log}
        marks = {line.step: line.why or "Failed" for line in log if line.outcome == StepLog.Outcome.FAILED}
        counts = dict.fromkeys(came, "was here")
        if row.state == State.ACTIVE and row.step:
            counts[row.step] = "is here"
        look = draw.Look(names=names, counts=counts, marks=marks, chosen=row.step)

        def called(step_id: str) -> str:
            step = graph.step(step_id) if graph else None
            return step_words(step, names) if step else step_id or "The entry"

        return {
            "run": row,
            "state": cells.pill(row.get_state_display(), TONES[row.state]),
            "called": called(row.step) if row.step else "",
            "waits": _waits(row),
            "chart": draw.draw(graph, look, name=f"The way of this run through {row.journey}")
            if graph
            else "",
            "history": [
                {
                    "line": line,
                    "step": called(line.step),
                    "pill": cells.pill(line.get_outcome_display(), OUTCOMES.get(line.outcome, cells.GOOD)),
                    "branch": way_words(line.branch),
                }
                for line in log[:SHOWN]
            ],
            "more": len(log) > SHOWN,
            "messages_sent": [
                {
                    "row": one,
                    "kind": kind_words(one.kind),
                    "pill": cells.pill(one.get_state_display(), MESSAGES[one.state]),
                    "step": called(one.step),
                    "url": reverse("admin:engagement_message_change", args=[one.pk]),
                }
                for one in row.messages.order_by("pk")[:SHOWN]
            ],
        }


def _waits(row: Enrolment) -> str:
    if row.state != State.ACTIVE:
        return ""
    return row.waits_for


def _graph(data: Mapping[str, Any]) -> Graph | None:
    try:
        return read(data)
    except BadGraph:
        return None
