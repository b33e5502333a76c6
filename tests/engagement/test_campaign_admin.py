"""Staff write a campaign, see who gets it, begin it, watch, pause and stop it."""

import pytest
from django.urls import reverse
from django.utils import timezone

from engagement.campaigns import making, services
from engagement.models import Campaign, Message, Template
from tests.engagement.test_campaigns import campaign_to, segment_of
from tests.factories.customers import CustomerFactory, StaffFactory, StoreFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client):
    client.force_login(StaffFactory())
    return client


def page(name, *args):
    return reverse(f"admin:engagement_campaign_{name}", args=args)


def form(**given):
    return {
        "name": "Spring", "channel": "email", "topic": "news", "per_hour": 0, "lateness_hours": 24,
        "starts_at": "", "local_hour": "", "subject_en": "Light", "body_en": "# Light\n",
        "subject_de": "", "body_de": "", "subject_fr": "", "body_fr": "",
    } | given  # fmt: skip


def test_a_campaign_is_written_with_its_words_and_they_keep_versions(staff):
    store, segment = StoreFactory(), segment_of([CustomerFactory()])

    staff.post(page("add"), form(store=store.pk, segment=segment.pk))
    row = Campaign.objects.get()
    staff.post(page("change", row.pk), form(store=store.pk, segment=segment.pk, subject_en="More light"))

    template = Template.objects.get(kind=row.kind)
    assert (template.subject, template.version, template.store) == ("More light", 2, store)
    assert list(template.versions.order_by("number").values_list("subject", flat=True)) == [
        "Light",
        "More light",
    ]


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("body_en", "{{ name | nope }}", "nope"),
        ("body_en", "", "only one of subject and text"),
        ("local_hour", "24", "0 to 23"),
    ],
)
def test_words_that_cannot_be_sent_are_refused_and_nothing_is_kept(staff, field, value, said):
    given = form(store=StoreFactory().pk, segment=segment_of([]).pk, **{field: value})

    answer = staff.post(page("add"), given)

    assert said in answer.content.decode()
    assert not Campaign.objects.exists()


def test_before_it_begins_it_says_who_gets_it_and_looking_changes_nothing(staff):
    people = [CustomerFactory() for _ in range(3)]
    campaign = campaign_to(people[:2])
    campaign.segment.memberships.create(customer=people[2], entered_at=timezone.now())

    answer = staff.get(page("begin", campaign.pk)).content.decode()

    assert "Of 3 people" in answer and "<b>2</b> get it" in answer and "No consent" in answer
    assert Campaign.objects.get().state == "DRAFT"
    staff.post(page("begin", campaign.pk))
    assert Campaign.objects.get().state == "SCHEDULED"


def test_what_is_missing_keeps_it_from_beginning(staff):
    campaign = campaign_to([CustomerFactory()])
    campaign.store.postal_address = ""
    campaign.store.save()

    assert "postal address" in staff.get(page("begin", campaign.pk)).content.decode()
    staff.post(page("begin", campaign.pk))

    assert Campaign.objects.get().state == "DRAFT"


@pytest.mark.django_db(transaction=True)
def test_a_running_campaign_shows_how_far_it_is_and_can_be_paused_and_stopped(staff):
    campaign = campaign_to([CustomerFactory() for _ in range(3)])
    services.schedule(campaign.pk, at=timezone.now())
    making.advance_due(at=timezone.now())

    shown = staff.get(page("change", campaign.pk)).content.decode()
    assert "<progress" in shown and 'data-working="yes"' in shown
    assert 'name="subject_en"' not in shown

    staff.post(page("do", campaign.pk, "pause"))
    assert Campaign.objects.get().state == "PAUSED"
    staff.post(page("do", campaign.pk, "resume"))
    assert Campaign.objects.get().state == "RUNNING"
    staff.post(page("do", campaign.pk, "stop"))
    assert Campaign.objects.get().state == "STOPPED"
    assert set(Message.objects.values_list("hold", flat=True)) == {"stopped"}


def test_what_has_begun_is_not_rewritten(staff):
    campaign = campaign_to([CustomerFactory()])
    Campaign.objects.update(state="RUNNING")

    staff.post(
        page("change", campaign.pk), form(store=campaign.store_id, segment=campaign.segment_id, name="x")
    )

    assert Campaign.objects.get().name == "Lamps"


def test_visitors_are_sent_to_log_in(client):
    campaign = campaign_to([CustomerFactory()])

    for name in ("change", "begin"):
        assert client.get(page(name, campaign.pk)).status_code == 302
