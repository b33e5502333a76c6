"""The orders of whoever is logged in, and nobody else's."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from customers.models import Identity
from customers.services.accounts import attach, customer_of
from tests.factories.customers import CustomerFactory, UserFactory
from tests.factories.tracking import OrderFactory
from tests.tracking import scenes

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 22, 18, 1, tzinfo=UTC)
PASSWORD = "a long enough password"


@pytest.fixture(autouse=True)
def frozen():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def order():
    return scenes.in_transit(NOW)


def user_of(email, *, verified=True):
    user = UserFactory(email=email)
    EmailAddress.objects.create(user=user, email=email, verified=verified, primary=True)
    return user


@pytest.fixture
def owner(order):
    return user_of(order.customer.email)


def orders(client) -> str:
    response = client.get(reverse("account_orders"))
    assert response.status_code == 200
    return response.content.decode()


def test_a_stranger_is_sent_to_the_log_in(client):
    assert client.get("/account/orders/")["Location"] == "/account/login/?next=/account/orders/"


def test_ones_own_orders_are_listed_with_their_answer(client, owner, order):
    client.force_login(owner)

    page = orders(client)

    assert "Order 1042" in page
    assert "Arrives Tuesday, November 24" in page


def test_newest_first(client, owner, order):
    OrderFactory(store=order.store, customer=order.customer, number="#2000", placed_at=NOW)
    OrderFactory(
        store=order.store, customer=order.customer, number="#900", placed_at=NOW - timedelta(days=90)
    )
    client.force_login(owner)

    page = orders(client)

    assert page.index("Order 2000") < page.index("Order 1042") < page.index("Order 900")


def test_another_customers_orders_are_not(client, order):
    client.force_login(user_of(CustomerFactory().email))

    assert "1042" not in orders(client)


def test_an_address_that_was_not_proved_shows_nothing(client, order):
    client.force_login(user_of(order.customer.email, verified=False))

    assert "No orders yet" in orders(client)


def test_a_log_ins_second_proved_address_counts_too(client, order):
    user = user_of("private@example.com")
    EmailAddress.objects.create(user=user, email=order.customer.email.upper(), verified=True)
    client.force_login(user)

    assert "Order 1042" in orders(client)


def test_an_unproved_identity_of_another_opens_nothing(order):
    Identity.objects.create(customer=order.customer, kind="email", value="eve@example.com", verified=False)

    assert customer_of(user_of("eve@example.com")) is None


def test_an_unproved_identity_that_is_where_we_write_counts(order):
    order.customer.identities.update(verified=False)

    assert customer_of(user_of(order.customer.email)) == order.customer


def test_looking_at_the_list_writes_nothing(client, owner):
    client.force_login(owner)
    with CaptureQueriesContext(connection) as queries:
        orders(client)

    assert [query["sql"] for query in queries if not query["sql"].startswith("SELECT")] == []
    owner.refresh_from_db()
    assert owner.customer is None


def test_logging_in_attaches_the_customer(client, owner, order):
    client.post(reverse("account_login"), {"login": owner.email, "password": PASSWORD})

    owner.refresh_from_db()
    assert owner.customer == order.customer


def test_a_log_in_once_attached_is_not_moved(order):
    other = CustomerFactory()
    user = user_of(order.customer.email)
    user.customer = other
    user.save()

    assert attach(user) == other


def test_the_list_costs_the_same_for_one_order_and_ten(client, owner, order):
    client.force_login(owner)
    with CaptureQueriesContext(connection) as one:
        orders(client)
    for scene in ("two_parcels", "delivered", "late", "attempted", "cancelled", "one_hand_over"):
        made = scenes.SCENES[scene](NOW)
        made.customer = order.customer
        made.save()
    with CaptureQueriesContext(connection) as many:
        orders(client)

    assert len(many) == len(one) <= 12


def test_ten_orders_to_a_page(client, owner, order):
    for n in range(12):
        OrderFactory(
            store=order.store, customer=order.customer, number=f"#5{n:03}", placed_at=NOW - timedelta(days=n)
        )
    client.force_login(owner)

    first, second = orders(client), client.get("/account/orders/?page=2").content.decode()

    assert first.count("order-row__what") == 10 and second.count("order-row__what") == 3
    assert "?page=2" in first and "?page=1" in second
    assert client.get("/account/orders/?page=nonsense").status_code == 200


def test_opening_an_order_leads_to_its_whole_page(client, owner, order):
    client.force_login(owner)

    response = client.post(reverse("account_order", args=[order.public_id]))

    assert response.status_code == 302
    assert "12 Analytical Way" in client.get(response["Location"]).content.decode()


def test_anothers_order_is_not_found(client, order):
    client.force_login(user_of(CustomerFactory().email))

    assert client.post(reverse("account_order", args=[order.public_id])).status_code == 404
    assert not order.links.exists()


def test_a_stranger_cannot_open_an_order(client, order):
    response = client.post(reverse("account_order", args=[order.public_id]))

    assert response["Location"].startswith("/account/login/")
    assert not order.links.exists()


def test_wrong_methods_are_refused(client, owner, order):
    client.force_login(owner)

    assert client.post(reverse("account_orders")).status_code == 405
    assert client.get(reverse("account_order", args=[order.public_id])).status_code == 405


@pytest.mark.parametrize(
    "name", ["account_login", "account_signup", "account_reset_password", "account_request_login_code"]
)
def test_the_log_in_pages_wear_the_stores_look(client, order, name):
    page = client.get(reverse(name)).content.decode()

    assert "/brand/harbour-pine.css?v=" in page
    assert 'class="button button--primary"' in page
    assert "<script" not in page.replace('<script type="module"', "") and " style=" not in page
