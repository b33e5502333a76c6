"""One message to a segment: each once, in its time, stopped at a click; who is left out, and why."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from customers.models import Customer, Event, Preference
from engagement import events
from engagement.campaigns import making, numbers, services
from engagement.models import Campaign, Membership, Message, Segment
from engagement.tasks import run_campaigns, send_messages
from engagement.vocabulary import Hold
from tests.engagement.conftest import Scripted
from tests.engagement.marketing import agree, words_for
from tests.factories.customers import CustomerFactory, StoreFactory
from tests.factories.engagement import SuppressionFactory
from tests.factories.tracking import NOON

pytestmark = [pytest.mark.django_db(transaction=True)]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def segment_of(people):
    segment = Segment.objects.create(name=f"Everybody {Segment.objects.count()}", kind="list")
    Membership.objects.bulk_create(
        Membership(segment=segment, customer=person, entered_at=NOON) for person in people
    )
    return segment


def campaign_to(people, *, agreed=True, **fields):
    """Return a draft with words, to `people`."""
    store = StoreFactory(postal_address="1 Harbour Street, Astoria")
    for person in people if agreed else ():
        agree(person)
    made = Campaign.objects.create(
        store=store, name="Lamps", segment=segment_of(people), made_by="ada@shop.example", **fields
    )
    words_for(made.kind, store=store)
    return made


def run(at=NOON, *, rounds=30):
    for _ in range(rounds):
        if not run_campaigns(at=at) + send_messages(at=at):
            break


@pytest.fixture
def people(channel):
    return [CustomerFactory() for _ in range(5)]


def test_everybody_in_the_segment_gets_it_once(people):
    campaign = campaign_to(people)
    services.schedule(campaign.pk, at=NOON)

    run()
    run(NOON + 2 * HOUR)

    campaign.refresh_from_db()
    assert sorted(sent.to for sent in Scripted.sent) == sorted(person.email for person in people)
    assert (campaign.state, campaign.total, campaign.made) == (Campaign.State.DONE, 5, 5)
    assert making.progress(campaign) == 100
    kinds = list(Event.objects.filter(kind__startswith="engagement.campaign").values_list("kind", flat=True))
    assert sorted(kinds) == [events.CAMPAIGN_DONE, events.CAMPAIGN_STARTED]


def test_pitfall_2_the_same_mail_does_not_go_out_twice_to_a_segment_whatever_is_run_again(people):
    """Pitfall 2: mautic#11763, the same mail twice for the same segment."""
    campaign = campaign_to(people)
    services.schedule(campaign.pk, at=NOON)
    run()

    Campaign.objects.update(
        state="RUNNING", cursor=0, due_at=NOON
    )  # a worker died before its cursor was kept
    run(NOON + HOUR)

    assert len(Scripted.sent) == 5
    assert Message.objects.count() == 5


def test_it_begins_when_it_is_due_and_not_before(people):
    campaign = campaign_to(people)
    services.schedule(campaign.pk, at=NOON, starts_at=NOON + DAY)

    run(NOON + 23 * HOUR)
    assert Message.objects.count() == 0

    run(NOON + DAY)
    assert len(Scripted.sent) == 5


def test_at_most_so_many_an_hour(people):
    campaign = campaign_to([*people, *[CustomerFactory() for _ in range(15)]], per_hour=10)
    services.schedule(campaign.pk, at=NOON)

    made = []
    for minutes in range(0, 180, 2):
        run(NOON + timedelta(minutes=minutes))
        made.append(Message.objects.count())

    assert made[29] <= 11  # the first hour
    assert made[-1] == 20


@pytest.mark.parametrize(
    ("zone", "at", "due"),
    [
        ("Europe/Berlin", "2026-03-10 06:00", "2026-03-10 09:00"),
        ("Europe/Berlin", "2026-03-10 09:30", "2026-03-10 09:30"),  # that hour is now
        ("Europe/Berlin", "2026-03-10 10:00", "2026-03-11 09:00"),
        ("Pacific/Kiritimati", "2026-03-10 23:00", "2026-03-11 09:00"),
        ("Pacific/Pago_Pago", "2026-03-10 08:59", "2026-03-10 09:00"),
        ("Europe/Berlin", "2026-03-28 22:00", "2026-03-29 09:00"),  # over the night of the clock
    ],
)
def test_each_at_the_hour_of_their_own_day(db, zone, at, due):
    home = ZoneInfo(zone)
    moment = datetime.fromisoformat(at).replace(tzinfo=home).astimezone(UTC)
    campaign = Campaign(local_hour=9, store=StoreFactory.build())

    found = making.when(campaign, zone, "", moment)

    assert found.astimezone(home).strftime("%Y-%m-%d %H:%M") == due


def test_a_pause_holds_what_is_made_and_resuming_sends_it(people):
    campaign = campaign_to(people)
    services.schedule(campaign.pk, at=NOON)
    run_campaigns(at=NOON)

    services.pause(campaign.pk, at=NOON)
    run()
    assert Scripted.sent == []
    assert set(Message.objects.values_list("hold", flat=True)) == {Hold.PAUSED}

    services.resume(campaign.pk, at=NOON + HOUR)
    run(NOON + HOUR)
    assert len(Scripted.sent) == 5


def test_what_is_paused_too_long_is_not_sent_late(people):
    campaign = campaign_to(people, lateness_hours=3)
    services.schedule(campaign.pk, at=NOON)
    run_campaigns(at=NOON)
    services.pause(campaign.pk, at=NOON)

    services.resume(campaign.pk, at=NOON + 4 * HOUR)
    run(NOON + 4 * HOUR)

    assert Scripted.sent == []
    assert set(Message.objects.values_list("hold", flat=True)) == {Hold.LATE}


def test_a_stop_ends_it_and_says_so(people):
    campaign = campaign_to(people)
    services.schedule(campaign.pk, at=NOON)
    run_campaigns(at=NOON)

    assert services.stop(campaign.pk, at=NOON) == 5
    run()

    assert Scripted.sent == []
    assert set(Message.objects.values_list("hold", "due_at")) == {(Hold.STOPPED, None)}
    with pytest.raises(services.NotReady):
        services.resume(campaign.pk, at=NOON)


def test_pitfall_10_it_is_not_finished_before_all_are_sent(people):
    """Pitfall 10: listmonk#1802."""
    campaign = campaign_to(people, local_hour=9)
    Customer.objects.update(timezone="Asia/Tokyo")  # nine there is midnight UTC
    services.schedule(campaign.pk, at=NOON)
    run()

    assert Campaign.objects.get().state == Campaign.State.RUNNING
    run(NOON + 13 * HOUR)
    run(NOON + 14 * HOUR)
    assert Campaign.objects.get().state == Campaign.State.DONE
    assert len(Scripted.sent) == 5


def test_who_unsubscribes_while_it_runs_gets_nothing(people):
    campaign = campaign_to(people)
    services.schedule(campaign.pk, at=NOON)
    run_campaigns(at=NOON)
    agree(people[3], granted=False)

    run()

    assert people[3].email not in [sent.to for sent in Scripted.sent]
    assert Message.objects.get(customer=people[3]).hold == Hold.CONSENT


def test_the_outlook_says_who_gets_it_and_who_not_and_it_is_so(people):
    gone, refused, muted, capped, fine = people
    campaign = campaign_to(people)
    SuppressionFactory(address=gone.email)
    agree(refused, granted=False)
    Preference.objects.create(customer=muted, muted=["news"], updated_at=NOON)
    Message.objects.create(
        dedupe_key="x", kind="other", purpose="marketing", store=campaign.store, customer=capped,
        state="SENT", sent_at=NOON - HOUR, expires_at=NOON,
    )  # fmt: skip

    seen = numbers.outlook(campaign, at=NOON)

    assert (seen.total, seen.gets) == (5, 1)
    assert seen.left_out == [("Address blocked", 1), ("No consent", 1), ("Switched off “News and offers”", 1)]
    assert seen.waits == [("Enough messages for now", 1)]
    services.schedule(campaign.pk, at=NOON)
    run()
    assert [sent.to for sent in Scripted.sent] == [fine.email]
    found = numbers.results(campaign)
    assert (found.sent, found.waiting) == (1, 1)
    assert dict(found.held) == {
        "No way to reach them": 1, "No consent": 1, "Switched off by them": 1, "Enough messages for now": 1,
    }  # fmt: skip


def test_without_words_or_postal_address_it_does_not_begin(people):
    campaign = campaign_to(people)
    campaign.store.postal_address = ""
    campaign.store.save()
    Campaign.objects.filter(pk=campaign.pk).update(channel="push")
    assert "push" in " ".join(services.problems(Campaign.objects.get())).lower()
    Campaign.objects.filter(pk=campaign.pk).update(channel="email")

    with pytest.raises(services.NotReady, match="postal address"):
        services.schedule(campaign.pk, at=NOON)
