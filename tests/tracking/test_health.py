"""Trouble with the ways in and out becomes an alert, and the alert ends with it."""

from datetime import timedelta

import pytest

from customers.models import Alert, Store
from customers.services.alerts import close_alert
from tests.factories.customers import StaffFactory, StoreFactory
from tests.factories.tracking import NOON, CarrierAccountFactory
from tracking.models import CarrierAccount, Inbound
from tracking.services import health

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def open_keys() -> set[str]:
    return set(Alert.objects.exclude(state=Alert.State.ENDED).values_list("key", flat=True))


def test_nothing_wrong_is_no_alert():
    StoreFactory(last_webhook_at=NOON)
    CarrierAccountFactory()

    assert health.check(at=NOON) == 0
    assert not Alert.objects.exists()


def test_a_carrier_that_does_not_answer_for_long_is_an_alert_until_it_answers():
    account = CarrierAccountFactory(failing_since=NOON, last_error="timed out", failures=7)
    health.check(at=NOON + timedelta(minutes=10))
    soon = open_keys()
    health.check(at=NOON + HOUR)
    health.check(at=NOON + HOUR)
    later = open_keys()

    CarrierAccount.objects.update(failing_since=None)
    health.check(at=NOON + 2 * HOUR)

    assert (soon, later) == (set(), {f"carrier-account:{account.pk}:failing"})
    assert open_keys() == set()
    assert Alert.objects.get().ended_why == "It works again."


def test_an_account_that_was_switched_off_is_no_trouble():
    CarrierAccountFactory(failing_since=NOON, enabled=False)

    assert health.check(at=NOON + HOUR) == 0


def test_a_shop_that_does_not_answer_is_an_alert_of_its_store():
    store = StoreFactory(api_failing_since=NOON, api_error="HTTP 401")

    health.check(at=NOON + HOUR)

    alert = Alert.objects.get()
    assert alert.store == store
    assert "HTTP 401" in alert.detail


def test_webhooks_that_are_refused_since_the_last_good_one_are_urgent():
    store = StoreFactory(last_webhook_at=NOON - HOUR, last_rejected_at=NOON)
    health.check(at=NOON)
    alert = Alert.objects.get()

    Store.objects.filter(pk=store.pk).update(last_webhook_at=NOON + HOUR)
    health.check(at=NOON + HOUR)

    assert alert.severity == Alert.Severity.URGENT
    assert open_keys() == set()


def test_strangers_knocking_at_a_door_with_a_good_secret_are_no_trouble():
    StoreFactory(last_webhook_at=NOON, last_rejected_at=NOON - HOUR)

    assert health.check(at=NOON) == 0


def test_deliveries_that_could_not_be_read_are_one_alert_however_many():
    for n in range(3):
        Inbound.objects.create(
            source="shopify",
            body=b"{",
            received_at=NOON,
            state=Inbound.State.FAILED,
            delivery_key=str(n),
            content_key=str(n),
        )

    health.check(at=NOON + HOUR)

    assert Alert.objects.get().detail.startswith("3 of the last day")
    Inbound.objects.all().delete()
    health.check(at=NOON + HOUR)
    assert open_keys() == set()


def test_an_alert_that_a_person_ended_stays_ended_until_there_is_something_new():
    store = StoreFactory(last_rejected_at=NOON)
    CarrierAccountFactory(failing_since=NOON, last_error="timed out")
    health.check(at=NOON + HOUR)
    for alert in Alert.objects.all():
        close_alert(alert_id=alert.pk, by=StaffFactory(), at=NOON + HOUR)

    health.check(at=NOON + 2 * HOUR)
    before = open_keys()
    Store.objects.update(last_rejected_at=NOON + 3 * HOUR)
    health.check(at=NOON + 3 * HOUR)

    assert before == set()
    assert open_keys() == {f"store:{store.pk}:signature"}
