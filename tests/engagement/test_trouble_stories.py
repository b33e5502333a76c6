"""Whatever happens to a parcel in whatever order: no trouble is told twice, or when it is over."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from engagement import builtin
from engagement.models import Message, Template
from engagement.tasks import send_messages
from tests.engagement.conftest import ship
from tests.engagement.test_handlers import told
from tests.engagement.test_trouble import apology, flag_event, flag_of, handle, offer_event, offer_of
from tests.factories.tracking import NOON, OrderFactory, OrderLineFactory
from tracking import events
from tracking.models import Incident
from tracking.vocabulary import Status

pytestmark = pytest.mark.django_db
FLAGS = ("SILENT", "CUSTOMS", "EXCEPTION", "LOST")
STEPS = (
    *(("flag", kind) for kind in FLAGS),
    *(("clear", kind) for kind in FLAGS),
    *(("stop", reason) for reason in ("customs", "weather", "lost", "address")),
    ("delay", ""),
    ("apology", ""),
    ("offer", ""),
    ("choose", "REFUND"),
    ("choose", "WAIT"),
    ("deliver", ""),
    ("send", ""),
)
TROUBLE = {"held_up", "exception", "delayed", "incident", "make_good", "moving_again"}
BAD = TROUBLE - {"moving_again"}


class Story:
    """One parcel, the flags and the offers it has, and what its shopper is told, each time mail goes out."""

    def __init__(self):
        self.at, self.flags, self.made, self.stops = NOON, {}, None, 0
        self.order = OrderFactory(total_minor=5300)
        OrderLineFactory(order=self.order, position=1)
        self.parcel = ship(self.order)
        self.incident = Incident.objects.create(store=self.order.store, carrier="ups", opened_at=NOON)
        self.heard = []

    def go(self, step, what):
        self.at += timedelta(minutes=20)
        if step in ("send", "clear") or self.parcel.status != Status.DELIVERED:
            getattr(self, step)(what)

    def stands(self, status, reason=""):
        self.parcel.status, self.parcel.reason = status, reason
        self.parcel.save()

    def flag(self, kind):
        if kind not in self.flags:
            flag = flag_of(self.order, self.parcel, kind, since=self.at, incident=self.incident)
            self.flags[kind] = flag
            handle(flag_event(flag, at=self.at), at=self.at)

    def clear(self, kind):
        flag = self.flags.pop(kind, None)
        if flag is None:
            return
        flag.cleared_at = self.at
        flag.save()
        if not self.flags and self.parcel.status == Status.EXCEPTION:
            self.stands(Status.IN_TRANSIT)
        handle(flag_event(flag, events.FLAG_CLEARED, at=self.at), at=self.at)

    def stop(self, reason):
        self.stands(Status.EXCEPTION, reason)
        fact = told(events.SHIPMENT_EXCEPTION, self.order, self.parcel, at=self.at, reason=reason)
        handle(fact, at=self.at)

    def delay(self, _what):
        days = {"was_to": "2026-03-11", "to_date": "2026-03-13"}
        fact = told(events.SHIPMENT_DELAYED, self.order, self.parcel, at=self.at, **days)
        handle(fact, at=self.at)

    def apology(self, _what):
        if self.flags:
            handle(apology(self.order, self.parcel, self.incident), at=self.at)

    def offer(self, _what):
        if self.made is None or self.made.choice == "WAIT":
            self.made = offer_of(self.order, self.parcel, offered_at=self.at)
            handle(offer_event(self.made), at=self.at)

    def choose(self, choice):
        if self.made and self.made.state == "OFFERED":
            self.made.state, self.made.choice = "DONE", choice
            self.made.save()
            handle(offer_event(self.made, events.MAKE_GOOD_DONE), at=self.at)

    def deliver(self, _what):
        self.stands(Status.DELIVERED)
        handle(told(events.SHIPMENT_DELIVERED, self.order, self.parcel, at=self.at))

    def send(self, _what):
        self.at += timedelta(hours=2)
        before = set(Message.objects.filter(state="SENT").values_list("pk", flat=True))
        while send_messages(at=self.at):
            pass
        new = Message.objects.filter(state="SENT").exclude(pk__in=before).order_by("pk")
        self.check([message.kind for message in new])
        self.heard += [message.kind for message in new]

    def check(self, new):
        """What the shopper opens now, told by how things stand now."""
        chosen = self.made is not None and self.made.choice == "REFUND"
        if self.parcel.status == Status.DELIVERED or chosen:
            assert not TROUBLE & set(new), f"{new}: it is over"
        if not self.flags:
            assert not {"held_up", "incident"} & set(new), f"{new}: nothing holds it up"
        if set(self.flags) & set(FLAGS):
            assert "moving_again" not in new
        assert len(new) == len(set(new)), f"{new}: told twice"
        # An apology is sent by a person who knows of the rest; what asks something of the shopper is told.
        told_now = [kind for kind in new if kind in BAD - {"incident"}]
        asks = self.parcel.reason == "address"
        assert len(told_now) <= (2 if asks else 1), f"{new}: the same trouble in several messages"
        for kind in new:
            if kind == "moving_again":
                since = self.heard[::-1]
                upto = since.index(kind) if kind in since else len(since)
                held = {"held_up", "exception", "incident"} & {*since[:upto], *new}
                assert held, f"{self.heard} {new}: nobody was told that it stood still"


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(STEPS), min_size=3, max_size=14))
def test_no_trouble_is_told_twice_or_when_it_is_over(steps):
    with transaction.atomic():
        builtin.sync(Template)
        story = Story()
        for step, what in (*steps, ("send", "")):
            story.go(step, what)
        transaction.set_rollback(True)
    mail.outbox.clear()

    paid_back = story.made is not None and story.made.choice == "REFUND"
    assert story.heard.count("make_good_done") == int(paid_back)
    assert story.heard.count("incident") <= 1
