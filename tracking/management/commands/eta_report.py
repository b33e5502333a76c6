"""How good learned delivery windows are, on deliveries that were not learned from."""

import json
from argparse import ArgumentParser
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from customers.models import Store
from tracking.eta.backtest import FOLDS, Report, backtest, trial_of
from tracking.eta.scoring import Score
from tracking.eta.simulate import ways
from tracking.services.eta_report import report

LANES = 20


class Command(BaseCommand):
    """`manage.py eta_report [--store SLUG] [--days N] [--simulate N --seed S] [--json]`."""

    help = (
        "Learn transit times from the older half of the deliveries and predict the newer: how many came "
        "between P10 and P90 (goal: 78-82 %), and what predictions lost against simpler ones. Writes nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("--store", metavar="SLUG", help="only this store's parcels")
        parser.add_argument("--days", type=int, metavar="N", help="only predict the last N days")
        parser.add_argument("--simulate", type=int, metavar="N", help="N made-up parcels instead of our own")
        parser.add_argument("--seed", type=int, default=1, help="which made-up history (default 1)")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the report. Raises CommandError for an unknown store or senseless numbers."""
        found = self._simulated(options) if options["simulate"] is not None else self._own(options)
        if options["json"]:
            self.stdout.write(json.dumps(found.as_dict(), indent=2, ensure_ascii=False))
            return
        for line in words(found):
            self.stdout.write(line)

    def _simulated(self, options: Mapping[str, Any]) -> Report:
        if options["simulate"] < 1:
            raise CommandError("--simulate needs a number of parcels above 0.")
        if options["store"] or options["days"]:
            raise CommandError("--store and --days are about our own parcels, not made-up ones.")
        trials = [trial_of(way) for way in ways(options["simulate"], seed=options["seed"])]
        handed = [trial.seen.handed_over_at for trial in trials if trial.seen.handed_over_at]
        return backtest(trials, end=max(handed) + timedelta(days=40))

    def _own(self, options: Mapping[str, Any]) -> Report:
        stores = None
        if options["store"]:
            stores = list(Store.objects.filter(slug=options["store"]))
            if not stores:
                raise CommandError(f"There is no store {options['store']!r}.")
        if options["days"] is not None and options["days"] < 1:
            raise CommandError("--days needs a number above 0.")
        return report(at=timezone.now(), stores=stores, days=options["days"])


def words(found: Report) -> list[str]:
    """Return the report as lines of text."""
    score = found.learned
    lines = [
        f"{found.trials} parcels; {score.n} of the newer ones predicted from what was known before them."
    ]
    if found.cut:
        lines.append(
            f"Learned from what was known at {found.cut:%Y-%m-%d}, anew for each of {FOLDS} parts after it."
        )
    if score.n:
        lines += ["", _HEAD, _line("Learned", score), _line("Everybody alike", found.everybody), ""]
    if found.told.n:
        lines += [
            f"Where the carrier told a window itself (its record moved {found.moved} of them):",
            _line("Carrier's own", found.told),
            _line("As it is shown", found.shown),
            _line("Learned", found.same),
            "",
        ]
    lines += _table("By carrier", found.by_carrier) + _table("By lane", found.by_lane)
    coverage = (
        f"P10-P90 held {score.coverage:.1%} of {score.n} (chance: ±{score.margin:.1%}). " if score.n else ""
    )
    return [*lines, coverage + found.verdict]


_HEAD = (
    f"{'':<26}{'n':>8}  P10-P90  P50-P90  on time{'pinball loss, days:':>20}"
    f"{'P10':>7}{'P50':>7}{'P80':>7}{'P90':>7}"
)


def _line(name: str, score: Score) -> str:
    shares = "".join(f"{share:>9.1%}" for share in (score.coverage, score.upper, score.on_time))
    lost = "".join(f"{loss:7.3f}" for loss in score.losses().values())
    return f"  {name:<24}{score.n:>8}{shares}{'':>20}{lost}"


def _table(title: str, scores: Mapping[str, Score]) -> list[str]:
    if not scores:
        return []
    most = sorted(scores.items(), key=lambda item: -item[1].n)
    rest = [f"  and {len(most) - LANES} more"] if len(most) > LANES else []
    return [title + ":", *(_line(name, score) for name, score in most[:LANES]), *rest, ""]
