"""
The journey editor: the flowchart of the draft at one side, a form at the other. Every change goes into the
draft and can be undone; nothing here changes what is live. Works by keyboard and without script.
"""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern
from django.utils import timezone

from engagement.admin.journey_begin_forms import EndingsForm, TriggerForm
from engagement.admin.journey_forms import form_of
from engagement.admin.words import names_of
from engagement.journeys import drafts, draw, editing, lint
from engagement.journeys.editing import BadEdit
from engagement.journeys.graph import BadGraph, Graph, StepType
from engagement.journeys.words import Names, ending_words, step_words, title, way_words
from engagement.models import Journey

# What a new step can be, under the headings they are offered under, with what it is for.
KINDS: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    (
        "Say something",
        (
            (StepType.MESSAGE, "One of the messages, by the way they like best"),
            (StepType.TELL, "The news that began it, in the words made for that"),
            (StepType.SURVEY, "Puts a question into the next message"),
            (StepType.OFFER, "Puts a code into the next message"),
        ),
    ),
    (
        "Wait",
        (
            (StepType.WAIT, "Days, hours, or until an hour of their own day"),
            (StepType.WAIT_DATE, "Until a birthday, or days after a delivery"),
            (StepType.WAIT_EVENT, "Until something happens, or it takes too long"),
        ),
    ),
    (
        "Part ways",
        (
            (StepType.BRANCH, "By what we know of them"),
            (StepType.SPLIT, "At random, to compare ways"),
            (StepType.HOLDOUT, "Some get nothing, to see what it brings"),
        ),
    ),
    (
        "Do something",
        (
            (StepType.TAG, "On the customer"),
            (StepType.ALERT, "Tell staff to look"),
            (StepType.CASE, "A person takes over"),
            (StepType.CALL, "Their system hears of it"),
            (StepType.END, "Only where nothing follows"),
        ),
    ),
)
PLAIN = re.compile(r"[-a-zA-Z0-9_]+")
SAID = {
    "remove": "The step is gone. “Undo” brings it back.",
    "up": "The step stands one place earlier.",
    "down": "The step stands one place later.",
    "copy": "This is the copy.",
}


class JourneyEditor:
    """The editor's pages. Mixed into the journeys' admin."""

    def editor_urls(self) -> list[URLPattern]:
        """Return the addresses of these pages."""
        own: Any = self
        return [
            own.page("<int:pk>/edit/", self.editor, "editor"),
            own.page("<int:pk>/edit/begin/", self.begin, "begin"),
            own.page("<int:pk>/edit/endings/", self.endings, "endings"),
            own.page("<int:pk>/edit/new/", self.step_add, "step_add"),
            own.page("<int:pk>/edit/step/<slug:code>/", self.step, "step"),
            own.page("<int:pk>/edit/do/", self.draft_do, "draft_do"),
        ]

    # --- pages ---
    def editor(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show the draft, with what can be done to it as a whole."""
        own: Any = self
        return self._desk(request, own.row(request, pk, change=True), "whole", "", lambda graph, names: {})

    def begin(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Change what begins it."""
        own: Any = self
        journey = own.row(request, pk, change=True)

        def side(graph: Graph, names: Names) -> dict[str, Any] | Graph:
            data = request.POST or None
            form = TriggerForm(data, trigger=graph.trigger, currency=names.currency)
            if request.method == "POST" and "more" not in request.POST and form.is_valid():
                return editing.set_trigger(graph, form.trigger())
            return {"form": form, "points": form.points(), "head": "What begins it"}

        return self._desk(request, journey, "form", draw.TOP, side)

    def endings(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Change what ends its runs."""
        own: Any = self
        journey = own.row(request, pk, change=True)

        def side(graph: Graph, names: Names) -> dict[str, Any] | Graph:
            form = EndingsForm(request.POST or None, graph=graph)
            if request.method == "POST" and form.is_valid():
                return form.changed()
            return {"form": form, "points": list(form), "head": "What ends it"}

        return self._desk(request, journey, "form", "", side)

    def step(self, request: HttpRequest, pk: int, code: str) -> HttpResponse:
        """Change one step."""
        own: Any = self
        journey = own.row(request, pk, change=True)

        def side(graph: Graph, names: Names) -> dict[str, Any] | Graph:
            step = graph.steps.get(code)
            if step is None:
                raise Http404
            form = form_of(step)(
                request.POST or None, step=step, graph=graph, names=names, currency=names.currency
            )
            if request.method == "POST" and "more" not in request.POST and form.is_valid():
                return editing.change(graph, code, form.settings(), form.ways())
            return {
                "form": form,
                "points": form.points(),
                "leads": form.leads(),
                "head": title(step),
                "step_said": step_words(step, names),
                "step": step,
                "keeps": [(way, way_words(way)) for way, _ in step.ways] if editing.branches(step) else [],
            }

        return self._desk(request, journey, "form", code, side)

    def step_add(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Choose what a new step does (GET ?after=&way=), and put it there (POST)."""
        own: Any = self
        journey = own.row(request, pk, change=True)
        told = request.POST if request.method == "POST" else request.GET
        way = (told.get("after", ""), told.get("way", ""))

        def side(graph: Graph, names: Names) -> dict[str, Any] | Graph:
            before = graph.steps.get(way[0])
            target = editing.target_of(graph, way)
            if request.method == "POST":
                made, added = editing.insert(graph, request.POST.get("kind", ""), way)
                side.added = added  # type: ignore[attr-defined]
                return made
            return {
                "head": "A new step",
                "kinds": [
                    (
                        name,
                        [
                            (code, StepType(code).label, words)
                            for code, words in rows
                            if code != "end" or not target
                        ],
                    )
                    for name, rows in KINDS
                ],
                "after": way[0],
                "way": way[1],
                "where": step_words(before, names) if before else "the beginning",
                "way_words": way_words(way[1]),
            }

        return self._desk(request, journey, "new", way[0] or draw.TOP, side)

    # --- small steps ---
    def draft_do(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Take a step out, move or copy it; undo the last change; throw the draft away."""
        own: Any = self
        if request.method != "POST":
            return HttpResponse(status=405, headers={"Allow": "POST"})
        journey = own.row(request, pk, change=True)
        seen = request.POST.get("seen", "")
        what, _, code = request.POST.get("do", "").partition(" ")
        to = own.address("editor", pk)
        try:
            if what == "undo":
                done = drafts.undo(journey_id=pk, seen=seen)
                words = "The last change was undone." if done else "There is nothing to undo."
            elif what == "discard":
                drafts.discard(journey_id=pk, seen=seen)
                words = "The draft is gone."
            else:
                graph, to = self._small(request, journey, what, code, to)
                self._save(request, journey, graph, seen)
                words = SAID[what]
        except (drafts.Stale, BadEdit, BadGraph) as exc:
            own.message_user(request, str(exc), messages.ERROR)
        else:
            own.message_user(request, words, messages.SUCCESS)
        return HttpResponseRedirect(to)

    def _small(
        self, request: HttpRequest, journey: Journey, what: str, code: str, to: str
    ) -> tuple[Graph, str]:
        """Return the graph after a small step, and where to go then."""
        own: Any = self
        graph = drafts.graph_of(journey)
        if what == "remove":
            return editing.remove(graph, code, keep=request.POST.get("keep", "")), to
        if what in ("up", "down"):
            return editing.move(graph, code, up=what == "up"), own.address("step", journey.pk, code)
        if what == "copy":
            made, name = editing.copy(graph, code)
            return made, own.address("step", journey.pk, name)
        raise Http404

    def _save(self, request: HttpRequest, journey: Journey, graph: Graph, seen: str) -> None:
        own: Any = self
        drafts.save(journey_id=journey.pk, graph=graph, seen=seen, at=timezone.now())
        own.log_change(request, journey, "Changed the draft.")

    # --- the desk ---
    def _desk(
        self,
        request: HttpRequest,
        journey: Journey,
        side: str,
        chosen: str,
        work: Callable[[Graph, Names], dict[str, Any] | Graph],
    ) -> HttpResponse:
        """
        Show the draft with `side` beside it. `work` returns what the side shows, or the changed graph: that
        is saved, and the page shown anew.
        """
        own: Any = self
        names = names_of(journey)
        try:
            graph = drafts.graph_of(journey)
            found = work(graph, names)
            if isinstance(found, Graph):
                self._save(request, journey, found, request.POST.get("seen", ""))
                own.message_user(request, "Saved in the draft. Nothing is published yet.", messages.SUCCESS)
                added = getattr(work, "added", "")
                to = own.address("step", journey.pk, added) if added else request.get_full_path()
                return HttpResponseRedirect(to)
        except BadGraph as exc:
            return own.shown(request, journey, "broken", "The draft cannot be read", {"broken": str(exc)})  # type: ignore[no-any-return]
        except (drafts.Stale, BadEdit) as exc:
            own.message_user(request, str(exc), messages.ERROR)
            return HttpResponseRedirect(own.address("editor", journey.pk))
        context = {**self._picture(journey, graph, names, chosen), **found, "side": side}
        name = found.get("head") or "Edit"
        return own.shown(request, journey, "editor", f"{name}: {journey.name}", context)  # type: ignore[no-any-return]

    def _picture(self, journey: Journey, graph: Graph, names: Names, chosen: str) -> dict[str, Any]:
        own: Any = self
        problems = lint.check(graph, journey)
        marks: dict[str, str] = {}
        for one in problems:
            marks.setdefault(one.step or draw.TOP, one.words)

        def link(step_id: str) -> str:
            if step_id == draw.TOP:
                return str(own.address("begin", journey.pk))
            plain = PLAIN.fullmatch(step_id)  # whoever wrote the JSON by hand may have called it anything
            return str(own.address("step", journey.pk, step_id)) if plain else ""

        def plus(after: str, way: str) -> str:
            return f"{own.address('step_add', journey.pk)}?{urlencode({'after': after, 'way': way})}"

        look = draw.Look(names=names, marks=marks, chosen=chosen, link=link, plus=plus)
        return {
            "chart": draw.draw(graph, look, name=f"Flowchart of the draft of {journey.name}"),
            "outline": draw.outline(graph, look),
            "problems": [
                {"one": one, "url": link(one.step or draw.TOP), "at": _place(graph, one.step, names)}
                for one in problems
            ],
            "goals": [ending_words(one, names) for one in graph.goals],
            "exits": [ending_words(one, names) for one in graph.exits],
            "drafted": drafts.has_draft(journey),
            "undoable": drafts.undoable(journey),
            "do_url": own.address("draft_do", journey.pk),
        }


def _place(graph: Graph, step_id: str, names: Names) -> str:
    step = graph.steps.get(step_id)
    return step_words(step, names) if step else "The whole"
