"""The back-office's pages of the watch: the queue, the incident, and the one button."""

import re

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone

from customers.models import Alert
from customers.services.alerts import take_alert
from tests.factories.customers import StaffFactory, StoreFactory, UserFactory
from tests.factories.tracking import OrderFactory, OrderLineFactory
from tests.staff import client_of, listing, page, press, queries, said
from tests.tracking.watching import DAY, HOUR, START, facts, look, parcel
from tracking import events
from tracking.models import Flag, Incident, ShopAction, WatchRules
from tracking.vocabulary import Reason, Status

pytestmark = pytest.mark.django_db
AT = START + 3 * DAY


@pytest.fixture
def staff(db):
    return client_of()


def held(count, incident_parcels=3):
    """Parcels that customs hold since an hour ago."""
    WatchRules.objects.get_or_create(store=StoreFactory(), defaults={"incident_parcels": incident_parcels})
    now = timezone.now()
    for _ in range(count):
        order = OrderFactory(placed_at=now - DAY)
        parcel(Status.IN_TRANSIT, Status.EXCEPTION, reason=Reason.CUSTOMS, at=now - HOUR, order=order)
    look(now)
    return Incident.objects.filter(state=Incident.State.OPEN).first()


def rows(client, **query):
    return {flag.kind for flag in client.get(listing(Flag), query).context["cl"].result_list}


def written(client, incident, **changes):
    """Fill in the form as it stands, with `changes`."""
    url = page(incident, "write")
    form = client.get(url).context["form"]
    data = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    data = {name: value for name, value in data.items() if value is not False} | changes
    return client.post(url, data, follow=True)


# --- the queue ---
def test_the_queue_shows_open_flags_with_their_reason_and_filters_them(staff):
    now = timezone.now()
    parcel(Status.IN_TRANSIT, at=now - 9 * DAY)
    order = OrderFactory(placed_at=now - 5 * DAY, number="#77", number_key="77")
    OrderLineFactory(order=order)
    held(1)

    shown = staff.get(listing(Flag)).content.decode()

    assert "No scan since" in shown and "Flagged after 96 hours" in shown
    assert rows(staff) == {"SILENT", "UNFULFILLED", "CUSTOMS"}
    assert rows(staff, kind__exact="SILENT") == {"SILENT"}
    assert rows(staff, carrier="ups") == {"SILENT", "CUSTOMS"}
    assert rows(staff, age="-1") == set() and rows(staff, age="1") == rows(staff)
    assert rows(staff, q="#77") == {"UNFULFILLED"}
    Flag.objects.filter(kind="SILENT").update(cleared_at=now, cleared_why="Delivered")
    assert rows(staff) == {"UNFULFILLED", "CUSTOMS"}
    assert rows(staff, state="cleared") == {"SILENT"}
    assert "Cleared: Delivered." in staff.get(listing(Flag), {"state": "cleared"}).content.decode()


def test_the_queue_knows_who_took_the_alert(staff):
    held(1)
    owner = StaffFactory()
    assert rows(staff, owner="nobody") == {"CUSTOMS"}

    take_alert(alert_id=Alert.objects.get().pk, owner=owner)

    assert rows(staff, owner="nobody") == set()
    assert rows(staff, owner=str(owner.pk)) == {"CUSTOMS"}
    assert owner.email in staff.get(listing(Flag)).content.decode()


def test_the_queue_takes_as_many_queries_for_thirty_as_for_three(staff):
    held(3, incident_parcels=100)
    few = queries(staff, listing(Flag))
    held(27, incident_parcels=100)

    assert queries(staff, listing(Flag)) == few


def test_the_queue_is_downloaded_as_csv(staff):
    held(2, incident_parcels=100)

    text = b"".join(staff.post(listing(Flag, "export")).streaming_content).decode()

    assert text.count("Held by customs") == 2 and "customs are looking at it" in text


def test_a_flag_stands_on_its_order_and_tells_its_rule(staff):
    held(1)
    flag = Flag.objects.get()

    assert "Held by customs" in staff.get(page(flag.order)).content.decode()
    told = [entry.title for entry in staff.get(page(flag.order)).context["entries"]]
    assert "Needs attention" in told
    assert "customs" in staff.get(page(flag)).content.decode()


def test_the_first_page_counts_what_needs_a_person(staff):
    held(4)

    needs = {need["label"]: need["count"] for need in staff.get(reverse("admin:index")).context["needs"]}

    assert needs["Incidents"] == 1 and needs["Flags on orders and parcels"] == 4


# --- the incident ---
def test_the_incident_page_tells_who_how_many_and_shows_the_letter(staff):
    incident = held(4)

    answer = staff.get(page(incident))
    shown = re.sub(r"<[^>]+>|\s+", " ", answer.content.decode())

    assert (answer.context["parcels"], answer.context["held"], answer.context["orders"]) == (4, 4, 4)
    assert answer.context["countries"] == "US 4"
    assert "$212.00" in shown and "Send to 4 customers" in shown
    assert "Customs in Memphis are holding many parcels" in shown
    assert "Der Zoll in Memphis" in shown and "La douane à Memphis" in shown
    assert "No offer goes with it." in shown


def test_one_click_after_the_numbers_sends_and_a_second_does_nothing(staff):
    incident = held(3)
    written(staff, incident, offer_code="SORRY", offer="5.00", budget="15.00", offer_by_hand="on")
    confirm = staff.get(page(incident, "send"))
    assert "3 × $5.00 = $15.00 of the $15.00 left" in confirm.content.decode()
    data = {"newest": confirm.context["standing"].newest}

    first = staff.post(page(incident, "send"), data, follow=True)
    second = staff.post(page(incident, "send"), data, follow=True)

    assert said(first) == ["On its way for 3 orders."]
    assert said(second) == ["Everybody who was to be told has been told."]
    assert [fact["offer"] for fact in facts(events.INCIDENT_APOLOGY)] == [True] * 3
    assert "Yes, with the offer" in staff.get(page(incident)).content.decode()


def test_beyond_the_budget_staff_choose_and_are_shown_the_choice(staff):
    incident = held(3)
    written(staff, incident, offer_code="SORRY", offer="5.00", budget="10.00", offer_by_hand="on")
    confirm = staff.get(page(incident, "send"))
    assert "The budget bears the offer for 2 customers" in confirm.content.decode()

    data = {"newest": confirm.context["standing"].newest, "beyond": "wait"}
    assert said(staff.post(page(incident, "send"), data, follow=True)) == ["On its way for 2 orders."]


def test_looking_at_the_confirmation_sends_nothing(staff):
    incident = held(3)

    staff.get(page(incident, "send"))
    staff.post(page(incident, "send"), {})

    assert not facts(events.INCIDENT_APOLOGY)


def test_words_offer_and_budget_are_changed_and_checked(staff):
    incident = held(3)

    broken = written(staff, incident, words_en="Hello {{ first_name")
    half = written(staff, incident, offer_code="SORRY")
    good = written(staff, incident, words_en="We are **sorry**.", subject_en="Sorry")

    assert "has no end" in broken.content.decode()
    assert "what one offer may cost" in half.content.decode()
    incident.refresh_from_db()
    assert incident.words["en"] == "We are **sorry**." and "<strong>sorry</strong>" in good.content.decode()
    assert not facts(events.INCIDENT_APOLOGY)


def test_words_nobody_could_send_are_marked_as_such(staff):
    incident = held(3)

    shown = written(staff, incident, words_en="{% nonsense %}", subject_en="Sorry").content.decode()

    assert "this cannot be sent as it is" in shown


def test_the_code_is_asked_for_in_the_shop_and_the_page_waits_for_it(staff):
    incident = held(3)
    written(staff, incident, offer_code="SORRY", offer="5.00", budget="15.00")
    assert "Make the code in the shop" in staff.get(page(incident)).content.decode()

    press(staff, incident, "make_code")
    action = ShopAction.objects.get()
    waiting = staff.get(page(incident)).content.decode()
    refused = said(staff.post(page(incident, "send"), {"newest": 10**6}, follow=True))
    ShopAction.objects.update(state=ShopAction.State.DONE)

    assert action.kind == ShopAction.Kind.DISCOUNT
    assert "is asked for in the shop" in waiting and "Send to 3 customers" not in waiting
    assert refused == ["Not sent: The offer’s code does not exist in the shop yet."]
    assert "Send to 3 customers" in staff.get(page(incident)).content.decode()


def test_an_incident_that_is_over_offers_no_button(staff):
    incident = held(3)
    Incident.objects.update(state=Incident.State.CLOSED, closed_at=timezone.now())

    shown = staff.get(page(incident)).content.decode()

    assert "The incident is over." in shown and "Send to" not in shown
    assert "The incident is over." in staff.get(page(incident, "send")).content.decode()


def test_who_may_only_look_can_neither_write_nor_send():
    incident = held(3)
    user = UserFactory(is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_incident"))
    viewer = client_of(user)

    assert viewer.get(page(incident)).status_code == 200
    assert viewer.get(page(incident, "write")).status_code == 403
    assert viewer.post(page(incident, "send"), {"newest": 1}).status_code == 403
    assert not facts(events.INCIDENT_APOLOGY)


def test_thresholds_are_changed_per_store(staff):
    store = StoreFactory()
    form = staff.get(reverse("admin:tracking_watchrules_add")).context["adminform"].form
    data = {name: form.get_initial_for_field(f, name) for name, f in form.fields.items()}
    data |= {"store": store.pk, "silent_days_domestic": 7, "enabled": "on", "offer_make_good": "on"}

    answer = staff.post(reverse("admin:tracking_watchrules_add"), data)

    assert answer.status_code == 302 and WatchRules.objects.get(store=store).silent_days_domestic == 7
