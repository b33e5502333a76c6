"""Several workers look round while carriers speak, on the database that lets them."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections

from customers.models import Event
from tests.factories.customers import StoreFactory
from tests.tracking.watching import DAY, HOUR, START, look, parcel, scan
from tracking import events
from tracking.models import Flag, Incident, WatchRound, WatchRules
from tracking.services import watch
from tracking.services.incidents import look_for_incidents
from tracking.vocabulary import Reason, Status

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer"),
]
AT = START + 2 * DAY


def at_once(jobs) -> None:
    """Run all jobs at the same moment; whatever one raises is raised."""
    gate = threading.Barrier(len(jobs))

    def run(job):
        try:
            gate.wait(30)
            job()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(jobs)) as pool:
        list(pool.map(run, jobs))


def test_workers_that_look_round_at_once_flag_each_parcel_once_while_scans_arrive():
    WatchRules.objects.create(store=StoreFactory(), incident_parcels=5)
    stuck = [parcel(Status.IN_TRANSIT, Status.EXCEPTION, reason=Reason.WEATHER) for _ in range(16)]
    watch.look_round(at=START)  # makes the rounds
    # Leases would keep them apart: here each believes that it alone looks round.
    rounds = watch.rounds.ROUNDS

    def look_at_everything():
        for name in ("parcels", "orders", "incidents"):
            rounds[name](0, AT, float("inf"))

    def speak():
        for shipment in stuck[:6]:
            scan(shipment, Status.IN_TRANSIT, AT + HOUR, place="Denver, CO, US")

    at_once([look_at_everything] * 4 + [speak])
    look(AT + 2 * HOUR)

    open_ = Flag.objects.filter(cleared_at=None, kind="EXCEPTION")
    assert {flag.shipment_id for flag in open_} == {shipment.pk for shipment in stuck[6:]}
    opened = Event.objects.filter(kind=events.FLAG_OPENED).count()
    assert opened == Flag.objects.count() and Incident.objects.count() == 1
    cleared = Event.objects.filter(kind=events.FLAG_CLEARED).count()
    assert cleared == Flag.objects.exclude(cleared_at=None).count()
    assert set(open_.values_list("incident", flat=True)) == {Incident.objects.get().pk}


def test_workers_that_look_for_incidents_at_once_open_one():
    WatchRules.objects.create(store=StoreFactory(), incident_parcels=8)
    for _ in range(8):
        parcel(Status.IN_TRANSIT, Status.EXCEPTION, reason=Reason.WEATHER)
    watch.look_round(at=START)
    WatchRound.objects.filter(name="incidents").update(due_at=None)
    watch.rounds.ROUNDS["parcels"](0, AT, float("inf"))
    assert Flag.objects.count() == 8 and not Incident.objects.exists()

    at_once([lambda: look_for_incidents(at=AT)] * 5)

    assert Incident.objects.count() == 1
    assert Flag.objects.filter(incident=Incident.objects.get()).count() == 8
