"""The apology of an incident: once per order, the offer within its budget, no code before it exists."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections

from customers.models import Delivery
from tests.factories.customers import StaffFactory, StoreFactory
from tests.factories.tracking import OrderFactory
from tests.tracking.watching import DAY, HOUR, START, facts, look, parcel, scan
from tracking import events
from tracking.models import Flag, Incident, Order, ShopAction, WatchRules
from tracking.services.incidents import CannotApologise, apologise, request_offer, revise, standing
from tracking.vocabulary import Reason, Status

pytestmark = pytest.mark.django_db
AT = START + 2 * DAY
OFFER = {"offer_code": "SORRY", "offer_minor": 500, "offer_by_hand": True}


def incident_of(count, **fields) -> Incident:
    """Return an open incident that holds up `count` orders, one parcel each."""
    WatchRules.objects.get_or_create(store=StoreFactory(), defaults={"incident_parcels": count})
    for _ in range(count):
        parcel(Status.IN_TRANSIT, Status.EXCEPTION, reason=Reason.WEATHER)
    look(AT)
    incident = Incident.objects.get()
    return revise(incident_id=incident.pk, changes=fields) if fields else incident


def offers() -> list[bool]:
    return [fact["offer"] for fact in facts(events.INCIDENT_APOLOGY)]


def test_each_order_gets_one_apology_even_with_two_parcels():
    order = OrderFactory()
    WatchRules.objects.create(store=order.store, incident_parcels=4)
    for owner in (order, order, None, None):
        parcel(Status.IN_TRANSIT, Status.EXCEPTION, reason=Reason.WEATHER, order=owner)
    look(AT)
    incident, by = Incident.objects.get(), StaffFactory()

    assert apologise(incident_id=incident.pk, by=by, at=AT) == 3

    incident.refresh_from_db()
    assert (incident.told, incident.spent_minor, incident.apologised_by) == (3, 0, by)
    fact = facts(events.INCIDENT_APOLOGY)[0]
    assert set(fact) == {"order_id", "shipment_id", "incident_id", "offer"}
    assert fact["shipment_id"] in order.shipments.values_list("pk", flat=True) or fact["order_id"] != order.pk
    assert offers() == [False] * 3


def test_later_parcels_are_a_second_batch_and_nobody_is_told_twice():
    incident = incident_of(3)
    assert apologise(incident_id=incident.pk, by=None, at=AT) == 3
    for _ in range(2):
        parcel(Status.IN_TRANSIT, Status.EXCEPTION, reason=Reason.WEATHER, at=AT)
    look(START + 6 * DAY)

    assert apologise(incident_id=incident.pk, by=None, at=START + 6 * DAY) == 2
    assert len({fact["order_id"] for fact in facts(events.INCIDENT_APOLOGY)}) == 5


def test_the_offer_goes_to_as_many_as_the_budget_bears_and_the_rest_get_the_words():
    incident = incident_of(5, **OFFER, budget_minor=1_700)
    found = standing(incident)
    assert (len(found.waiting), found.with_offer, found.cost) == (5, 3, 1500)

    assert apologise(incident_id=incident.pk, by=None, at=AT) == 5

    incident.refresh_from_db()
    assert (incident.spent_minor, incident.told) == (1500, 5)
    assert sorted(offers()) == [False, False, True, True, True]


def test_those_beyond_the_budget_wait_when_staff_say_so_and_get_it_with_more_budget():
    incident = incident_of(5, **OFFER, budget_minor=1_500)

    assert apologise(incident_id=incident.pk, by=None, at=AT, beyond=False) == 3
    assert apologise(incident_id=incident.pk, by=None, at=AT, beyond=False) == 0
    revise(incident_id=incident.pk, changes={"budget_minor": 2_500})
    assert apologise(incident_id=incident.pk, by=None, at=AT, beyond=False) == 2

    incident.refresh_from_db()
    assert incident.spent_minor == 2_500 and offers() == [True] * 5


def test_what_staff_did_not_see_when_they_confirmed_is_not_sent():
    incident = incident_of(3)
    seen = standing(incident).newest
    parcel(Status.IN_TRANSIT, Status.EXCEPTION, reason=Reason.WEATHER, at=AT)
    look(START + 6 * DAY)

    assert apologise(incident_id=incident.pk, by=None, at=START + 6 * DAY, newest=seen) == 3
    assert len(standing(incident).waiting) == 1


def test_nobody_whose_parcel_moves_again_or_who_cancelled_is_told():
    incident = incident_of(20)
    moving, cancelled, deleted = Flag.objects.order_by("pk")[:3]
    scan(moving.shipment, Status.IN_TRANSIT, AT, place="Denver, CO, US")
    Order.objects.filter(pk=cancelled.order_id).update(cancelled_at=AT)
    Order.objects.filter(pk=deleted.order_id).update(removed_at=AT)
    look(AT + HOUR)

    assert apologise(incident_id=incident.pk, by=None, at=AT + HOUR) == 17


def test_no_message_speaks_of_a_code_that_does_not_exist_yet():
    incident = incident_of(3, offer_code="SORRY", offer_minor=500, budget_minor=1_500)

    with pytest.raises(CannotApologise, match="does not exist"):
        apologise(incident_id=incident.pk, by=None, at=AT)
    action = request_offer(incident_id=incident.pk, at=AT)
    assert request_offer(incident_id=incident.pk, at=AT) == action
    with pytest.raises(CannotApologise):
        apologise(incident_id=incident.pk, by=None, at=AT)
    ShopAction.objects.update(state=ShopAction.State.DONE)

    assert apologise(incident_id=incident.pk, by=None, at=AT) == 3
    assert action.purpose == f"incident:{incident.pk}:offer"
    wanted = action.wanted
    assert (wanted["code"], wanted["amount_minor"], wanted["uses"]) == ("SORRY", 500, 3)
    assert (action.amount_minor, action.currency) == (1_500, "USD")


def test_an_offer_whose_code_is_being_made_cannot_be_changed():
    incident = incident_of(3, offer_code="SORRY", offer_percent=10, offer_minor=500, budget_minor=1_500)
    request_offer(incident_id=incident.pk, at=AT)

    with pytest.raises(CannotApologise):
        revise(incident_id=incident.pk, changes={"offer_percent": 50})
    revise(incident_id=incident.pk, changes={"budget_minor": 3_000, "offer_percent": 10})


def test_more_budget_does_not_stretch_a_code_that_is_good_for_fewer():
    incident = incident_of(4, offer_code="SORRY", offer_minor=500, budget_minor=1_000)
    request_offer(incident_id=incident.pk, at=AT)
    ShopAction.objects.update(state=ShopAction.State.DONE)
    incident = revise(incident_id=incident.pk, changes={"budget_minor": 9_000})

    assert standing(incident).with_offer == 2
    assert apologise(incident_id=incident.pk, by=None, at=AT) == 4
    assert sorted(offers()) == [False, False, True, True]


def test_a_code_that_was_not_made_after_all_can_be_replaced_by_one_made_by_hand():
    incident = incident_of(3, offer_code="SORRY", offer_minor=500, budget_minor=1_500)
    request_offer(incident_id=incident.pk, at=AT)
    ShopAction.objects.update(state=ShopAction.State.CANCELLED)

    revise(incident_id=incident.pk, changes={"offer_code": "SORRY2", "offer_by_hand": True})

    assert apologise(incident_id=incident.pk, by=None, at=AT) == 3 and offers() == [True] * 3


def test_the_budget_cannot_be_put_below_what_is_spent_nor_bear_less_than_one():
    incident = incident_of(3, **OFFER, budget_minor=1_500)
    apologise(incident_id=incident.pk, by=None, at=AT)

    with pytest.raises(CannotApologise):
        revise(incident_id=incident.pk, changes={"budget_minor": 1_499})
    Incident.objects.update(spent_minor=0, budget_minor=499, offer_by_hand=False)
    with pytest.raises(CannotApologise, match="not even one"):
        request_offer(incident_id=incident.pk, at=AT)


def test_an_incident_that_is_over_has_nobody_to_tell():
    incident = incident_of(3)
    Incident.objects.update(state=Incident.State.CLOSED)

    with pytest.raises(CannotApologise, match="over"):
        apologise(incident_id=incident.pk, by=None, at=AT)
    assert not facts(events.INCIDENT_APOLOGY)


def test_each_apology_is_addressed_to_its_handlers(settings):
    settings.EVENT_HANDLERS = {"x": ("tests.nothing", (events.INCIDENT_APOLOGY,))}
    incident = incident_of(3)

    apologise(incident_id=incident.pk, by=None, at=AT)

    assert Delivery.objects.filter(handler="x", event__kind=events.INCIDENT_APOLOGY).count() == 3


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer")
def test_fifty_clicks_at_once_are_one():
    incident = incident_of(12, **OFFER, budget_minor=5_000)
    gate = threading.Barrier(10)

    def click(_):
        try:
            gate.wait(10)
            return apologise(incident_id=incident.pk, by=None, at=AT)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(10) as pool:
        told = list(pool.map(click, range(50)))

    incident.refresh_from_db()
    assert sum(told) == 12 and sorted(told)[-1] == 12
    assert (incident.told, incident.spent_minor) == (12, 5_000)
    assert sorted(offers()) == [False] * 2 + [True] * 10
