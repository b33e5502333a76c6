"""Waits and days where people are: nights in which clocks change, leap days, the ends of the earth."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagement.journeys import dates, engine
from engagement.journeys.waiting import Place, next_yearly, on_day, until, yearly
from engagement.models import Enrolment, Guide, Message, Profile
from tests.engagement.test_journey_engine import drain, happen, hear
from tests.factories.customers import CustomerFactory, StoreFactory
from tests.factories.journeys import chain, make_live, on_event, step
from tests.factories.tracking import NOON, OrderFactory, OrderLineFactory, ProductFactory, ShipmentFactory
from tracking import events
from tracking.models import Order, Shipment

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
BERLIN = Place(ZoneInfo("Europe/Berlin"), "DE")
# −11 to +14, half hours, both hemispheres' clocks.
ZONES = (
    "Pacific/Pago_Pago",
    "Pacific/Honolulu",
    "America/New_York",
    "America/St_Johns",
    "UTC",
    "Europe/Berlin",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
    "Pacific/Kiritimati",
)


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


# --- pure ---
def test_three_days_are_three_of_the_persons_days_across_the_night_that_loses_an_hour():
    # Berlin, 27 March 2026 18:00 (+1) to 30 March 18:00 (+2): 71 hours.
    assert until(utc(2026, 3, 27, 17), {"days": 3}, BERLIN) == utc(2026, 3, 30, 16)


def test_three_days_are_three_of_the_persons_days_across_the_night_that_gains_one():
    assert until(utc(2026, 10, 23, 16), {"days": 3}, BERLIN) == utc(2026, 10, 26, 17)


def test_hours_are_exact_in_either_night():
    assert until(utc(2026, 3, 28, 23), {"hours": 5}, BERLIN) == utc(2026, 3, 29, 4)
    assert until(utc(2026, 10, 24, 23), {"hours": 5}, BERLIN) == utc(2026, 10, 25, 4)


def test_an_hour_the_night_skips_is_the_one_that_much_later():
    # 02:30 on 29 March does not exist in Berlin.
    assert until(utc(2026, 3, 28, 1, 30), {"days": 1}, BERLIN) == utc(2026, 3, 29, 1, 30)
    assert on_day(date(2026, 3, 29), 2, BERLIN) == utc(2026, 3, 29, 1)


def test_an_hour_that_comes_twice_is_its_first():
    assert on_day(date(2026, 10, 25), 2, BERLIN) == utc(2026, 10, 25, 0)


@pytest.mark.parametrize(
    ("start", "wanted"),
    [
        (utc(2026, 3, 10, 8, 30), utc(2026, 3, 13, 9)),  # 09:30 there: three days on it is still before ten
        (utc(2026, 3, 10, 12), utc(2026, 3, 14, 9)),
    ],
)
def test_after_the_days_comes_the_next_time_it_is_the_hour(start, wanted):
    assert until(start, {"days": 3, "hour": 10}, BERLIN) == wanted


def test_working_days_leave_out_weekend_and_holidays():
    # Thursday 2 April 2026; Good Friday and Easter Monday are holidays in Germany.
    assert until(utc(2026, 4, 2, 8), {"days": 1, "business": True}, BERLIN) == utc(2026, 4, 7, 8)
    assert until(utc(2026, 4, 2, 22, 30), {"hours": 3, "business": True}, BERLIN) == utc(2026, 4, 7, 1, 30)
    assert until(utc(2026, 4, 3, 8), {"hour": 10, "business": True}, BERLIN) == utc(2026, 4, 7, 8)


def test_the_best_hour_is_the_persons_own_or_else_the_one_that_is_set():
    early = Place(ZoneInfo("UTC"), best_hour=7)

    assert until(NOON, {"best_hour": True, "hour": 10}, early) == NOON + 19 * HOUR
    assert until(NOON, {"best_hour": True, "hour": 10}, Place(ZoneInfo("UTC"))) == NOON + 22 * HOUR
    assert until(NOON, {"best_hour": True}, Place(ZoneInfo("UTC"))) == NOON


@pytest.mark.parametrize(
    ("year", "wanted"), [(2027, date(2027, 2, 28)), (2028, date(2028, 2, 29)), (2100, date(2100, 2, 28))]
)
def test_who_was_born_on_a_leap_day_has_a_birthday_every_year(year, wanted):
    assert yearly(date(2000, 2, 29), year) == wanted


@given(
    born=st.dates(date(1930, 1, 1), date(2020, 12, 31)),
    offset=st.integers(-30, 30),
    today=st.dates(date(2025, 1, 1), date(2040, 1, 1)),
)
def test_the_next_time_of_a_yearly_day_is_neither_past_nor_more_than_a_year_away(born, offset, today):
    found = next_yearly(born, offset, today)

    assert today <= found <= today + 366 * DAY
    assert found - offset * DAY in {yearly(born, found.year + more) for more in (-1, 0, 1)}


@given(
    zone=st.sampled_from(ZONES),
    start=st.integers(0, 5 * 366 * 24 * 60).map(lambda minutes: utc(2025, 1, 1) + timedelta(minutes=minutes)),
    days=st.integers(0, 40),
    hours=st.integers(0, 30),
    hour=st.none() | st.integers(0, 23),
    business=st.booleans(),
)
def test_a_wait_never_ends_before_it_began_nor_at_another_hour(zone, start, days, hours, hour, business):
    place = Place(ZoneInfo(zone), "DE")

    end = until(start, {"days": days, "hours": hours, "hour": hour, "business": business}, place)
    here = end.astimezone(place.zone)

    assert end >= start
    assert here.date() >= start.astimezone(place.zone).date() + days * DAY * (hours < 24 and not business)
    if hour is not None:
        gap = here.replace(tzinfo=None) - datetime.combine(here.date(), time(hour))
        assert timedelta(0) <= gap <= HOUR  # more than none only where the night skips that hour


@given(
    zone=st.sampled_from(ZONES),
    day=st.dates(date(2025, 1, 1), date(2030, 1, 1)),
    hour=st.none() | st.integers(0, 23),
)
def test_pitfall_9_a_day_never_begins_before_it_is_that_day_where_the_person_is(zone, day, hour):
    place = Place(ZoneInfo(zone))

    moment = on_day(day, hour, place).astimezone(place.zone)

    assert moment.date() == day
    assert (moment - HOUR).date() <= day


# --- days that begin journeys ---
pytest_db = pytest.mark.django_db


def begins_on(date_, *, hour=10, offset=0, once_for="customer", reentry="always", **more):
    trigger = {
        "type": "date",
        "date": date_,
        "hour": hour,
        "offset_days": offset,
        "once_for": once_for,
        "reentry": reentry,
    }
    return make_live(chain(trigger, step("rest", "wait", hours=1)), **more)


def born(day, zone="Europe/Berlin"):
    customer = CustomerFactory(born_on=day, timezone=zone)
    OrderFactory(customer=customer)
    return customer


def first_day_of(journey, start, *, step_=timedelta(minutes=15), end=3 * DAY):
    """Look every quarter of an hour, and return when each customer began."""
    at, found = start, {}
    while at < start + end:
        if dates.plan_due(at=at):
            for run in journey.enrolments.filter(entered_at=at):
                found.setdefault(run.customer_id, []).append(at)
        at += step_
    return found


@pytest_db
@pytest.mark.usefixtures("only_ours")
def test_pitfall_9_a_birthday_begins_at_its_hour_in_every_zone_and_once():
    journey = begins_on("birthday")
    people = {born(date(1990, 3, 12), zone).pk: ZoneInfo(zone) for zone in ZONES}

    begun = first_day_of(journey, utc(2026, 3, 11, 0))

    assert set(begun) == set(people)
    for pk, zone in people.items():
        (at,) = begun[pk]
        here = at.astimezone(zone)
        assert (here.date(), here.hour) == (date(2026, 3, 12), 10)
        assert here.minute < 15 or zone.key in ("Asia/Kathmandu", "Pacific/Chatham")


@pytest_db
@pytest.mark.usefixtures("only_ours")
@pytest.mark.parametrize(("year", "day"), [(2027, 28), (2028, 29)])
def test_a_leap_day_birthday_begins_on_28_february_of_other_years(year, day):
    journey = begins_on("birthday")
    customer = born(date(2000, 2, 29), "UTC")

    begun = first_day_of(journey, utc(year, 2, 27), step_=HOUR, end=4 * DAY)

    assert begun == {customer.pk: [utc(year, 2, day, 10)]}


@pytest_db
@pytest.mark.usefixtures("only_ours")
@pytest.mark.parametrize(("late", "begins"), [(23, True), (25, False)])
def test_an_outage_of_a_day_is_caught_up_with_and_no_more(late, begins):
    journey = begins_on("birthday")
    born(date(1990, 3, 12), "UTC")

    dates.plan_due(at=utc(2026, 3, 12, 10) + late * HOUR)

    assert journey.enrolments.exists() is begins


@pytest_db
@pytest.mark.usefixtures("only_ours")
def test_a_birthday_comes_again_next_year():
    journey = begins_on("birthday")
    customer = born(date(1990, 3, 12), "UTC")

    for year in (2026, 2027):
        dates.plan_due(at=utc(year, 3, 12, 11))
        drain(utc(year, 3, 13))

    keys = set(journey.enrolments.values_list("key", flat=True))
    assert keys == {f"customer:{customer.pk}:birthday:{year}-03-12" for year in (2026, 2027)}


@pytest_db
@pytest.mark.usefixtures("only_ours")
@pytest.mark.parametrize(
    ("sort", "offset", "fields", "wanted"),
    [
        ("quiet", 60, {"last_order_at": utc(2026, 1, 10, 23, 30)}, utc(2026, 3, 12, 9)),  # the 11th in Berlin
        ("replenish", -2, {"next_order_on": date(2026, 3, 14)}, utc(2026, 3, 12, 9)),
        ("anniversary", 0, {"first_order_at": utc(2024, 3, 11, 23, 30)}, utc(2026, 3, 12, 9)),
    ],
)
def test_days_of_the_profile_begin_on_the_persons_own_day(sort, offset, fields, wanted):
    journey = begins_on(sort, offset=offset)
    customer = born(None)
    Profile.objects.update_or_create(customer=customer, defaults={"updated_at": NOON, **fields})

    begun = first_day_of(journey, wanted - 2 * DAY, step_=HOUR, end=4 * DAY)

    assert begun == {customer.pk: [wanted]}


@pytest_db
@pytest.mark.usefixtures("only_ours")
def test_a_first_order_is_no_anniversary_of_itself():
    journey = begins_on("anniversary")
    customer = born(None)
    Profile.objects.update_or_create(
        customer=customer, defaults={"updated_at": NOON, "first_order_at": utc(2026, 3, 12, 5)}
    )

    assert first_day_of(journey, utc(2026, 3, 11), step_=HOUR) == {}


def arrived(order, *times):
    for at in times:
        ShipmentFactory(order=order, status=Shipment.Status.DELIVERED, delivered_at=at)
    Order.objects.filter(pk=order.pk).update(status=Order.Status.DELIVERED)


@pytest_db
@pytest.mark.usefixtures("only_ours")
def test_days_after_delivery_count_from_the_last_parcel():
    journey = begins_on("delivered", offset=1, once_for="order")
    order, open_ = OrderFactory(customer__timezone="UTC"), OrderFactory(customer__timezone="UTC")
    arrived(order, utc(2026, 3, 9, 9), utc(2026, 3, 10, 9))
    ShipmentFactory(order=open_, status=Shipment.Status.DELIVERED, delivered_at=utc(2026, 3, 10, 9))

    begun = first_day_of(journey, utc(2026, 3, 9), step_=HOUR, end=5 * DAY)

    assert begun == {order.customer_id: [utc(2026, 3, 11, 10)]}
    assert journey.enrolments.get().order == order


@pytest_db
@pytest.mark.usefixtures("only_ours")
def test_maintenance_comes_again_every_interval_for_who_has_the_product():
    journey = begins_on("maintenance", once_for="order")
    product = ProductFactory(product_type="Lantern")
    guide = Guide.objects.create(
        store=product.store, kind="maintenance", title="Trim the wick", product_type="lantern", every_days=30
    )
    order, other = OrderFactory(customer__timezone="UTC"), OrderFactory(customer__timezone="UTC")
    OrderLineFactory(order=order, product=product)
    OrderLineFactory(order=other, product=ProductFactory(product_type="Candle"))
    for one in (order, other):
        arrived(one, utc(2026, 1, 1, 9))

    for due in (utc(2026, 1, 31, 10), utc(2026, 3, 2, 10)):
        dates.plan_due(at=due - HOUR)
        dates.plan_due(at=due)
        drain(due + 2 * HOUR)

    runs = list(journey.enrolments.order_by("pk"))
    assert [(run.order, run.entered_at) for run in runs] == [
        (order, utc(2026, 1, 31, 10)),
        (order, utc(2026, 3, 2, 10)),
    ]
    assert runs[0].context["guide_id"] == guide.pk


# --- waits in a journey ---
@pytest_db
@pytest.mark.usefixtures("only_ours")
def test_pitfall_9_nobody_is_written_to_before_the_day_they_wait_for_has_come_where_they_are():
    wait = step("day", "wait_date", date="birthday", hour=9)
    make_live(chain(on_event(events.ORDER_PLACED), wait, step("hi", "message", kind="birthday")))
    orders = {
        OrderFactory(customer__born_on=date(1990, 3, 12), customer__timezone=zone).pk: ZoneInfo(zone)
        for zone in ZONES
    }
    hear(*(happen(events.ORDER_PLACED, order) for order in Order.objects.all()))

    at = NOON
    while at < NOON + 4 * DAY:
        drain(at)
        at += timedelta(minutes=15)

    written = dict(Message.objects.values_list("order", "due_at"))
    assert set(written) == set(orders)
    for pk, zone in orders.items():
        here = written[pk].astimezone(zone)
        assert (here.date(), here.hour) == (date(2026, 3, 12), 9)


@pytest_db
@pytest.mark.usefixtures("only_ours")
def test_who_has_no_such_day_goes_on_and_the_log_says_so():
    journey = make_live(chain(on_event(events.ORDER_PLACED), step("day", "wait_date", date="birthday")))

    hear(happen(events.ORDER_PLACED, OrderFactory()))

    run = journey.enrolments.get()
    assert run.state == Enrolment.State.DONE
    assert run.log.get().why == "There is no such day for them."


@pytest_db
@pytest.mark.usefixtures("only_ours")
def test_a_day_that_is_not_known_yet_is_waited_for():
    graph = chain(
        on_event(events.ORDER_PLACED), step("day", "wait_date", date="delivered", offset_days=1, hour=9)
    )
    journey = make_live(graph)
    order = OrderFactory(customer__timezone="UTC")
    hear(happen(events.ORDER_PLACED, order))

    drain(NOON + 5 * DAY)
    arrived(order, NOON + 6 * DAY)
    drain(NOON + 6 * DAY + 7 * HOUR)

    assert journey.enrolments.get().due_at == datetime(2026, 3, 17, 9, tzinfo=UTC)


@pytest_db
@pytest.mark.usefixtures("only_ours")
def test_a_worker_whose_clock_is_wrong_takes_nothing_another_works_on():
    from config.lib import claims

    make_live(chain(on_event(events.ORDER_PLACED), step("rest", "wait", hours=1)))
    hear(happen(events.ORDER_PLACED, OrderFactory()))
    StoreFactory()

    mine = claims.claim(Enrolment.objects.filter(state="ACTIVE"), at=NOON + HOUR, limit=10)
    theirs = engine.advance_due(at=NOON + 2 * DAY)  # two days fast

    assert (len(mine), theirs) == (1, 0)
