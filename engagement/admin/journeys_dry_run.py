"""The dry run of a journey: asked for with a button, shown once, kept nowhere."""

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import URLPattern
from django.utils import timezone

from config.lib.staff import export
from engagement.journeys import dry_run
from engagement.journeys.dry_report import COLUMNS, SAMPLE, Report
from engagement.journeys.graph import BadGraph
from engagement.models import Journey

# Days that can be asked for. The page ends after SECONDS and says how far it came; the command has all day.
SPANS = (7, 14, 30, 90)
SECONDS = 20
BAR, HEIGHT = 14, 120  # of the chart, in its own units


class JourneyDryRun:
    """Adds the page to the journey's admin."""

    def dry_run_urls(self) -> list[URLPattern]:
        """Return the address of the page."""
        own: Any = self
        return [own.page("<int:pk>/dry-run/", self.dry_run, "dry_run")]

    def dry_run(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Ask for how many days (GET), run and show it or hand it out as a file (POST). Nothing is kept."""
        own: Any = self
        journey: Journey = own.row(request, pk, change=request.method == "POST")
        given = request.POST.get("days", "")
        days = int(given) if given in {str(span) for span in SPANS} else SPANS[1]
        shown: dict[str, Any] = {"spans": SPANS, "days": days, "seconds": SECONDS}
        if request.method == "POST":
            try:
                report = dry_run.run(journey, days=days, at=timezone.now(), seconds=SECONDS)
            except BadGraph as exc:
                shown["problem"] = str(exc)
            else:
                if "csv" in request.POST:
                    return export.response(report.lines, COLUMNS, f"dry-run-{journey.code}")
                shown |= _page(report)
        return own.shown(request, journey, "dry_run", f"Dry run of {journey}", shown)  # type: ignore[no-any-return]


def _page(report: Report) -> dict[str, Any]:
    most = max(report.days.values(), default=1)
    bars = [
        {
            "day": day,
            "count": count,
            "x": place * BAR,
            "y": HEIGHT - round(HEIGHT * count / most),
            "height": round(HEIGHT * count / most),
        }
        for place, (day, count) in enumerate(report.days.items())
    ]
    return {
        "report": report,
        "sentences": list(report.words()),
        "bars": bars,
        "chart_width": max(len(bars) * BAR, 1),
        "chart_height": HEIGHT,
        "bar_width": BAR - 2,
        "lines": report.lines[:SAMPLE],
        "left": max(len(report.lines) - SAMPLE, 0),
    }
