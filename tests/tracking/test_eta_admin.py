"""Promises in the back-office: the ledger, how often they are kept, and why a window is what it is."""

import csv
import io
from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.factories.customers import StoreFactory, UserFactory
from tests.factories.tracking import ShipmentFactory
from tests.staff import client_of, listing, page, queries
from tracking.models import EtaRules, Promise, TransitModel

pytestmark = pytest.mark.django_db
FIGURES = "admin:tracking_promise_figures"
WHY = {
    "rule": "learned",
    "stage": "on its way",
    "group": "t|home|ups|ground|US>US",
    "n": 214,
    "weight": 120.5,
    "p10": "2026-03-11T10:00",
    "p50": "2026-03-12T12:30",
    "p90": "2026-03-13T16:00",
    "as_of": "2026-03-09T17:00",
}
CORRECTED = {
    "rule": "corrected",
    "group": "e|postal|usps|3+",
    "n": 90,
    "late": 0.31,
    "moved_by": 2,
    "told_from": "2026-03-10",
    "told_to": "2026-03-11",
    "source": "postal",
}


@pytest.fixture
def staff(db):
    return client_of()


def promise(outcome="KEPT", *, source="ups", why=None, **parcel):
    return Promise.objects.create(
        shipment=ShipmentFactory(**parcel),
        from_date=date(2026, 3, 12),
        to_date=date(2026, 3, 13),
        source=source,
        made_at=timezone.now() - timedelta(days=3),
        outcome=outcome,
        why=why or {},
    )


def test_the_ledger_is_filtered_searched_and_exported(staff):
    broken, _ = promise("MISSED", carrier="usps"), promise("KEPT", carrier="ups", source="ours", why=WHY)

    filtered = staff.get(listing(Promise), {"outcome__exact": "MISSED", "shipment__carrier": "usps"})
    found = staff.get(listing(Promise), {"q": broken.shipment.tracking_number})
    text = b"".join(staff.post(listing(Promise, "export")).streaming_content).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))

    assert list(filtered.context["cl"].result_list) == list(found.context["cl"].result_list) == [broken]
    assert sorted(row["Whose word"] for row in rows) == ["Ours", "ups"]
    assert any("214 deliveries" in row["Why"] for row in rows)


def test_a_list_of_thirty_takes_as_many_queries_as_one_of_three(staff):
    for _ in range(3):
        promise()
    few = queries(staff, listing(Promise)), queries(staff, reverse(FIGURES))
    for _ in range(27):
        promise()

    assert (queries(staff, listing(Promise)), queries(staff, reverse(FIGURES))) == few


def test_the_share_kept_is_shown_by_carrier_and_lane_with_its_number(staff):
    abroad = {"destination": {"country": "DE"}, "origin": {"country": "US"}}
    for outcome in ("KEPT", "EARLY", "KEPT", "MISSED"):
        promise(outcome)
    promise("OPEN"), promise("VOID"), promise("MISSED", **abroad)
    Promise.objects.create(
        shipment=ShipmentFactory(), from_date=date(2026, 3, 1), to_date=date(2026, 3, 1), source="ups",
        made_at=timezone.now() - timedelta(days=400), outcome="MISSED",
    )  # fmt: skip

    context = staff.get(reverse(FIGURES)).context
    (carrier,) = context["carriers"]
    home, away = context["lanes"]

    assert (carrier["name"], carrier["share"], carrier["figures"].settled) == ("UPS", "60.0%", 5)
    assert (home["lane"], home["share"], home["figures"].open) == ("US → US", "75.0%", 1)
    assert (away["lane"], away["share"]) == ("US → DE", "0.0%")
    behind = staff.get(f"{listing(Promise)}?shipment__carrier=ups&outcome__exact=MISSED")
    assert behind.context["cl"].result_count == 3


def test_the_figures_of_one_store_are_its_own_and_nonsense_is_overlooked(staff):
    promise("MISSED")
    other = StoreFactory(slug="north-mill", name="North Mill")
    promise("KEPT", order__store=other)

    own = staff.get(reverse(FIGURES), {"store": "north-mill", "days": "30"}).context
    nonsense = staff.get(reverse(FIGURES), {"store": "nobody", "days": "many"}).context

    assert [row["share"] for row in own["carriers"]] == ["100.0%"]
    assert nonsense["days"] == 90 and nonsense["carriers"][0]["figures"].settled == 2


def test_an_empty_ledger_says_so(staff):
    html = staff.get(reverse(FIGURES)).content.decode()

    assert "No window was shown in this time." in html
    assert "No windows are learned yet" in html


def test_only_who_may_see_promises_sees_their_figures():
    assert client_of(UserFactory(is_staff=True)).get(reverse(FIGURES)).status_code == 403


def test_a_parcels_page_says_what_its_window_was_made_of(staff):
    learned = promise("OPEN", source="ours", why=WHY, eta_to_date=date(2026, 3, 13), eta_source="ours")
    corrected = promise(
        "OPEN", source="ours", why=CORRECTED, eta_to_date=date(2026, 3, 13), eta_source="ours"
    )
    told = promise("OPEN", eta_to_date=date(2026, 3, 13), eta_source="ups")

    words = "Learned from 214 deliveries (ups ground US→US)"
    html = staff.get(page(learned.shipment)).content.decode()
    assert words in html and "Eight in ten come between Wed 11 Mar 10:00 and Fri 13 Mar 16:00" in html
    html = staff.get(page(corrected.shipment)).content.decode()
    assert "31% of 90 parcels came after such a window" in html and "moved by 2 days" in html
    assert "As ups told it." in staff.get(page(told.shipment)).content.decode()
    assert words in staff.get(page(learned)).content.decode()


def test_versions_are_looked_at_and_a_stores_rules_are_edited(staff):
    store = StoreFactory()
    model = TransitModel.objects.create(
        learned_at=timezone.now(), state="ACTIVE", deliveries=214, doubted=["postal"],
        extra_days=[["ups", "US", ["5"]], ["store:harbour-pine", "US", ["6"]]],
    )  # fmt: skip

    html = staff.get(page(model)).content.decode()
    assert "ups in US: Saturdays" in html and "postal" in html and "harbour-pine" not in html
    assert staff.post(page(model), {"state": "FORMER"}).status_code == 403
    form = {"store": store.pk, "cut_off": "16:30", "enabled": "on"}
    assert staff.post(listing(EtaRules) + "add/", form).status_code == 302
    assert EtaRules.objects.get().cut_off.hour == 16
    assert "214 deliveries" in staff.get(reverse(FIGURES)).content.decode()
