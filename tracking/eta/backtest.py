"""
A test on the past: learn from the older part of a history, predict the newer, as it would have gone day by
day.

The newer part is cut into FOLDS of equal size; each is predicted by what was known when its first parcel was
handed over (live, learning happens every night). Parcels handed over within the last days of the history are
left out: of those only the quick ones have come.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tracking.carriers.base import Window
from tracking.eta import lanes
from tracking.eta.days import on_the_wall
from tracking.eta.learning import History, Learned, learn
from tracking.eta.records import Word, corrected, lateness, lead_of
from tracking.eta.scoring import GOAL, Score, actual, moments, spread
from tracking.eta.simulate import PLACES, Way
from tracking.eta.ways import Seen, Shop, add, place_of
from tracking.eta.windows import Tables

FOLDS = 6
OLDER = 0.5
SETTLED = 0.99  # of deliveries: how long the last days' parcels would have needed
ENOUGH = 400  # predicted deliveries: with fewer, chance alone moves coverage by four points and more


@dataclass(frozen=True)
class Trial:
    """One parcel with a window of its carrier's; `known_at` (aware): when we last knew how it was."""

    seen: Seen
    known_at: datetime
    told: Word | None = None
    pk: int = 0


@dataclass
class Report:
    """
    What came of a test. Scores by name; `own`: parcels whose carrier had told a window, by what we'd show.
    """

    trials: int = 0
    cut: datetime | None = None
    learned: Score = field(default_factory=Score)
    everybody: Score = field(default_factory=Score)
    told: Score = field(default_factory=Score)
    same: Score = field(default_factory=Score)
    shown: Score = field(default_factory=Score)
    moved: int = 0
    by_carrier: dict[str, Score] = field(default_factory=dict)
    by_lane: dict[str, Score] = field(default_factory=dict)

    @property
    def verdict(self) -> str:
        """What the coverage says, in words."""
        score, (low, high) = self.learned, GOAL
        if score.n < ENOUGH:
            return f"Too little data: {score.n} deliveries could be predicted; below {ENOUGH} chance decides."
        if low <= score.coverage <= high:
            return "Within the goal of 78-82 %."
        if low - score.margin <= score.coverage <= high + score.margin:
            return "Outside the goal of 78-82 %, by no more than chance explains."
        return "Outside the goal of 78-82 %."

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as plain JSON."""
        named = {"learned": self.learned, "all_alike": self.everybody}
        own = {"carrier": self.told, "learned": self.same, "shown": self.shown}
        return {
            "parcels": self.trials,
            "learned_until": self.cut.isoformat() if self.cut else None,
            "verdict": self.verdict,
            "scores": {name: plain(score) for name, score in named.items()},
            "where_the_carrier_told": {name: plain(score) for name, score in own.items()},
            "windows_corrected": self.moved,
            "by_carrier": {name: plain(score) for name, score in self.by_carrier.items()},
            "by_lane": {name: plain(score) for name, score in self.by_lane.items()},
        }


def plain(score: Score) -> dict[str, Any]:
    """Return a score as JSON: shares of 1, losses in days."""
    return {
        "n": score.n,
        "p10_p90": round(score.coverage, 4),
        "by_chance": round(score.margin, 4),
        "p50_p90": round(score.upper, 4),
        "on_time": round(score.on_time, 4),
        "pinball": {name: round(loss, 4) for name, loss in score.losses().items()},
    }


def backtest(
    trials: Sequence[Trial], *, end: datetime, folds: int = FOLDS, since: datetime | None = None
) -> Report:
    """
    Test on `trials`, known until `end` (aware). `since`: only predict parcels handed over after this. Returns
    the report; without deliveries it is empty.
    """
    report = Report(trials=len(trials))
    test = _newer(trials, end, since)
    if not test:
        return report
    for number in range(folds):
        part = test[len(test) * number // folds : len(test) * (number + 1) // folds]
        if part:
            cut = _handed(part[0])
            report.cut = report.cut or cut
            _predict(report, part, *_learned(trials, cut))
    return report


def _handed(trial: Trial) -> datetime:
    return trial.seen.handed_over_at or datetime.max.replace(tzinfo=UTC)


def _newer(trials: Sequence[Trial], end: datetime, since: datetime | None) -> list[Trial]:
    """Return the newer part of what came, in order of hand-over."""
    came = [t for t in trials if t.seen.arrived_at and t.seen.handed_over_at and t.seen.arrived_at < end]
    if not came:
        return []
    needed = sorted((t.seen.arrived_at or end) - _handed(t) for t in came)[int(len(came) * SETTLED) - 1]
    ripe = sorted((t for t in came if _handed(t) < end - max(needed, timedelta(days=7))), key=_handed)
    newer = ripe[int(len(ripe) * OLDER) :]
    return [t for t in newer if since is None or _handed(t) >= since]


def _learned(trials: Iterable[Trial], cut: datetime) -> tuple[Learned, Learned]:
    """Return transit times and carriers' records as they were known at `cut`."""
    history, kept = History(), []
    for trial in trials:
        if trial.seen.placed_at is None or trial.seen.placed_at < cut:
            add(history, trial.seen, known_at=min(cut, trial.known_at))
            if trial.told and trial.seen.arrived_at and trial.seen.arrived_at < cut:
                kept.append(trial)
    learned, records = learn(history, today=cut.date()), History()
    for trial in kept:
        add_record(records, trial.seen, trial.told, learned)
    return learned, learn(records, today=cut.date(), extra=learned.extra)


def add_record(records: History, seen: Seen, told: Word | None, learned: Learned) -> None:
    """Add to `records` how late a parcel came after a window its carrier had told."""
    if told is None or seen.arrived_at is None or told.told_at >= seen.arrived_at:
        return
    place, zone = place_of(seen.lane), seen.shop.zone_to(seen.lane)
    days, told_on = learned.days(place), on_the_wall(told.told_at, zone).date()
    keys = lanes.record(told.source, seen.lane, lead_of(days, told_on, told.window.to_date))
    late = lateness(days, told.window.to_date, on_the_wall(seen.arrived_at, zone))
    records.add_value(keys, place, told_on, late)


def _predict(report: Report, part: Sequence[Trial], learned: Learned, records: Learned) -> None:
    tables = Tables(records.tables.get, learned.days)
    for trial in part:
        seen, came = trial.seen, actual(trial.seen)
        own = moments(learned, seen)
        alike = moments(learned, seen, group=lanes.TRANSIT)
        if own is None or alike is None:
            continue
        scope = seen.lane.carrier or "?"
        lane = f"{scope} {seen.lane.ends.replace('>', '→')}"
        for score in (
            report.learned,
            report.by_carrier.setdefault(scope, Score()),
            report.by_lane.setdefault(lane, Score()),
        ):
            score.add(own, came)
        report.everybody.add(alike, came)
        if trial.told and trial.told.told_at < (seen.arrived_at or trial.told.told_at):
            _compare(report, trial.told, seen, own, came, tables)


def _compare(
    report: Report, told: Word, seen: Seen, own: Sequence[float], came: float, tables: Tables
) -> None:
    """Score a carrier's window, the learned one, and the one that is shown, on the same parcel."""
    days = tables.days(place_of(seen.lane))
    window, why = corrected(told, seen.lane, seen.shop.zone_to(seen.lane), tables, days)
    report.told.add(spread(told.window.from_date, told.window.to_date), came)
    report.shown.add(spread(window.from_date, window.to_date), came)
    report.same.add(own, came)
    report.moved += bool(why)


def trial_of(way: Way) -> Trial:
    """Return a simulated parcel as a trial."""
    zone = PLACES[way.store_country][0]
    seen = Seen(
        Shop(way.store, way.store_country, zone),
        way.lane,
        way.placed_at,
        way.handed_over_at,
        way.delivered_at,
    )
    told = way.told
    word = Word(Window(told.from_date, told.to_date), way.lane.carrier, told.told_at) if told else None
    return Trial(seen, datetime.max.replace(tzinfo=UTC), word)
