"""The inbox of staff."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission

from customers.models import Case, CaseMessage
from customers.services import cases
from tests.factories.customers import CustomerFactory, StoreFactory, UserFactory
from tests.factories.tracking import NOON, OrderFactory
from tests.staff import client_of, listing, page, press

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(db):
    return client_of()


def opened(subject="Where is it?", at=NOON, **more):
    given = {"store": StoreFactory(), "customer": CustomerFactory(), "source": Case.Source.REPLY} | more
    case = cases.open_case(subject=subject, at=at, **given)
    cases.hear(case=case, body="It should be here\nby <b>now</b>.", author="ada@example.com", at=at)
    return case


def test_who_waits_longest_stands_first(staff):
    late = opened("Lantern dented", at=NOON + timedelta(hours=1))
    first = opened("Mug broken")
    closed = opened("Soap melted", at=NOON - timedelta(days=1))
    cases.close(case=closed, at=NOON)

    rows = staff.get(listing(Case)).content.decode()

    assert rows.index("Mug broken") < rows.index("Lantern dented") < rows.index("Soap melted")
    assert late.state == first.state == Case.State.OPEN


def test_the_page_shows_what_was_said_harmlessly_and_leads_to_the_order(staff):
    order = OrderFactory()
    case = opened(about=order, customer=order.customer)

    shown = staff.get(page(case)).content.decode()

    assert "&lt;b&gt;now&lt;/b&gt;" in shown
    assert f"/admin/tracking/order/{order.pk}/change/" in shown
    assert f"/admin/customers/customer/{order.customer.pk}/change/" in shown


def test_an_answer_is_written_on_its_own_page(staff):
    case = opened()

    staff.post(page(case, "write"), {"kind": "reply", "body": "It comes on Friday."})

    said = case.messages.get(direction=CaseMessage.Direction.OUT)
    case.refresh_from_db()
    assert (said.body, case.state) == ("It comes on Friday.", Case.State.WAITING)


def test_a_note_goes_to_nobody(staff):
    case = opened()

    staff.post(page(case, "write"), {"kind": "note", "body": "Called UPS."})

    case.refresh_from_db()
    assert case.messages.filter(direction=CaseMessage.Direction.NOTE).count() == 1
    assert case.state == Case.State.OPEN


def test_empty_words_are_refused(staff):
    case = opened()

    answer = staff.post(page(case, "write"), {"kind": "reply", "body": "  "})

    assert answer.status_code == 200
    assert not case.messages.exclude(direction=CaseMessage.Direction.IN).exists()


def test_take_close_and_open_again(staff):
    case = opened()

    press(staff, case, "take")
    press(staff, case, "close")
    case.refresh_from_db()
    assert (case.state, case.owner is not None) == (Case.State.CLOSED, True)

    press(staff, case, "reopen")
    case.refresh_from_db()
    assert case.state == Case.State.OPEN


def test_who_may_only_look_cannot_answer():
    case = opened()
    clerk = UserFactory(is_staff=True)
    clerk.user_permissions.add(Permission.objects.get(codename="view_case"))
    client = client_of(clerk)

    assert client.get(page(case)).status_code == 200
    assert client.post(page(case, "write"), {"kind": "reply", "body": "Hi"}).status_code == 403
    assert client_of(UserFactory(is_staff=True)).get(page(case)).status_code == 403
    assert not case.messages.exclude(direction=CaseMessage.Direction.IN).exists()
