"""What workers run; see config/wiring.py."""

from datetime import datetime, timedelta

from django.utils import timezone

from engagement import clicks, sending
from engagement.campaigns import making
from engagement.journeys import dates, engine
from engagement.profiles import ranks
from engagement.profiles import services as profiles
from engagement.segments import services as segments


def send_messages(*, at: datetime) -> int:
    """Send messages due at `at`. Returns how many were dealt with."""
    return sending.send_due(at=at)


def advance_journeys(*, at: datetime) -> int:
    """Move runs of journeys on that are due at `at`. Returns how many were claimed."""
    return engine.advance_due(at=at)


def begin_days() -> None:
    """Begin journeys for whom a day has come, and wake runs left behind. Every quarter of an hour."""
    at = timezone.now()
    engine.wake_left_behind(at=at)
    dates.plan_due(at=at)


def refresh_profiles(*, at: datetime) -> int:
    """Measure customers again about whom something changed. Returns how many were marked."""
    return profiles.refresh_due(at=at)


def renew_profiles() -> None:
    """Have everybody measured again, and rank them. Runs every night: windows of days move by themselves."""
    profiles.mark_everybody(at=timezone.now())
    ranks.rank_all()


def look_for_unseen() -> None:
    """Find what changed orders and parcels in the last day without an event."""
    profiles.mark_unseen(at=timezone.now(), back=timedelta(days=1))


def evaluate_segments(*, at: datetime) -> int:
    """Find who is in a segment that is due at `at`. Returns how many were evaluated."""
    return segments.evaluate_due(at=at)


def run_campaigns(*, at: datetime) -> int:
    """Make the next messages of running campaigns. Returns how many."""
    return making.advance_due(at=at)


def judge_clicks(*, at: datetime) -> int:
    """Decide which clicks were a person's. Returns how many were judged."""
    return clicks.judge_due(at=at)
