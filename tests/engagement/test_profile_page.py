"""A customer's page in the back-office says what we know of how they buy."""

from datetime import date

import pytest

from customers.models import CustomerTag
from engagement.models import DirtyProfile, Enrolment, Membership, Profile, Segment
from engagement.profiles.words import facts
from tests.engagement.profiling import DAY
from tests.engagement.test_merges import enrolment
from tests.factories.customers import CustomerFactory
from tests.factories.tracking import NOON
from tests.staff import client_of, page

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada():
    return CustomerFactory()


def known(customer, **fields):
    return Profile.objects.create(
        customer=customer,
        **{
            "orders": 3, "items": 1200, "currency": "USD", "spent_minor": 123_450, "average_minor": 41_150,
            "first_order_at": NOON, "last_order_at": NOON + 20 * DAY, "cadence_days": 10.0,
            "next_order_on": date(2026, 4, 9), "returned_items": 2, "return_rate": 0.25, "delivered": 4,
            "late": 1, "satisfaction": 4.25, "recency": 5, "frequency": 4, "monetary": 1, "tier": "bronze",
            "messages_90d": 1, "clicks_90d": 2, "last_click_at": NOON, "send_hour": 19,
            "zone": "America/New_York", "country": "US", "updated_at": NOON,
            **fields,
        },
    )  # fmt: skip


def test_every_number_is_said_in_words(ada):
    assert dict(facts(known(ada))) == {
        "Bought": "3 orders, 1,200 items, from Tue 10 Mar 2026 to Mon 30 Mar 2026",
        "Spent": '<span class="num">$1,234.50</span>, <span class="num">$411.50</span> an order',
        "Rhythm": "Every 10 days; the next is due on Thu 9 Apr 2026",
        "Loyalty": "Bronze",
        "Compared with all buyers": "How recently: 5 of 5, how often: 4 of 5, how much: 1 of 5",
        "Deliveries": "4 parcels arrived, 1 of them later than first promised",
        "Returns": "2 items came back, 25% of what was bought",
        "Satisfaction": "4.2 of 5",
        "Marketing": "1 message and 2 clicks in 90 days, last on Tue 10 Mar 2026",
        "Best hour to write": "19:00, time zone America/New_York",
        "Lives in": "US, America/New York",
    }


def test_what_is_not_known_is_not_made_up(ada):
    row = Profile(customer=ada, updated_at=NOON)

    assert facts(row) == [
        ("Bought", "Nothing yet"),
        ("Loyalty", "No tier"),
        ("Marketing", "0 messages and 0 clicks in 90 days"),
    ]


def test_a_currency_nobody_knows_is_shown_as_it_came(ada):
    words = dict(facts(known(ada, currency="X<b")))["Spent"]

    assert "123450 X&lt;b (minor units)" in words


def test_the_page_shows_profile_tags_segments_and_journeys(ada):
    known(ada)
    DirtyProfile.objects.create(customer=ada, since=NOON)
    CustomerTag.objects.create(customer=ada, name="<vip>", added_at=NOON)
    for name, archived_at in (("Regulars", None), ("Old ones", NOON)):
        segment = Segment.objects.create(name=name, archived_at=archived_at)
        Membership.objects.create(segment=segment, customer=ada, entered_at=NOON)
    enrolment(ada, "customer:1", why="It waits for spring.")
    enrolment(ada, "customer:2", state=Enrolment.State.REFUSED, why="Refused for a reason")

    text = client_of().get(page(ada)).content.decode()

    for words in (
        "Every 10 days",
        "measured again",
        "&lt;vip&gt;",
        "Regulars",
        "Under way",
        "waits for spring",
    ):
        assert words in text
    for words in ("Old ones", "Refused for a reason", "<vip>"):
        assert words not in text


def test_the_page_of_somebody_unmeasured_says_so(ada):
    assert "Not measured yet." in client_of().get(page(ada)).content.decode()

    merged = CustomerFactory(merged_into=ada)

    assert "Everything counts for the customer" in client_of().get(page(merged)).content.decode()
