"""Between the confirmation and the click: what changed meanwhile is not sent unseen; odd words and sums."""

import re
from decimal import Decimal

import pytest
from django.test import Client

from tests.factories.customers import StaffFactory
from tests.staff import client_of, page, said
from tests.tracking.test_watch_admin import held, written
from tests.tracking.watching import HOUR, facts, look, scan
from tracking import events
from tracking.admin.incident_form import ApologyForm
from tracking.models import Flag, Incident, ShopAction
from tracking.services.incidents import revise, standing
from tracking.vocabulary import Status

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(db):
    return client_of()


def confirmed(client, incident, **more):
    """Return the hidden fields of the confirmation as it is shown now."""
    shown = client.get(page(incident, "send")).content.decode()
    return dict(re.findall(r'type="hidden" name="(newest|shown)" value="(\w+)"', shown)) | more


def test_words_changed_after_the_confirmation_are_not_sent_unseen(staff):
    incident = held(3)
    data = confirmed(staff, incident)
    written(staff, incident, words_en="Something else.", subject_en="Else")

    late = said(staff.post(page(incident, "send"), data, follow=True))
    again = said(staff.post(page(incident, "send"), confirmed(staff, incident), follow=True))

    assert late == ["Not sent: Words, offer or budget were changed meanwhile. Look at them, and send again."]
    assert again == ["On its way for 3 orders."]
    assert len(facts(events.INCIDENT_APOLOGY)) == 3


def test_a_budget_cut_after_the_confirmation_takes_the_offer_from_nobody_unseen(staff):
    incident = held(3)
    offer = {"offer_code": "SORRY", "offer_minor": 500, "budget_minor": 1_500, "offer_by_hand": True}
    revise(incident_id=incident.pk, changes=offer)
    data = confirmed(staff, incident)
    revise(incident_id=incident.pk, changes={"budget_minor": 500})

    staff.post(page(incident, "send"), data)

    assert not facts(events.INCIDENT_APOLOGY)


def test_a_parcel_delivered_after_the_confirmation_is_left_out(staff):
    incident = held(12, incident_parcels=12)
    data = confirmed(staff, incident)
    flag = Flag.objects.first()
    scan(flag.shipment, Status.DELIVERED, flag.opened_at)
    look(flag.opened_at + HOUR)

    assert said(staff.post(page(incident, "send"), data, follow=True)) == ["On its way for 11 orders."]
    assert flag.order_id not in {fact["order_id"] for fact in facts(events.INCIDENT_APOLOGY)}


@pytest.mark.parametrize("words", ["{% if url %}No end", "{% nonsense %}", "{{ url | no_such_filter }}"])
def test_words_nobody_could_read_offer_no_button(staff, words):
    incident = held(3)
    revise(incident_id=incident.pk, changes={"words": incident.words | {"de": words}})

    for name in ("change", "send"):
        shown = staff.get(page(incident, name)).content.decode()
        assert "cannot be sent as" in shown and "Send to 3 customers" not in shown


def test_markup_in_words_is_shown_as_words(staff):
    incident = held(3)
    odd = "Sorry <script>alert(1)</script> <img src=x onerror=alert(1)> [x](javascript:alert(1))"
    subject = "<script>alert(2)</script>"
    written(staff, incident, words_en=odd, subject_en=subject)

    for name in ("change", "write", "send"):
        shown = staff.get(page(incident, name)).content.decode()
        assert "<script>alert" not in shown and "<img src=x" not in shown and 'href="javascript' not in shown


def test_a_budget_that_bears_no_offer_and_people_who_wait_are_said_as_such(staff):
    incident = held(3)
    offer = {"offer_code": "SORRY", "offer_minor": 500, "budget_minor": 499, "offer_by_hand": True}
    revise(incident_id=incident.pk, changes=offer)

    answer = staff.post(page(incident, "send"), confirmed(staff, incident, beyond="wait"), follow=True)

    assert said(answer) == ["Nobody was told: the budget bears no further offer."]


@pytest.mark.parametrize(
    ("currency", "offer", "budget", "minor", "with_offer"),
    [("JPY", "500", "1499", 500, 2), ("KWD", "1.250", "3.75", 1250, 3), ("EUR", "5", "9.99", 500, 1)],
)
def test_sums_are_counted_in_the_units_of_their_currency(staff, currency, offer, budget, minor, with_offer):
    incident = held(3)
    incident.store.currency = currency
    incident.store.save()
    written(staff, incident, offer_code="SORRY", offer=offer, budget=budget, offer_by_hand="on")

    incident = Incident.objects.select_related("store").get()
    assert (incident.offer_minor, standing(incident).with_offer) == (minor, with_offer)
    shown = staff.get(page(incident)).content.decode()
    assert currency in shown or "¥" in shown or "€" in shown


@pytest.mark.parametrize(("currency", "odd"), [("JPY", "5.5"), ("KWD", "1.2345"), ("USD", "0.001")])
def test_a_sum_no_coin_pays_is_refused_instead_of_rounded(staff, currency, odd):
    incident = held(3)
    incident.store.currency = currency
    incident.store.save()

    answer = written(staff, incident, offer_code="SORRY", offer=odd, budget="100")

    assert "decimal place" in answer.content.decode()
    assert Incident.objects.get().offer_minor == 0


def test_the_form_takes_what_it_shows(staff):
    incident = held(3)
    form = ApologyForm(incident=incident)

    assert form.get_initial_for_field(form.fields["offer"], "offer") == Decimal(0)
    assert said(written(staff, incident)) == ["Saved. Nothing has been sent."]


def test_no_page_of_an_incident_takes_a_post_without_its_token_nor_changes_by_a_get(staff):
    incident = held(3)
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(StaffFactory(), backend="django.contrib.auth.backends.ModelBackend")

    for name in ("send", "write"):
        assert strict.post(page(incident, name), {"newest": 10**6}).status_code == 403
        staff.get(page(incident, name), {"newest": 10**6})
    staff.get(page(incident).replace("/change/", "/do/make_code/"))

    assert not facts(events.INCIDENT_APOLOGY) and not ShopAction.objects.exists()


@pytest.mark.parametrize("pk", ["0", "99999999999999999999999", "x", "1_2F"])
@pytest.mark.parametrize("name", ["send", "write", "change"])
def test_an_incident_that_is_not_there_is_not_found(staff, name, pk):
    answer = staff.get(f"/admin/tracking/incident/{pk}/{name}/")

    assert answer.status_code in (302, 404)


@pytest.mark.parametrize(
    "query", ["owner=99999999999999999999999", "owner=²", "age=x", "state=x", "kind__exact=x"]
)
def test_odd_filters_of_the_queue_are_answered(staff, query):
    held(3)

    assert staff.get(f"/admin/tracking/flag/?{query}", follow=True).status_code == 200
