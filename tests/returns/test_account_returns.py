"""The list of one's own returns under the account."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.urls import reverse

from returns.models import Return
from tests.factories.customers import CustomerFactory, UserFactory
from tests.factories.tracking import NOON
from tests.returns.bench import coming_back
from tests.staff import queries

pytestmark = pytest.mark.django_db


def owner_of(customer):
    user = UserFactory(email=customer.email)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


@pytest.fixture
def ret():
    ret = coming_back()
    ret.order.customer = CustomerFactory(email="ada@example.com")
    ret.order.save()
    return ret


def page(client) -> str:
    return client.get(reverse("account_returns")).content.decode()


def test_a_stranger_is_sent_to_the_log_in(client):
    assert client.get("/account/returns/")["Location"] == "/account/login/?next=/account/returns/"


def test_ones_own_returns_lead_to_their_pages(client, ret):
    client.force_login(owner_of(ret.order.customer))

    shown = page(client)

    assert f"Return {ret.number}" in shown
    link = shown.split('id="return-1-open"')[0].rpartition('href="')[2].split('"')[0]
    assert client.get(link).status_code == 200


def test_anothers_returns_are_not_shown(client, ret):
    client.force_login(owner_of(CustomerFactory(email="eve@example.com")))

    shown = page(client)

    assert ret.number not in shown
    assert "No returns yet" in shown


def test_a_gifts_return_is_not_shown_to_who_gave_it(client, ret):
    Return.objects.update(source=Return.Source.GIFT)
    client.force_login(owner_of(ret.order.customer))

    assert ret.number not in page(client)


def test_it_turns_pages_and_asks_as_much_for_ten_as_for_one(client, ret):
    client.force_login(owner_of(ret.order.customer))
    for_one = queries(client, "/account/returns/")
    for day in range(1, 12):
        more = coming_back()
        Return.objects.filter(pk=more.pk).update(requested_at=NOON + timedelta(days=day))
        more.order.customer = ret.order.customer
        more.order.save()

    for_ten = queries(client, "/account/returns/")
    shown = page(client)

    assert for_ten <= for_one + 1  # and how many there are
    assert shown.count('class="card return-card"') == 10
    assert "?page=2" in shown
    assert ret.number in client.get("/account/returns/?page=2").content.decode()
