"""A dry run shows what a journey would have done, and leaves nothing behind."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from customers.models import Consent, Delivery, Event, Preference
from engagement.journeys import dry_run, services
from engagement.models import Enrolment, Guide, Journey, Message, StepLog, SurveyAnswer
from engagement.profiles import services as profiles
from tests.engagement.marketing_rows import product_of
from tests.factories.customers import CustomerFactory, StaffFactory, StoreFactory
from tests.factories.tracking import OrderFactory, OrderLineFactory, ShipmentFactory, ShipmentLineFactory
from tracking import events as facts
from tracking.models import Order, Scan, Shipment

pytestmark = pytest.mark.django_db
# A Tuesday, noon.
NOW = timezone.datetime(2026, 3, 31, 12, 0, tzinfo=timezone.get_fixed_timezone(0))
DAYS = 14
KEPT = (Message, Enrolment, StepLog, SurveyAnswer, Event, Delivery)


def fact(kind, order, at, **data):
    return Event.objects.create(
        kind=kind,
        key=f"{kind}:{order.pk}:{at.isoformat()}",
        store=order.store,
        customer=order.customer,
        subject_type="tracking.order",
        subject_id=str(order.pk),
        occurred_at=at,
        data={"order_id": order.pk, **data},
    )


def lived(order, placed, *, days=3):
    """Let an order have been placed, sent, and delivered."""
    parcel = ShipmentFactory(order=order, status=Shipment.Status.DELIVERED)
    ShipmentLineFactory(shipment=parcel, line=order.lines.first())
    fact(facts.ORDER_PLACED, order, placed)
    for kind, status, after in (
        (facts.SHIPMENT_SHIPPED, "IN_TRANSIT", timedelta(days=1)),
        (facts.SHIPMENT_OUT_FOR_DELIVERY, "OUT_FOR_DELIVERY", timedelta(days=days)),
        (facts.SHIPMENT_DELIVERED, "DELIVERED", timedelta(days=days, hours=3)),
    ):
        Scan.objects.create(
            shipment=parcel,
            fingerprint=f"{parcel.pk}:{status}",
            at=placed + after,
            order_at=placed + after,
            status=status,
        )
        fact(kind, order, placed + after, shipment_id=parcel.pk, status=status)
    parcel.delivered_at = placed + timedelta(days=days, hours=3)
    parcel.save()
    Order.objects.filter(pk=order.pk).update(status=Order.Status.DELIVERED)


@pytest.fixture
def shop():
    """A shop with six people, six orders, goods, a guide; every journey on."""
    store = StoreFactory(timezone="America/New_York", shop_url="https://shop.example")
    people = [CustomerFactory(language="en") for _ in range(6)]
    for place, person in enumerate(people):
        if place != 5:
            Consent.objects.create(
                customer=person,
                channel="email",
                purpose=Consent.Purpose.MARKETING,
                granted=place != 4,
                said_at=NOW - timedelta(days=90),
            )
        person.born_on = (NOW - timedelta(days=place * 3 + 2)).date().replace(year=1980)
        person.save()
    first = OrderFactory(store=store, customer=people[0])
    goods = [product_of(first, title=title) for title in ("Lantern", "Oil", "Wick")]
    Guide.objects.create(store=store, title="Trim the wick", body="A little.", product=goods[0])
    for place in range(6):
        placed = NOW - timedelta(days=DAYS - 1 - place, hours=place)
        order = OrderFactory(store=store, customer=people[place % 6], placed_at=placed)
        for product in goods[: 1 + place % 3]:
            OrderLineFactory(order=order, product=product, title=product.title)
        lived(order, placed)
    first.delete()
    profiles.rebuild(at=NOW)
    for pk in Journey.objects.filter(state=Journey.State.DRAFT).values_list("pk", flat=True):
        services.start(journey_id=pk, at=NOW - timedelta(days=DAYS))
    return store


def ran(code, **more):
    journey = Journey.objects.select_related("live").get(code=code)
    return dry_run.run(journey, days=DAYS, at=NOW, **more)


def kept():
    return {model: sorted(map(repr, model.objects.values_list())) for model in KEPT}


# --- nothing stays ---
def test_a_dry_run_leaves_nothing_behind(shop, mailoutbox):
    before = kept()

    report = ran("how_is_it")

    assert report.sent
    assert kept() == before
    assert mailoutbox == []


def test_a_journey_that_is_off_can_be_tried(shop):
    Journey.objects.filter(code="care_tips").update(state=Journey.State.STOPPED)

    assert ran("care_tips").entered
    assert Journey.objects.get(code="care_tips").state == Journey.State.STOPPED


def test_the_draft_is_what_is_tried(shop):
    journey = Journey.objects.get(code="care_tips")
    later = {**journey.draft, "trigger": {**journey.draft["trigger"], "offset_days": 20}}
    services.set_draft(journey_id=journey.pk, draft=later)

    report = ran("care_tips")

    assert (report.version, report.entered) == (2, 0)
    assert journey.versions.count() == 1


def test_it_says_who_would_not_get_it_and_why(shop):
    reader = Consent.objects.filter(granted=True).first().customer
    Preference.objects.create(customer=reader, muted=["tips"], updated_at=NOW)

    report = ran("care_tips")

    assert report.holds == {"muted": 1}
    words = "\n".join(report.words())
    assert "Switched off by them 1" in words
    assert f"{report.entered} would have entered" in words


def test_it_says_how_many_a_day(shop):
    report = ran("delivered")

    assert sum(report.days.values()) == report.sent == 6
    assert report.people == 6


def test_out_of_time_it_says_how_far_it_came(shop):
    report = ran("delivered", seconds=0)

    assert not report.complete
    assert report.until < NOW
    assert "ran out of time" in "\n".join(report.words())


def test_a_big_shop_sees_the_last_of_its_events(shop):
    report = ran("delivered", most=8)

    assert report.events == 8
    assert report.shorter
    assert report.since > NOW - timedelta(days=DAYS)


# --- the command and the page ---
def test_the_command_tells_it_in_words_and_as_csv(shop, monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: NOW)
    words, table = StringIO(), StringIO()

    call_command("dry_run", "delivered", days=DAYS, stdout=words)
    call_command("dry_run", "delivered", days=DAYS, csv=True, stdout=table)

    assert "6 messages to 6 people" in words.getvalue()
    assert len(table.getvalue().splitlines()) == 7


@pytest.mark.parametrize(
    ("code", "days", "said"),
    [("nothing", 30, "There is no journey"), ("shipped", 0, "1 to 366")],
    ids=["no journey", "no days"],
)
def test_the_command_says_what_is_wrong(code, days, said):
    with pytest.raises(CommandError, match=said):
        call_command("dry_run", code, days=days)


def test_the_page_asks_first_and_runs_at_a_click(client, shop, monkeypatch):
    monkeypatch.setattr("engagement.admin.journeys_dry_run.timezone.now", lambda: NOW)
    monkeypatch.setattr("engagement.admin.journeys_dry_run.SECONDS", 600)
    client.force_login(StaffFactory())
    url = reverse("admin:engagement_journey_dry_run", args=[Journey.objects.get(code="delivered").pk])
    before = kept()

    asked = client.get(url).content.decode()
    shown = client.post(url, {"days": "14"}).content.decode()
    file = b"".join(client.post(url, {"days": "14", "csv": "1"}).streaming_content).decode()

    assert "What would have happened" not in asked
    assert "6 messages to 6 people" in shown
    assert "<svg" in shown and "style=" not in shown.split("<svg")[1].split("</svg>")[0]
    assert len(file.splitlines()) == 7
    assert kept() == before


def test_the_page_is_for_staff_who_may(client, shop):
    url = reverse("admin:engagement_journey_dry_run", args=[Journey.objects.get(code="delivered").pk])

    assert client.get(url).status_code == 302
    client.force_login(StaffFactory(is_superuser=False))
    assert client.post(url, {"days": "14"}).status_code in (302, 403)
