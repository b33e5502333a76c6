"""
What a dry run says is what happens: the demo store's last days are lived again (facts to their handlers,
journeys, days that come, mail through the channels), and every message compared with what was foretold.
"""

import os
import shutil
import tempfile
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest import mock

import pytest
from django.test import TestCase, override_settings

from customers import outbox
from customers.models import Delivery, Event
from engagement import sending
from engagement.demo.sample import seed
from engagement.journeys import dates, dry_run, engine
from engagement.journeys.dry_report import collect
from engagement.models import Enrolment, Journey, Message, SurveyAnswer
from tracking.models import Flag, Order, Shipment, ShopAction
from tracking.services.scans import state_at

DAYS = int(
    os.environ.get("REPLAY_DAYS", "8")
)  # the demo tells its last eight days by mail; 21 were looked at
SLOT = timedelta(minutes=15)
WAITING = (Message.State.QUEUED, Message.State.HELD)
LATER = timedelta(seconds=30)
MOMENT = timedelta(microseconds=1)
# A Wednesday; at another hour other people's mornings are the last.
NOW = datetime.fromisoformat(os.environ.get("REPLAY_AT", "2026-03-11T11:00+00:00"))
JOURNEYS = "engagement.journeys"
# Nobody in the demo comes to these within the days: their own tests let somebody.
QUIET = {"maintenance", "win_back", "anniversary", "tier_reached"}


def slot(moment: datetime) -> datetime:
    """Return the end of the quarter of an hour a moment lies in."""
    seconds = SLOT.total_seconds()
    return datetime.fromtimestamp(-(-moment.timestamp() // seconds) * seconds, UTC)


class Past:
    """Puts parcels, orders and flags back to how they stood, and lets them move on again."""

    def __init__(self, since: datetime) -> None:
        self.moves = []
        for parcel in Shipment.objects.filter(scans__order_at__gte=since).distinct():
            moments = parcel.scans.filter(order_at__gte=since).values_list("order_at", flat=True)
            for moment in [since, *sorted(set(moments))]:
                then = state_at(parcel, at=moment)
                values = {
                    "status": then.status,
                    "reason": str(then.reason),
                    "last_scan_at": then.last_scan_at,
                    "delivered_at": then.delivered_at,
                }
                self.moves.append((moment, Shipment, parcel.pk, values))
        self._undo(Order, "cancelled_at", since, status=Order.Status.PLACED)
        self._undo(Flag, "cleared_at", since)
        self._undo(Shipment, "replaced_at", since)
        self.moves.sort(key=lambda move: move[0])

    def _undo(self, model, name, since, **then) -> None:
        for row in model.objects.filter(**{f"{name}__gte": since}):
            later = {each: getattr(row, each) for each in (name, *then)}
            self.moves.append((since, model, row.pk, {name: None, **then}))
            self.moves.append((later[name], model, row.pk, later))

    def move(self, now: datetime) -> None:
        """Let happen what had happened by `now`."""
        while self.moves and self.moves[0][0] <= now:
            _, model, pk, values = self.moves.pop(0)
            model.objects.filter(pk=pk).update(**values)


def replay(since: datetime, until: datetime) -> None:
    """Live through the days from `since` to `until` again, as workers do."""
    Enrolment.objects.filter(state=Enrolment.State.ACTIVE).update(due_at=None)
    Message.objects.filter(state__in=WAITING).update(due_at=None)
    Message.objects.filter(created_at__gte=since, campaign=None).delete()
    Enrolment.objects.filter(entered_at__gte=since).delete()
    SurveyAnswer.objects.filter(asked_at__gte=since).delete()
    before = since - MOMENT
    dates.plan_due(at=before)  # catches up with the day before, which is not what is looked at
    Enrolment.objects.filter(entered_at=before).update(state=Enrolment.State.DONE, due_at=None)
    Delivery.objects.all().delete()
    happened = Event.objects.filter(occurred_at__gte=since, occurred_at__lt=until)
    Delivery.objects.bulk_create(
        Delivery(event=event, handler=JOURNEYS, due_at=slot(event.occurred_at + MOMENT))
        for event in happened.order_by("occurred_at", "pk")
    )
    past, now = Past(since), slot(since)
    while now <= until:
        past.move(now)
        dates.plan_due(at=min(now, until - MOMENT))
        for at in (now, now + LATER):  # what one thing led to is due a moment after it
            work(at)
        now += SLOT


def work(now: datetime) -> None:
    """Do what is due, until nothing is."""
    done = 1
    while done:
        done = sum(iter(lambda: outbox.deliver_due(at=now), 0))
        done += sum(iter(lambda: engine.advance_due(at=now), 0))
        # The dry run takes it that a shop makes its codes at once.
        ShopAction.objects.filter(purpose__startswith="offer:", state="WAITING").update(state="DONE")
        done += sum(iter(lambda: sending.send_due(at=now), 0))


def said(report) -> Counter:
    """Return who got what in which quarter of an hour, and who did not and why."""
    return Counter(
        (
            line.kind,
            line.customer_id,
            line.order_id,
            line.channel,
            line.state,
            line.hold,
            slot(line.at - 2 * LATER) if line.sent else None,
        )
        for line in report.lines
    )


@pytest.mark.once
class TestReplay(TestCase):
    """Seeded once; what is replayed is rolled back."""

    @classmethod
    def setUpTestData(cls):
        cls.folder = tempfile.mkdtemp()
        cls.enterClassContext(
            override_settings(
                DEMO=True,
                DATA_DIR=Path(cls.folder),
                MAILBOX_DIR=Path(cls.folder) / "mail",
                EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend",
                BASE_URL="http://testserver",
                SEND_RATE={},
            )
        )
        # Which store's turn it is, is drawn by lot, and may decide which of two messages makes way.
        cls.enterClassContext(mock.patch("engagement.sending.claiming.random.shuffle", list.sort))
        cls.now = NOW
        seed(at=cls.now)

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        shutil.rmtree(cls.folder, ignore_errors=True)

    def test_the_dry_run_of_every_journey_is_what_happens_when_the_days_are_lived_again(self):
        journeys = list(Journey.objects.filter(builtin=True).select_related("live"))
        since = self.now - timedelta(days=DAYS)
        foretold = dry_run.run_together(journeys, days=DAYS, at=self.now)

        replay(since, self.now)

        differ = {}
        for journey in journeys:
            happened = collect(
                journey.live,
                since=since,
                until=self.now,
                at=self.now,
                held={},
                events=0,
                asked_days=DAYS,
                complete=True,
            )
            dry, real = said(foretold[journey.code]), said(happened)
            if dry != real:
                differ[journey.code] = (dry - real, real - dry)
            assert foretold[journey.code].entered == happened.entered, journey.code
        assert differ == {}
        assert sum(report.sent for report in foretold.values()) > 100
        quiet = {code for code, report in foretold.items() if not report.lines}
        assert quiet <= QUIET, "the demo's last days say nothing about these"

    def test_alone_a_journey_does_what_it_does_beside_the_others(self):
        journeys = list(Journey.objects.filter(builtin=True).select_related("live"))
        one = next(journey for journey in journeys if journey.code == "delivered")

        together = dry_run.run_together(journeys, days=2, at=self.now)

        assert said(dry_run.run(one, days=2, at=self.now)) == said(together["delivered"])
