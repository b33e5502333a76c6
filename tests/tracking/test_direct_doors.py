"""Single carriers in the whole: asked in one call by the poller, heard through the door for webhooks."""

import json
from datetime import UTC, datetime

import pytest
import responses

from customers import worker
from tests.factories.tracking import CarrierAccountFactory, ShipmentFactory
from tests.tracking.recorded import own
from tracking.carriers import oauth
from tracking.models import Inbound
from tracking.services import polling
from tracking.vocabulary import Reason, Status

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 13, 18, 0, tzinfo=UTC)
UPS_NUMBER = "1Z999AA10123456784"


@pytest.fixture(autouse=True)
def _no_tokens():
    oauth.TOKENS.clear()


def parcel(account, number, **more):
    values = {
        "account": account,
        "carrier": account.carrier,
        "tracking_number": number,
        "tracking_key": number,
        "due_at": NOON,
        "handed_over_at": datetime(2026, 3, 9, 12, 0, tzinfo=UTC),
    }
    return ShipmentFactory(**(values | more))


@responses.activate
def test_the_poller_asks_fedex_once_for_all_its_parcels():
    account = CarrierAccountFactory(carrier="fedex", api_key="key:secret")
    arrived, held = parcel(account, "794612345671"), parcel(account, "794612345682")
    unknown = parcel(account, "794600000000")
    responses.post("https://apis.fedex.com/oauth/token", json={"access_token": "t", "expires_in": 3599})
    both = json.loads(own("fedex", "two_numbers.json"))
    results = json.loads(own("fedex", "delivered.json"))["output"]["completeTrackResults"]
    both["output"]["completeTrackResults"] += results
    responses.post("https://apis.fedex.com/track/v1/trackingnumbers", json=both)

    polling.poll_due(at=NOON)

    assert len(responses.calls) == 2
    for shipment in (arrived, held, unknown):
        shipment.refresh_from_db()
    assert (arrived.status, arrived.delivered_at) == (
        Status.DELIVERED,
        datetime(2026, 3, 13, 16, 12, tzinfo=UTC),
    )
    assert (held.status, held.reason, held.action_required) == (
        Status.EXCEPTION,
        Reason.CUSTOMS_DOCUMENTS,
        True,
    )
    assert unknown.last_error == "the carrier does not know this number (yet)"
    account.refresh_from_db()
    assert account.failures == 0


@responses.activate
def test_a_wrong_key_is_written_on_the_account_without_the_key():
    account = CarrierAccountFactory(carrier="usps", api_key="my-id:my-secret")
    parcel(account, "9400100000000000000017")
    said = {"error": "invalid_client", "error_description": "my-id with my-secret is not known"}
    responses.post("https://apis.usps.com/oauth2/v3/token", status=401, json=said)

    polling.poll_due(at=NOON)

    account.refresh_from_db()
    assert account.failures == 1
    assert account.last_error == "USPS answered 401: … with … is not known"


def knock(client, account, body, **headers):
    return client.post(
        f"/webhooks/carriers/{account.slug}/", body, content_type="application/json", headers=headers
    )


def test_a_track_alert_moves_a_parcel_once_however_often_it_is_sent(client):
    account = CarrierAccountFactory(carrier="ups", secret="right horse")
    shipment = parcel(account, UPS_NUMBER)
    body = own("ups", "alert_delivered.json")

    for _ in range(3):
        assert knock(client, account, body, credential="right horse").status_code == 200
    worker.drain(kinds=["inbound"])

    shipment.refresh_from_db()
    assert (shipment.status, shipment.delivered_at) == (
        Status.DELIVERED,
        datetime(2026, 3, 12, 19, 4, tzinfo=UTC),
    )
    assert "right horse" not in repr(Inbound.objects.get().headers)
    assert shipment.scans.count() == 1


def test_a_track_alert_with_another_credential_is_refused_and_not_kept(client):
    account = CarrierAccountFactory(carrier="ups", secret="right horse")

    for headers in ({}, {"credential": "wrong horse"}):
        assert knock(client, account, own("ups", "alert_delivered.json"), **headers).status_code == 401
    assert not Inbound.objects.exists()


def test_a_shipment_pushed_by_dhl_moves_its_parcel(client):
    account = CarrierAccountFactory(carrier="dhl", secret="right horse")
    shipment = parcel(account, "00340434161094000020")

    assert (
        knock(client, account, own("dhl", "pushed.json"), **{"DHL-Push-Token": "right horse"}).status_code
        == 200
    )
    worker.drain(kinds=["inbound"])

    shipment.refresh_from_db()
    assert "right horse" not in repr(Inbound.objects.get().headers)
    # The scan nobody understands is kept and changes nothing.
    assert (shipment.status, shipment.scans.count()) == (Status.IN_TRANSIT, 2)


def test_a_carrier_that_pushes_nothing_takes_no_webhook(client):
    account = CarrierAccountFactory(carrier="royal_mail", secret="right horse")

    answer = knock(client, account, own("royal_mail", "events.json"), authorization="right horse")
    assert answer.status_code == 401
    assert not Inbound.objects.exists()
