"""Returns that staff make for shoppers: sums are seen first, what the policy refuses needs a reason."""

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from tests.factories.customers import UserFactory
from tests.returns.shopper import bought as came_lately
from tests.returns.shopper import policy
from tests.staff import client_of, page

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def staff():
    return client_of()


def allowed(*names):
    user = UserFactory(is_staff=True)
    user.user_permissions.add(*Permission.objects.filter(codename__in=names))
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


def creating(order):
    return reverse("admin:returns_return_create") + f"?order={order.pk}"


def filled(order, **more):
    line = order.lines.order_by("position").first()
    given = {"count": 1, "reason": "UNWANTED", "outcome": "REFUND", "variant": ""} | more.pop("item", {})
    whole = {"method": "LABEL", "token": "6f1f2a1e-2f0b-4a50-8d5a-3b1a3c1f0001", "words": ""} | more
    return {f"item-{line.pk}-0-{name}": value for name, value in given.items()} | whole


def test_staff_make_a_return_after_seeing_its_sums(staff):
    order = came_lately()
    assert "Make a return" in staff.get(page(order)).content.decode()

    shown = staff.post(creating(order), {**filled(order), "show": "1"})
    assert not order.returns.exists()
    seen = shown.context["seen"]
    for _ in range(2):
        staff.post(creating(order), {**filled(order), "make": "1", "seen": seen})

    ret = order.returns.get()
    assert (ret.source, ret.units.count()) == ("STAFF", 1)
    assert ret.number in staff.get(page(order)).content.decode()


def test_sums_that_were_not_seen_are_shown_again(staff):
    order = came_lately()

    told = staff.post(creating(order), {**filled(order), "make": "1", "seen": "1,0,0"})

    assert "has changed" in told.content.decode()
    assert not order.returns.exists()


def test_beyond_the_policy_needs_the_right_and_a_reason(staff):
    order = came_lately()
    policy(order.store, allow=False)
    form = filled(order, make="1", beyond="A loyal customer")

    refused = allowed("view_return", "add_return").post(creating(order), form)
    no_reason = staff.post(creating(order), {**form, "beyond": ""})
    assert not order.returns.exists()
    seen = staff.post(creating(order), {**form, "seen": ""}).context["seen"]
    staff.post(creating(order), {**form, "seen": seen})

    assert refused.context["problem"] and no_reason.context["problem"]
    ret = order.returns.get()
    assert ret.why["beyond"] == "A loyal customer"
    assert "A loyal customer" in staff.get(page(ret)).content.decode()


def test_making_needs_an_order_and_the_right(staff):
    order = came_lately()

    assert staff.get(reverse("admin:returns_return_create")).status_code == 302
    assert allowed("view_return").get(creating(order)).status_code == 403
    assert (
        "Choose at least one piece"
        in staff.post(creating(order), {**filled(order, item={"count": 0}), "show": "1"}).content.decode()
    )
    assert (
        "Choose why"
        in staff.post(creating(order), {**filled(order, item={"reason": ""}), "show": "1"}).content.decode()
    )
