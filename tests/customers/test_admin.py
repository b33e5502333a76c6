"""The back-office's frame and its pages about who."""

import csv
import io
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.db import transaction
from django_q.models import Failure, Task

from config.lib.staff import export
from customers import outbox
from customers.models import ApiKey, Consent, Customer, Delivery, Event, Partner, Store, User
from customers.services.partners import issue_key
from tests.factories.customers import CustomerFactory, StoreFactory, UserFactory
from tests.factories.tracking import NOON, OrderFactory, ShipmentFactory
from tests.staff import act, client_of, listing, page, press, queries, said

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(db):
    return client_of()


def event(n=0, **fields) -> Event:
    with transaction.atomic():
        made = outbox.publish(
            "tracking.order.placed", key=f"order:{n}:placed", occurred_at=NOON, data={"order_id": n}, **fields
        )
    assert made
    return made


def parked(n=0) -> Delivery:
    delivery = event(n).deliveries.first()
    Delivery.objects.filter(pk=delivery.pk).update(
        state="PARKED", due_at=None, attempts=8, last_error="KeyError"
    )
    return delivery


def many(count) -> None:
    """Add `count` rows to every list of this app, each with rows of its own around it."""
    start = Customer.objects.count()
    for n in range(start, start + count):
        store = StoreFactory(slug=f"store-{n}", name=f"Store {n}")
        customer = CustomerFactory()
        event(n, customer=customer, store=store)
        key = issue_key(partner=f"partner-{n}", scopes=["orders:read"], stores=[store.slug])
        assert key.partner_is_new
        user = UserFactory(customer=customer)
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        Authenticator.objects.create(user=user, type="totp", data={"secret": "TOTPSECRET"})
        Task.objects.create(
            id=f"{n:032d}",
            name=str(n),
            func="customers.tasks.sweep",
            started=NOON,
            stopped=NOON,
            success=False,
        )


MODELS = [User, EmailAddress, Authenticator, Store, Customer, Event, Delivery, Partner, ApiKey, Failure]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_a_list_of_thirty_takes_as_many_queries_as_one_of_three(staff, model):
    many(3)
    few = queries(staff, listing(model))

    many(27)

    assert queries(staff, listing(model)) == few


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_row_has_a_page_and_a_history(staff, model):
    many(1)
    row = model._default_manager.order_by("-pk").first()

    assert staff.get(page(row)).status_code == 200
    assert staff.get(page(row, "history")).status_code == 200


def test_strangers_are_sent_to_the_log_in_with_its_limits(client):
    response = client.get("/admin/", follow=True)

    assert response.redirect_chain[-1][0].startswith("/account/login/")


def test_a_shopper_with_an_account_does_not_get_in():
    shopper = client_of(UserFactory())

    assert shopper.get("/admin/", follow=True).status_code == 403
    assert shopper.post("/admin/find/", {"words": "1001"}).status_code == 302


def test_staff_see_only_what_they_may(db):
    helper = UserFactory(is_staff=True)
    helper.user_permissions.add(Permission.objects.get(codename="view_delivery"))
    delivery = parked()
    client = client_of(helper)

    assert client.get(listing(Customer)).status_code == 403
    assert client.get(listing(Delivery)).status_code == 200
    assert "Try again now" not in client.get(page(delivery)).content.decode()
    assert press(client, delivery, "retry").status_code == 403
    delivery.refresh_from_db()
    assert delivery.state == Delivery.State.PARKED


def test_the_first_page_counts_what_needs_a_person_and_leads_there(staff):
    parked(1)
    parked(2)
    event(3)

    shown = staff.get("/admin/")
    [need] = [need for need in shown.context["needs"] if "handler" in need["label"]]
    led = staff.get(need["url"])

    assert need["words"] == "2"
    assert {row.event.key for row in led.context["cl"].result_list} == {"order:1:placed", "order:2:placed"}


def test_the_first_page_says_when_nothing_needs_a_person(staff):
    shown = staff.get("/admin/")

    assert shown.context["needs"] == []
    assert "Nothing needs a person" in shown.content.decode()


def test_the_first_page_counts_only_what_the_reader_may_see(db):
    parked()

    assert client_of(UserFactory(is_staff=True)).get("/admin/").context["needs"] == []


@pytest.mark.parametrize(
    "words", ["#1001", " 1001 ", "ADA@Example.com", "1z 999 aa1 0000000001", "820982911946154500"]
)
def test_the_quick_search_opens_the_one_order_it_finds(staff, words):
    customer = CustomerFactory(email="other@example.com")
    order = OrderFactory(
        number="#1001", email="ada@example.com", external_id="820982911946154500", customer=customer
    )
    ShipmentFactory(order=order, tracking_number="1Z999AA10000000001")
    OrderFactory(number="#1002")

    response = staff.post("/admin/find/", {"words": words})

    assert response.status_code == 302
    assert response["Location"] == page(order)


def test_the_quick_search_lists_several_and_says_when_there_is_none(staff):
    customer = CustomerFactory(email="ada@example.com")
    orders = [OrderFactory(customer=customer) for _ in range(2)]

    several = staff.post("/admin/find/", {"words": "ada@example.com"})
    none = staff.post("/admin/find/", {"words": "<b>9999</b>"})

    assert {hit.url for hit in several.context["hits"]} == {page(row) for row in [*orders, customer]}
    assert "Nothing is called “&lt;b&gt;9999&lt;/b&gt;”" in none.content.decode()


def test_what_people_look_for_stays_out_of_addresses(staff):
    OrderFactory(number="#1001")

    assert staff.get("/admin/find/?words=1001")["Location"] == "../"


def test_a_secret_is_never_shown_and_an_empty_box_keeps_it(staff):
    store = StoreFactory(webhook_secret="shhh-a-secret", webhook_secret_previous="elder-secret")
    shown = staff.get(page(store))
    form = shown.context["adminform"].form
    data = {
        name: form.initial.get(name, "") or ""
        for name in form.fields
        if name not in ("webhook_secret", "webhook_secret_previous", "lookup_by_postcode")
    }

    assert "shhh" not in shown.content.decode()
    assert "elder" not in shown.content.decode()

    kept = staff.post(page(store), data | {"name": "New name"}, follow=True)
    store.refresh_from_db()
    assert "shhh" not in kept.content.decode()
    assert (store.name, store.webhook_secret, store.webhook_secret_previous) == (
        "New name",
        "shhh-a-secret",
        "elder-secret",
    )
    assert "ecret" not in LogEntry.objects.latest("pk").get_change_message()

    staff.post(page(store), data | {"webhook_secret": " fresh ", "webhook_secret_previous-remove": "on"})
    store.refresh_from_db()
    assert (store.webhook_secret, store.webhook_secret_previous) == ("fresh", "")
    assert "fresh" not in LogEntry.objects.latest("pk").get_change_message()


def test_a_secret_comes_back_neither_with_a_mistaken_form(staff):
    store = StoreFactory()

    shown = staff.post(page(store), {"name": "", "webhook_secret": "typed-secret"})

    assert shown.status_code == 200
    assert "typed-secret" not in shown.content.decode()


def test_a_second_factor_keeps_its_secret_and_can_be_removed(staff):
    factor = Authenticator.objects.create(user=UserFactory(), type="totp", data={"secret": "TOTPSECRET"})

    assert "TOTPSECRET" not in staff.get(page(factor)).content.decode()
    staff.post(page(factor, "delete"), {"post": "yes"})
    assert not Authenticator.objects.exists()


def test_a_parked_delivery_is_put_back_to_work_and_a_finished_one_is_not(staff):
    stuck = parked(1)
    finished = event(2).deliveries.first()
    Delivery.objects.filter(pk=finished.pk).update(state="DONE", due_at=None)

    response = act(staff, Delivery, "retry", [stuck, finished])

    stuck.refresh_from_db()
    finished.refresh_from_db()
    assert (stuck.state, stuck.attempts) == ("WAITING", 0)
    assert stuck.due_at is not None
    assert finished.state == "DONE"
    assert sorted(said(response)) == [
        f"1 put back to work: {stuck.handler} ← order:1:placed.",
        f"Not put back to work: {finished.handler} ← order:2:placed: it is done already",
    ]
    assert LogEntry.objects.filter(object_id=str(stuck.pk)).count() == 1


def test_many_are_put_back_to_work_at_once(staff):
    for n in range(203):
        parked(n)
    several = Delivery.objects.count()  # one for each handler that hears of it

    response = staff.post(
        listing(Delivery),
        {
            "action": "retry",
            "_selected_action": [Delivery.objects.first().pk],
            "select_across": "1",
            "index": 0,
        },
        follow=True,
    )

    assert said(response) == [f"{several} put back to work."]
    assert not Delivery.objects.filter(state="PARKED").exists()


def test_a_button_does_not_answer_to_a_link(staff):
    stuck = parked()

    assert staff.get(page(stuck).replace("change/", "do/retry/")).status_code == 405


def test_events_are_for_reading_only(staff):
    row = event(1)

    assert staff.post(page(row), {"kind": "x"}).status_code == 403
    assert staff.get(listing(Event) + "add/").status_code == 403
    assert staff.post(page(row, "delete"), {"post": "yes"}).status_code == 403


def test_a_customer_is_not_deleted_like_a_row(staff):
    customer = CustomerFactory()
    Consent.objects.create(
        customer=customer, channel="email", purpose="marketing", granted=True, source="shop", said_at=NOON
    )

    assert staff.post(page(customer, "delete"), {"post": "yes"}).status_code == 403


def test_a_customers_details_can_be_mended(staff):
    customer = CustomerFactory(name="Ada")
    Consent.objects.create(
        customer=customer, channel="email", purpose="marketing", granted=True, source="shop", said_at=NOON
    )
    hidden = {}
    for formset in staff.get(page(customer)).context["inline_admin_formsets"]:
        prefix = formset.formset.prefix
        total = formset.formset.total_form_count()
        hidden |= {f"{prefix}-TOTAL_FORMS": total, f"{prefix}-INITIAL_FORMS": total}

    staff.post(page(customer), {"name": "Ada Lovelace", "email": customer.email} | hidden)

    customer.refresh_from_db()
    assert customer.name == "Ada Lovelace"


def test_staff_are_added_by_their_e_mail_address(staff):
    staff.post(
        listing(User) + "add/",
        {
            "email": "new@example.com",
            "usable_password": "true",
            "password1": "a long enough pass",
            "password2": "a long enough pass",
        },
    )

    assert User.objects.get(email="new@example.com").check_password("a long enough pass")


def test_an_export_holds_the_filtered_list_and_runs_no_formula(staff):
    CustomerFactory(name="=HYPERLINK(1)", language="de", phone="+4930123456")
    CustomerFactory(name="Grace", language="en")

    response = staff.post(listing(Customer, "export") + "?language=de")
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    [row] = csv.DictReader(io.StringIO(text))

    assert response["Content-Disposition"] == 'attachment; filename="customer.csv"'
    assert (row["Name"], row["Phone"]) == ("'=HYPERLINK(1)", "'+4930123456")
    assert LogEntry.objects.get().change_message == "Downloaded as CSV"
    assert staff.get(listing(Customer, "export")).status_code == 405


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r"])
def test_text_that_a_spreadsheet_would_run_is_made_text(sign):
    assert export.safe(f"{sign}1+1") == f"'{sign}1+1"


def test_numbers_and_times_are_exported_as_they_are():
    assert export.safe(-5) == "-5"
    assert export.safe(NOON + timedelta(seconds=1)) == "2026-03-10T12:00:01+00:00"
    assert export.safe(None) == ""


def test_a_long_list_is_counted_only_so_far(staff, monkeypatch):
    monkeypatch.setattr("config.lib.staff.lists.COUNTED", 5)
    monkeypatch.setattr("config.lib.staff.pages.COUNTED", 5)
    deliveries = [parked(n) for n in range(7)]

    shown = staff.get(listing(Delivery)).content.decode()
    all_of_them = {
        "action": "retry",
        "_selected_action": [deliveries[0].pk],
        "select_across": "1",
        "index": 0,
    }

    assert "5 or more rows" in shown
    assert said(staff.post(listing(Delivery), all_of_them, follow=True)) == [
        "These are more than 5. Filter the list first."
    ]
    assert Delivery.objects.filter(state="PARKED").count() == 7
