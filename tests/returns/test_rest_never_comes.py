"""More was to come in another parcel, and does not: a person hears of it and can end the wait."""

from datetime import timedelta

import pytest

from customers.models import Alert, Event
from returns.models import Return
from returns.services import finishing, receiving, rounds
from returns.services.inspection import Refused
from tests.factories.tracking import NOON
from tests.returns.bench import coming_back, look, order_with, worker
from tests.staff import client_of, press

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def kim():
    return worker()


@pytest.fixture
def ret(kim):
    """Two were announced, one came, the other is still to come."""
    ret = coming_back(order_with({"quantity": 2}))
    look(ret.units.order_by("index")[0], by=kim)
    finishing.finish(ret.parcels.get().pk, rest=finishing.MORE, by=kim, at=LATER)
    ret.refresh_from_db()
    return ret


def due(at):
    Return.objects.update(due_at=at)
    while rounds.look_after_due(at=at):
        pass


def test_after_two_weeks_a_person_hears_that_the_rest_has_not_come(ret):
    due(LATER + 13 * DAY)
    early = Alert.objects.filter(kind=rounds.KIND).count()
    due(LATER + 14 * DAY)

    assert early == 0
    alert = Alert.objects.get(kind=rounds.KIND)
    assert "has not come for 14 days" in alert.title


def test_it_is_looked_at_again_when_two_weeks_are_over(ret):
    assert rounds.next_look(ret, LATER) == LATER + 14 * DAY


def test_nothing_more_settles_it_with_what_is_here(ret, kim):
    done = finishing.nothing_more(ret.pk, by=kim, at=LATER + DAY)

    second = ret.units.order_by("index")[1]
    assert (done.state, second.stage, second.condition) == ("INSPECTED", "MISSING", "MISSING")
    assert second.deduction_minor == second.value_minor
    told = Event.objects.filter(kind="returns.parcel.inspected", data__parcel_id=ret.parcels.get().pk)
    assert [event.data["missing"] for event in told.order_by("pk")] == [0, 1]


def test_nothing_more_is_refused_twice_and_while_a_parcel_waits_here(ret, kim):
    parcel = receiving.another_parcel(ret.pk, at=LATER)
    receiving.receive(parcel.pk, at=LATER)
    with pytest.raises(Refused):
        finishing.nothing_more(ret.pk, by=kim, at=LATER)
    look(ret.units.order_by("index")[1], by=kim, parcel=parcel)
    finishing.finish(parcel.pk, by=kim, at=LATER)

    with pytest.raises(Refused):
        finishing.nothing_more(ret.pk, by=kim, at=LATER)

    assert Return.objects.get(pk=ret.pk).state in ("INSPECTED", "SETTLED")


def test_staff_end_the_wait_by_a_button_on_its_page(ret):
    staff = client_of()
    page = f"/admin/returns/return/{ret.pk}/change/"
    assert "Nothing more comes" in staff.get(page).content.decode()

    press(staff, ret, "nothing_more")

    assert ret.units.filter(stage="MISSING").count() == 1
    assert "Nothing more comes" not in staff.get(page).content.decode()
