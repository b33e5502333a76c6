"""Eight in ten deliveries come between P10 and P90: on made-up histories and on imported ones."""

import json
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command

from tests.factories.customers import StoreFactory
from tests.tracking.eta_history import import_ways
from tracking.eta.backtest import backtest, trial_of
from tracking.eta.scoring import Score
from tracking.eta.simulate import ways
from tracking.models import TransitModel

END = datetime(2026, 4, 30, tzinfo=UTC)


def reported(count, seed):
    trials = [trial_of(way) for way in ways(count, seed=seed)]
    return backtest(trials, end=max(trial.seen.handed_over_at for trial in trials) + timedelta(days=40))


@pytest.mark.parametrize(("count", "seed"), [(2000, 1), (2000, 2), (2000, 3), (5000, 4)])
def test_made_up_deliveries_come_within_their_windows(count, seed):
    report = reported(count, seed)

    assert report.learned.n > count * 0.45
    assert 0.78 <= report.learned.coverage <= 0.82, report.as_dict()["scores"]
    assert 0.35 <= report.learned.upper <= 0.45
    assert report.verdict.startswith("Within the goal")
    for lost, lost_alike in zip(
        report.learned.losses().values(), report.everybody.losses().values(), strict=True
    ):
        assert lost < lost_alike
    assert report.same.losses()["P50"] < report.told.losses()["P50"]
    assert report.shown.on_time >= report.told.on_time
    assert sum(score.n for score in report.by_carrier.values()) == report.learned.n


def test_the_same_seed_is_the_same_history():
    assert list(ways(50, seed=7)) == list(ways(50, seed=7)) != list(ways(50, seed=8))


def test_made_up_parcels_keep_to_the_calendar():
    for way in ways(3000, seed=5):
        assert way.placed_at < way.handed_over_at
        assert way.delivered_at is None or way.handed_over_at < way.delivered_at
        assert way.told.from_date <= way.told.to_date


def run(**options):
    out = StringIO()
    call_command("eta_report", stdout=out, **options)
    return out.getvalue()


@pytest.mark.django_db
def test_an_imported_history_is_covered_too():
    import_ways(2500, seed=6)
    with time_machine.travel(END, tick=False):
        found = json.loads(run(json=True))
        text = run()

    score = found["scores"]["learned"]
    assert score["n"] > 800
    assert 0.78 <= score["p10_p90"] <= 0.82, found["scores"]
    assert found["verdict"] == "Within the goal of 78-82 %."
    assert found["scores"]["all_alike"]["pinball"]["P50"] > score["pinball"]["P50"]
    assert found["where_the_carrier_told"]["carrier"]["n"] == score["n"]
    assert text.splitlines()[-1].endswith("Within the goal of 78-82 %.")
    assert "By lane:" in text and "US-OR→US" in text
    assert not TransitModel.objects.exists()


@pytest.mark.django_db
def test_a_report_can_be_about_one_store_and_the_last_days():
    import_ways(900, seed=6)
    StoreFactory(slug="empty")
    with time_machine.travel(END, tick=False):
        whole, north = json.loads(run(json=True)), json.loads(run(store="north", json=True))
        short = json.loads(run(days=120, json=True))
        empty = run(store="empty")

    assert 0 < north["scores"]["learned"]["n"] < whole["scores"]["learned"]["n"]
    assert 0 < short["scores"]["learned"]["n"] < whole["scores"]["learned"]["n"]
    assert "Too little data" in empty


@pytest.mark.django_db
def test_an_empty_installation_has_too_little_data():
    assert run().splitlines()[-1].startswith("Too little data: 0 deliveries")


def test_a_simulated_report_needs_no_database():
    assert "P10-P90 held" in run(simulate=1000, seed=3)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "options", [{"store": "nobody"}, {"days": 0}, {"simulate": 0}, {"simulate": 9, "days": 1}]
)
def test_senseless_wishes_are_refused(options):
    with pytest.raises(CommandError):
        run(**options)


def test_losses_are_measured_in_days_and_by_level():
    """Predicted 10, 20, 30, 40; came at 25: too late for P10 and P50, too early for P80 and P90."""
    score = Score()
    score.add([10.0, 20.0, 30.0, 40.0], 25.0)

    assert score.losses() == pytest.approx({"P10": 1.5, "P50": 2.5, "P80": 1.0, "P90": 1.5})
    assert (score.coverage, score.upper, score.on_time) == (1, 1, 1)
