"""Incidents: what explains many flags, who joins, when it is over; no parcel in two."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.models import Alert
from tests.factories.customers import StoreFactory
from tests.factories.tracking import OrderFactory
from tests.tracking.watching import DAY, HOUR, START, facts, look, parcel, scan
from tracking import events
from tracking.models import Flag, Incident, Shipment, WatchRules
from tracking.services.incidents.clustering import look_for_incidents
from tracking.vocabulary import Reason, Status
from tracking.watch import clusters
from tracking.watch.clusters import Explanation, Sighting, explain
from tracking.watch.letters import prepare, town_of

pytestmark = pytest.mark.django_db

MEMPHIS, DENVER = "Memphis, TN, US", "Denver, CO, US"


# --- what explains them (pure) ---
def seen(count, place="", reason="", first=0):
    return [Sighting(first + n, place, reason) for n in range(count)]


def said(sightings, least=10):
    return [(found.place, found.reason, len(found.parcels)) for found in explain(sightings, least)]


def test_nine_parcels_are_nine_parcels():
    assert said(seen(9, MEMPHIS, Reason.WEATHER)) == []


def test_one_place_and_one_reason_are_told_together():
    assert said(seen(120, MEMPHIS, Reason.CUSTOMS)) == [(MEMPHIS, Reason.CUSTOMS, 120)]


def test_a_reason_all_over_the_country_is_the_reason():
    spread = [Sighting(n, f"Town {n % 30}", Reason.WEATHER) for n in range(90)]

    assert said(spread) == [("", Reason.WEATHER, 90)]


def test_a_place_with_many_reasons_is_the_place():
    mixed = seen(8, MEMPHIS) + seen(5, MEMPHIS, Reason.WEATHER, first=8) + seen(4, MEMPHIS, "x", first=13)

    assert said(mixed) == [(MEMPHIS, "", 17)]


def test_the_narrower_explanation_is_taken_where_both_hold():
    """Most of those held are in Leipzig; those elsewhere are too few for a trouble of their own."""
    here, there = seen(120, "Leipzig", Reason.CUSTOMS), seen(7, "Köln", Reason.CUSTOMS, first=120)

    assert said(here + there) == [("Leipzig", Reason.CUSTOMS, 120)]
    halves = seen(60, "Leipzig", Reason.CUSTOMS) + seen(60, "Köln", Reason.CUSTOMS, first=60)
    assert said(halves) == [("", Reason.CUSTOMS, 120)]


def test_what_lies_with_the_recipient_is_no_common_cause():
    spread = [Sighting(n, f"Town {n}", Reason.NOT_HOME) for n in range(50)]

    assert said(spread) == []


@given(
    st.lists(
        st.tuples(
            st.integers(0, 60),
            st.sampled_from(["", "A", "B", "C"]),
            st.sampled_from(["", "customs", "weather"]),
        ),
        max_size=150,
    ),
    st.integers(1, 12),
)
def test_no_parcel_is_in_two_and_none_is_too_small(rows, least):
    sightings = [Sighting(*row) for row in rows]
    found = explain(sightings, least)

    parcels = [pk for each in found for pk in each.parcels]
    assert len(parcels) == len(set(parcels))
    assert all(len(each.parcels) >= least and (each.place or each.reason) for each in found)
    assert explain(sightings[::-1], least) == found  # however they are listed
    left = [s for s in sightings if s.shipment_id not in set(parcels)]
    assert explain(left, least) == []


def test_an_explanation_without_parcels_is_never_made():
    assert explain([], 1) == [] and Explanation("A", "").parcels == frozenset()


# --- words ---
def test_the_prepared_words_name_place_and_trouble_in_three_languages():
    subject, words = prepare(place="LEIPZIG, SN, DE", reason=Reason.CUSTOMS)

    assert set(subject) == set(words) == {"en", "de", "fr"}
    assert "Customs in Leipzig are holding" in words["en"]
    assert "Der Zoll in Leipzig" in words["de"]
    assert "La douane à Leipzig" in words["fr"]
    assert all("{{ offer.code }}" in text and "{{ url }}" in text for text in words.values())


def test_a_place_from_a_carrier_cannot_smuggle_in_a_tag_or_markup():
    _, words = prepare(place="{{ secret }} [x](http://evil) <b>*Ulm*", reason="")

    assert "secret }}" not in words["en"] and "http:" not in words["en"] and "<b>" not in words["en"]
    assert (town_of("DE"), town_of(""), town_of("US, US")) == ("", "", "")


# --- in the database ---
def stuck(count, place=MEMPHIS, reason=Reason.WEATHER, at=START, **fields):
    return [parcel(Status.IN_TRANSIT, Status.EXCEPTION, place=place, reason=reason, at=at, **fields)
            for _ in range(count)]  # fmt: skip


@pytest.fixture
def few(db):
    """A store to which four parcels are many."""
    return WatchRules.objects.create(store=StoreFactory(), incident_parcels=4, incident_hours=24)


def test_flags_of_one_carrier_and_place_make_one_incident_with_one_alert(few):
    stuck(4)
    stuck(3, place=DENVER, reason=Reason.ADDRESS, carrier="fedex")

    look(START + 2 * DAY)
    look(START + 2 * DAY + HOUR)

    incident = Incident.objects.get()
    assert (incident.carrier, incident.place, incident.reason) == ("ups", MEMPHIS, Reason.WEATHER)
    assert facts(events.INCIDENT_OPENED) == [
        {
            "incident_id": incident.pk,
            "carrier": "ups",
            "place": MEMPHIS,
            "reason": Reason.WEATHER,
            "parcels": 4,
        }
    ]
    assert Alert.objects.filter(kind="tracking.incident").count() == 1


def test_flags_that_opened_too_far_apart_are_no_incident(few):
    for days in range(0, 12, 3):
        stuck(1, at=START + days * DAY)
        look(START + (days + 2) * DAY)

    assert Flag.objects.filter(kind="EXCEPTION").count() == 4
    assert not Incident.objects.exists()


def test_a_threshold_of_nought_means_no_incidents(few):
    WatchRules.objects.update(incident_parcels=0)
    stuck(5)

    look(START + 2 * DAY)

    assert Flag.objects.count() == 5 and not Incident.objects.exists()


def test_parcels_of_two_stores_are_never_one_incident(few):
    stuck(3)
    other = WatchRules.objects.create(store=StoreFactory(slug="other"), incident_parcels=4)
    stuck(3, order=OrderFactory(store=other.store))

    look(START + 2 * DAY)

    assert Flag.objects.count() == 6 and not Incident.objects.exists()


def test_later_parcels_join_and_so_do_later_flags_of_its_parcels(few):
    first = stuck(4)
    look(START + 2 * DAY)
    incident = Incident.objects.get()

    joined = stuck(1, at=START + 2 * DAY)[0]
    look(START + 5 * DAY)  # by now the first four are silent too

    assert Flag.objects.get(shipment=joined, kind="EXCEPTION").incident == incident
    assert Flag.objects.get(shipment=first[0], kind="SILENT").incident == incident
    opened = [fact for fact in facts(events.FLAG_OPENED) if fact["shipment_id"] == joined.pk]
    assert opened[0]["incident_id"] == incident.pk
    assert Alert.objects.get(kind="tracking.incident").title.startswith("5 parcels")
    assert Incident.objects.count() == 1


def test_it_closes_when_nine_in_ten_move_and_the_others_keep_their_flags(few):
    held = stuck(20)
    look(START + 2 * DAY)
    moving = START + 2 * DAY + HOUR
    for shipment in held[:17]:
        scan(shipment, Status.IN_TRANSIT, moving, place=DENVER)

    look(moving + HOUR)
    incident = Incident.objects.get()
    assert incident.state == Incident.State.OPEN
    scan(held[17], Status.DELIVERED, moving, place=DENVER)
    look(moving + 2 * HOUR)

    incident.refresh_from_db()
    assert incident.state == Incident.State.CLOSED
    assert Flag.objects.filter(cleared_at=None, shipment__in=held[18:]).count() == 2
    assert facts(events.INCIDENT_CLOSED)[0]["parcels"] == 20
    assert Alert.objects.get(kind="tracking.incident").state == Alert.State.ENDED


def test_being_late_does_not_hold_an_incident_open_once_parcels_move(few):
    held = stuck(4, eta_to_date=START.date())
    look(START + 2 * DAY)
    incident = Incident.objects.get()
    assert incident.flags.filter(kind="LATE").count() == 4

    for shipment in held:
        scan(shipment, Status.IN_TRANSIT, START + 2 * DAY + HOUR, place=DENVER)
    look(START + 2 * DAY + 2 * HOUR)

    incident.refresh_from_db()
    assert incident.state == Incident.State.CLOSED
    assert Flag.objects.filter(kind="LATE", cleared_at=None).count() == 4


def test_trouble_that_comes_back_is_a_new_incident(few):
    held = stuck(4)
    look(START + 2 * DAY)
    for shipment in held:
        scan(shipment, Status.IN_TRANSIT, START + 2 * DAY, place=DENVER)
    look(START + 2 * DAY + HOUR)

    stuck(4, at=START + 3 * DAY)
    look(START + 6 * DAY + 2 * HOUR)  # over the weekend

    assert [row.state for row in Incident.objects.order_by("pk")] == ["CLOSED", "OPEN"]


def test_a_parcel_is_in_one_open_incident_only(few):
    """It is stopped by weather in Memphis, then, still flagged, at a second place in trouble."""
    held = stuck(5)
    look(START + 2 * DAY)
    stuck(4, place=DENVER, reason=Reason.SECURITY, at=START + 2 * DAY)
    scan(held[0], Status.EXCEPTION, START + 2 * DAY + HOUR, place=DENVER, reason=Reason.SECURITY)

    look(START + 4 * DAY)
    look_for_incidents(at=START + 4 * DAY)

    by_parcel = {}
    for flag in Flag.objects.filter(incident__state=Incident.State.OPEN):
        by_parcel.setdefault(flag.shipment_id, set()).add(flag.incident_id)
    assert Incident.objects.filter(state=Incident.State.OPEN).count() == 2
    assert all(len(found) == 1 for found in by_parcel.values())


def test_an_incident_whose_parcels_are_deleted_is_over(few):
    stuck(4)
    look(START + 2 * DAY)
    Shipment.objects.all().delete()

    look(START + 2 * DAY + timedelta(minutes=5))

    assert Incident.objects.filter(state=Incident.State.CLOSED).exists()


def test_a_thousand_troubles_at_once_are_not_counted_anew_each_time(monkeypatch):
    counted, groups = [], clusters._groups
    monkeypatch.setattr(clusters, "_groups", lambda pairs: counted.append(1) or groups(pairs))

    found = explain([Sighting(n, f"Town {n % 100}") for n in range(1000)], 10)

    assert len(found) == 100 and len(counted) == 2
