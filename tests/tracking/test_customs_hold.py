"""A customs hold of 120 parcels, from the scans to the mail: one incident, one click, its own end."""

import re
from collections import Counter
from datetime import timedelta

import pytest
import time_machine
from django.core import mail

from customers import worker
from customers.models import Alert, AlertRoute
from engagement import builtin
from engagement.models import Message, Template
from tests.factories.customers import CustomerFactory, StoreFactory
from tests.factories.tracking import OrderFactory
from tests.staff import client_of, page, said
from tests.tracking.test_watch_admin import written
from tests.tracking.watching import DAY, HOUR, START, facts, parcel, scan
from tracking import events
from tracking.models import Flag, Incident
from tracking.vocabulary import Reason, Status

pytestmark = pytest.mark.django_db
HELD = START + 2 * HOUR
PLACE = "Leipzig, SN, DE"
TO = {"city": "Köln", "region": "", "postcode": "50667", "country": "DE", "name": "Ada", "lines": []}


def hold(count: int):
    """Parcels from New York to all over Germany that customs have stopped in Leipzig, told of days later."""
    store, found = StoreFactory(), []
    for number in range(count):
        buyer = CustomerFactory(email=f"buyer{number}@example.com")
        order, at = (
            OrderFactory(store=store, ship_to=TO, customer=buyer),
            HELD + timedelta(minutes=number % 60),
        )
        scans = (Status.IN_TRANSIT, Status.EXCEPTION)
        found.append(parcel(*scans, at=at, place=PLACE, reason=Reason.CUSTOMS, order=order))
    return found


def click(client, incident):
    """Open the confirmation, press its button, and return what the page says then."""
    shown = client.get(page(incident, "send")).content.decode()
    hidden = dict(re.findall(r'type="hidden" name="(newest|shown)" value="(\w+)"', shown))
    hidden = hidden or {"newest": 10**6}  # there was no button: pressed from a page that stood open
    return said(client.post(page(incident, "send"), hidden | {"beyond": "words"}, follow=True))


def test_a_customs_hold_of_120_parcels_is_one_incident_one_apology_and_ends_by_itself():
    builtin.sync(Template)
    AlertRoute.objects.create(name="Desk", channel="EMAIL", address="desk@shop.example", severity="URGENT")
    with time_machine.travel(HELD + 3 * DAY, tick=False) as clock:
        held, staff = hold(120), client_of()
        parcel(Status.IN_TRANSIT, at=HELD + 3 * DAY)  # all is well with this one
        worker.drain()

        incident = Incident.objects.get()
        assert (incident.carrier, incident.place, incident.reason) == ("ups", PLACE, Reason.CUSTOMS)
        assert incident.flags.count() == facts(events.INCIDENT_OPENED)[0]["parcels"] == 120
        alert = Alert.objects.get()
        assert (alert.key, alert.severity) == (f"incident:{incident.pk}", Alert.Severity.URGENT)
        assert alert.title.startswith("120 parcels are stuck")
        assert [one.subject[:27] for one in mail.outbox if one.to == ["desk@shop.example"]] == [
            "Urgent: 120 parcels are stu"
        ]
        assert "Leipzig" in incident.words["de"] and "Zoll" in incident.words["de"]

        mail.outbox.clear()
        written(staff, incident, offer_code="SORRY", offer="5.00", budget="595.00", offer_by_hand="on")
        assert click(staff, incident) == ["On its way for 120 orders."]
        assert click(staff, incident) == ["Everybody who was to be told has been told."]
        worker.drain()

        sent = Message.objects.filter(kind="incident")
        assert Counter(sent.values_list("state", flat=True)) == {Message.State.SENT: 120}
        assert set(sent.values_list("order_id", flat=True)) == {shipment.order_id for shipment in held}
        assert {to for one in mail.outbox for to in one.to} == {f"buyer{n}@example.com" for n in range(120)}
        assert len(mail.outbox) == 120
        assert sum("SORRY" in one.body for one in mail.outbox) == 119  # what 595.00 bears
        incident.refresh_from_db()
        assert (incident.spent_minor, incident.told) == (59_500, 120)

        mail.outbox.clear()
        for hours in (1, 2, 30):  # nothing else about the same trouble to the same people
            clock.move_to(HELD + 3 * DAY + hours * HOUR)
            worker.drain()
        assert mail.outbox == []

        released = HELD + 5 * DAY
        for shipment in held:
            scan(shipment, Status.IN_TRANSIT, released, place=PLACE, message="Released by customs")
        clock.move_to(released + HOUR)
        worker.drain()

    incident.refresh_from_db()
    assert (incident.state, incident.closed_at) == (Incident.State.CLOSED, released + HOUR)
    assert facts(events.INCIDENT_CLOSED)[0]["parcels"] == 120
    alert.refresh_from_db()
    assert (alert.state, alert.ended_why) == (Alert.State.ENDED, "120 of 120 parcels move again")
    assert not Flag.objects.filter(cleared_at=None, incident=incident).exists()
