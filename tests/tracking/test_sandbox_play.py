"""Play parcels in the database: their webhooks, the poller, and what staff can make happen to them."""

from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from customers.models import Wake
from tests.factories.tracking import CarrierAccountFactory, OrderFactory, ShipmentFactory
from tests.tracking.test_sandbox import FAR, HOME, START
from tracking.carriers import sandbox
from tracking.carriers.base import Credentials, Parcel
from tracking.carriers.sandbox import Sandbox
from tracking.models import Inbound, Scan, Shipment
from tracking.services.inbound import process_due
from tracking.services.polling import poll_due
from tracking.services.sandbox import (
    NotASandboxParcel,
    TooLate,
    UnknownScenario,
    next_moves,
    set_scenario,
    set_speed,
    wake_movers,
)
from tracking.vocabulary import Status


def story():
    """The ordinary story of the one parcel these tests play with."""
    asked = Parcel("SBXN4711", created_at=START, origin=HOME, destination=FAR)
    return Sandbox(Credentials()).story(asked)


@pytest.fixture
def account(db):
    return CarrierAccountFactory(slug="sandbox", carrier="sandbox", secret="play", config={"speed": 1})


def play(account, start=START):
    """A parcel that the poller asks the sandbox about."""
    order = OrderFactory(ship_to={"city": "Seattle", "region": "WA", "country": "US", "postcode": "98103"})
    return ShipmentFactory(
        order=order,
        account=account,
        carrier="sandbox",
        tracking_number="SBXN4711",
        origin={"city": "Portland", "region": "ME", "country": "US", "postcode": ""},
        handed_over_at=start,
        due_at=start,
    )


def test_a_signed_webhook_moves_the_parcel_and_a_forged_one_does_not(account, client):
    shipment = play(account)
    asked = Parcel(shipment.tracking_number, created_at=START, origin=HOME, destination=FAR)
    body = sandbox.body(Sandbox(Credentials()).fetch([asked], at=START + timedelta(days=1)))

    def post(signature):
        headers = {"X-Sandbox-Signature": signature}
        url = "/webhooks/carriers/sandbox/"
        return client.post(url, body, content_type="application/json", headers=headers).status_code

    assert post(sandbox.sign("wrong", body)) == 401
    assert not Inbound.objects.exists()
    assert 200 <= post(sandbox.sign("play", body)) < 300
    process_due(at=Inbound.objects.get().due_at)
    shipment.refresh_from_db()
    assert shipment.status == Status.IN_TRANSIT


# --- asked by the poller ---


def test_polling_brings_a_parcel_to_the_door_with_every_scan_once(account):
    shipment = play(account)

    for hours in range(0, 24 * 9, 6):
        Shipment.objects.filter(pk=shipment.pk).exclude(status=Status.DELIVERED).update(due_at=START)
        poll_due(at=START + timedelta(hours=hours))

    shipment.refresh_from_db()
    assert shipment.status == Status.DELIVERED
    assert Scan.objects.filter(shipment=shipment).count() == len(story().steps)
    assert shipment.due_at is None


def test_a_broken_config_leaves_the_parcel_and_tells_staff(account):
    shipment = play(account)
    account.config = {"clock": "broken"}
    account.save()

    poll_due(at=START + timedelta(days=1))

    account.refresh_from_db()
    shipment.refresh_from_db()
    assert "config" in account.last_error and shipment.status == Status.PENDING and shipment.due_at > START


# --- what staff can make happen ---


def test_a_scenario_starts_now_and_leaves_the_past_alone(account):
    shipment = play(account)
    at = START + timedelta(days=1, hours=2)
    poll_due(at=at)
    before = set(shipment.scans.values_list("fingerprint", flat=True))

    set_scenario(shipment_id=shipment.pk, scenario="late", at=at)
    poll_due(at=at + timedelta(days=1))

    shipment.refresh_from_db()
    delay = shipment.scans.get(code="DELAYED")
    assert before <= set(shipment.scans.values_list("fingerprint", flat=True))
    assert delay.at > at and shipment.eta_to_date


def test_a_scenario_has_the_parcel_asked_about_at_once(account, django_capture_on_commit_callbacks):
    shipment = play(account)
    Shipment.objects.update(due_at=START + timedelta(days=3))

    with django_capture_on_commit_callbacks(execute=True):
        set_scenario(shipment_id=shipment.pk, scenario="attempt", at=START)

    shipment.refresh_from_db()
    assert shipment.due_at == START
    assert Wake.objects.get(kind="poll").pending


def test_what_has_arrived_can_come_back_but_not_be_late(account):
    shipment = play(account)
    there = START + timedelta(days=12)
    poll_due(at=there)

    with pytest.raises(TooLate):
        set_scenario(shipment_id=shipment.pk, scenario="late", at=there)
    set_scenario(shipment_id=shipment.pk, scenario="return", at=there)
    poll_due(at=there + timedelta(days=2))

    shipment.refresh_from_db()
    assert shipment.status == Status.RETURNING


def test_only_play_parcels_can_be_played_with(account):
    shipment = play(account)
    real = ShipmentFactory()

    with pytest.raises(NotASandboxParcel):
        set_scenario(shipment_id=real.pk, scenario="late", at=START)
    with pytest.raises(UnknownScenario):
        set_scenario(shipment_id=shipment.pk, scenario="eaten", at=START)


def test_the_command_names_what_it_did_and_what_it_cannot_do(account):
    shipment, out = play(account, start=datetime.now(UTC)), StringIO()

    call_command("sandbox", shipment.tracking_number, "lost", stdout=out)

    account.refresh_from_db()
    assert account.config["scenarios"][shipment.tracking_number]["scenario"] == "lost"
    assert shipment.tracking_number in out.getvalue()
    with pytest.raises(CommandError, match="No parcel"):
        call_command("sandbox", "SBX404", "late")


def test_movers_are_asked_about_when_they_have_moved_and_not_before(account):
    shipment = play(account)
    poll_due(at=START + timedelta(hours=1))
    (move,) = next_moves(at=START + timedelta(hours=1)).values()

    assert wake_movers(at=move - timedelta(minutes=1)) == 0
    Shipment.objects.update(due_at=move + timedelta(hours=1))
    assert wake_movers(at=move) == 1
    shipment.refresh_from_db()
    assert shipment.due_at == move


def test_the_speed_is_noted_with_its_time_once(account):
    set_speed(account_id=account.pk, speed=600, at=START)
    set_speed(account_id=account.pk, speed=600, at=START + timedelta(hours=1))

    account.refresh_from_db()
    assert account.config == {"speed": 600, "clock": [[START.isoformat(), 600]]}
