"""Refunds and store credit as staff see them: nothing deletable, every change a service."""

import pytest
import responses
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from returns.models import Refund, StoreCredit
from returns.services.credits import balance
from returns.services.settling import settle
from tests.factories.customers import StaffFactory, StoreFactory, UserFactory
from tests.factories.returns import ReturnSettingsFactory
from tests.factories.tracking import NOON
from tests.returns.paying import back, inspected, order_of, rows, work
from tests.returns.stripe_double import KEY, StripeDouble
from tests.tracking import memory_shop
from tests.tracking.memory_shop import SHOP
from tracking.shops.client import ShopError

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shop(settings):
    settings.SHOP_CLIENTS = {"shopify": memory_shop.PATH}
    return memory_shop.fresh()


@pytest.fixture
def staff():
    client = Client()
    client.force_login(StaffFactory(), backend="django.contrib.auth.backends.ModelBackend")
    return client


def url(model, page, *args):
    return reverse(f"admin:returns_{model}_{page}", args=args)


def ready(order=None, **given):
    ret = inspected(back(order, **given))
    settle(ret.pk, at=NOON)
    return ret


def by_hand():
    return ready(order_of(4800, store=StoreFactory(currency="USD")))


def test_the_ledger_lists_each_attempt_with_its_sum(staff):
    ret = ready()

    page = staff.get(url("refund", "changelist")).content.decode()

    assert ret.number in page
    assert "$48.00" in page


def test_what_waits_for_a_person_is_on_the_first_page(staff):
    by_hand()

    assert "Refunds for a person" in staff.get(reverse("admin:index")).content.decode()


def test_a_person_notes_what_they_gave_back_by_hand(staff):
    refund = by_hand().refunds.get()
    assert "Note as given back" in staff.get(url("refund", "change", refund.pk)).content.decode()
    assert "Its number" in staff.get(url("refund", "done", refund.pk)).content.decode()

    staff.post(url("refund", "done", refund.pk), {"reference": "SEPA-7"})

    refund.refresh_from_db()
    assert (refund.state, refund.external_id) == ("SUCCEEDED", "SEPA-7")
    assert refund.by


def test_a_person_has_a_refused_refund_tried_again(staff):
    ret = ready()
    SHOP.before = [ShopError("No", permanent=True)]
    work()
    refund = ret.refunds.get()
    page = staff.get(url("refund", "change", refund.pk)).content.decode()
    assert "Try again" in page
    assert "by hand" in page
    assert "through Stripe" not in page

    staff.post(url("refund", "do", refund.pk, "again"))
    work(at=timezone.now())

    assert [row[2] for row in rows(ret)] == ["FAILED", "SUCCEEDED"]


def test_a_person_has_it_given_back_through_stripe_instead(staff):
    order = order_of(4800, payment_provider="stripe", payment_reference="pi_0001")
    ReturnSettingsFactory(store=order.store, stripe_key=KEY)
    ret = ready(order)
    SHOP.before = [ShopError("No", permanent=True)]
    work()

    staff.post(url("refund", "do", ret.refunds.get().pk, "by_stripe"))
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        stripe = StripeDouble().at(mock)
        work(at=timezone.now())

    assert rows(ret) == [("shopify", 4800, "FAILED"), ("stripe", 4800, "SUCCEEDED")]
    assert (len(stripe.refunds), SHOP.effects) == (1, 0)


def test_what_is_under_way_offers_nothing_to_press(staff):
    refund = ready().refunds.get()

    page = staff.get(url("refund", "change", refund.pk)).content.decode()

    assert "Try again" not in page
    assert "Note as given back" not in page
    assert staff.post(url("refund", "do", refund.pk, "by_hand")).status_code == 403


@pytest.mark.parametrize("model", ["refund", "storecredit"])
def test_nothing_of_money_can_be_deleted_added_or_written(staff, model):
    ready(outcome="CREDIT")
    row = {"refund": Refund, "storecredit": StoreCredit}[model].objects.get()

    assert staff.post(url(model, "delete", row.pk), {"post": "yes"}).status_code == 403
    assert staff.get(url(model, "add")).status_code == 403
    assert staff.post(url(model, "change", row.pk), {"amount_minor": 1}).status_code == 403
    assert Refund.objects.count() == StoreCredit.objects.count() == 1


def test_a_person_notes_what_was_spent_and_never_more_than_is_left(staff):
    credit = ready(outcome="CREDIT").credits.get()
    form = {"what": "spent", "note": "Order 7", "token": "6f1f2a1e-2f0b-4a50-8d5a-3b1a3c1f0001"}

    for _ in range(2):
        staff.post(url("storecredit", "spend", credit.pk), {**form, "amount": "40.00"})
    assert balance(credit) == 800

    form["token"] = "6f1f2a1e-2f0b-4a50-8d5a-3b1a3c1f0002"
    told = staff.post(url("storecredit", "spend", credit.pk), {**form, "amount": "8.01"}, follow=True)
    assert "$8.00 is left" in told.content.decode()
    assert balance(credit) == 800
    assert "$8.00" in staff.get(url("storecredit", "change", credit.pk)).content.decode()


@pytest.mark.parametrize("amount", ["", "-3", "0", "three", "1e400"])
def test_an_amount_that_is_none_is_refused_at_the_field(staff, amount):
    credit = ready(outcome="CREDIT").credits.get()
    form = {"what": "spent", "token": "6f1f2a1e-2f0b-4a50-8d5a-3b1a3c1f0001", "amount": amount}

    assert staff.post(url("storecredit", "spend", credit.pk), form).status_code == 200
    assert balance(credit) == 4800


def test_who_may_only_look_can_press_nothing():
    refund = by_hand().refunds.get()
    user = UserFactory(is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_refund"))
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")

    assert client.get(url("refund", "change", refund.pk)).status_code == 200
    assert client.post(url("refund", "done", refund.pk), {"reference": "x"}).status_code == 403
    assert client.post(url("refund", "do", refund.pk, "again")).status_code == 403
    refund.refresh_from_db()
    assert refund.state == "STAFF"
