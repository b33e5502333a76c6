"""Shippo: its words, its signature, and asking it. The network is played."""

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests
import responses
from responses import matchers

from tests.factories.tracking import CarrierAccountFactory
from tracking.carriers.base import QUERY_TOKEN, BadSignature, CarrierError, Credentials, Parcel
from tracking.carriers.shippo import Shippo
from tracking.carriers.shippo_words import SUBSTATUSES, understand
from tracking.models import Inbound
from tracking.vocabulary import Reason, Status

PAYLOADS = Path(__file__).parent / "payloads" / "shippo"
NOON = datetime(2026, 3, 12, 12, 0, tzinfo=UTC)
NUMBER = "9400111899223397623910"
URL = f"https://api.goshippo.com/tracks/usps/{NUMBER}"
BODY = (PAYLOADS / "attempted_event.json").read_bytes()
SECRET = "shippo secret"


def shippo(**credentials) -> Shippo:
    return Shippo(Credentials(**({"secret": SECRET, "api_key": "shippo_live_1"} | credentials)))


def signed(body: bytes = BODY, at: datetime = NOON, secret: str = SECRET) -> str:
    t = str(int(at.timestamp()))
    made = hmac.new(secret.encode(), f"{t}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={t},v1={made}"


# --- words
@pytest.mark.parametrize(
    ("status", "sub", "message", "means"),
    [
        ("PRE_TRANSIT", "information_received", "", (Status.INFO_RECEIVED, "")),
        ("TRANSIT", "package_accepted", "Accepted", (Status.IN_TRANSIT, "")),
        ("TRANSIT", "", "On vehicle for delivery", (Status.OUT_FOR_DELIVERY, "")),
        ("TRANSIT", "out_for_delivery", "", (Status.OUT_FOR_DELIVERY, "")),
        ("TRANSIT", "delayed", "Delay due to weather", (Status.IN_TRANSIT, Reason.CARRIER_DELAY)),
        ("TRANSIT", "pickup_available", "", (Status.READY_FOR_PICKUP, "")),
        ("TRANSIT", "address_issue", "", (Status.EXCEPTION, Reason.ADDRESS)),
        ("TRANSIT", "package_held", "Held by customs", (Status.EXCEPTION, Reason.CUSTOMS)),
        ("TRANSIT", "package_damaged", "", (Status.EXCEPTION, Reason.DAMAGED)),
        ("TRANSIT", "delivery_attempted", "Business closed", (Status.ATTEMPTED, Reason.NOT_HOME)),
        ("DELIVERED", "delivered", "Delivered, left at front door", (Status.DELIVERED, Reason.SAFE_PLACE)),
        ("DELIVERED", "", "Delivered to shipper", (Status.RETURNED, "")),
        ("RETURNED", "return_to_sender", "Returned to sender", (Status.RETURNING, "")),
        ("RETURNED", "package_unclaimed", "", (Status.RETURNING, Reason.UNCLAIMED)),
        ("RETURNED", "", "Delivered to the original sender", (Status.RETURNED, "")),
        ("FAILURE", "package_lost", "", (Status.EXCEPTION, Reason.LOST)),
        ("FAILURE", "", "Refused by recipient", (Status.EXCEPTION, Reason.REFUSED)),
        ("UNKNOWN", "", "Shipping label created", (Status.INFO_RECEIVED, "")),
        ("UNKNOWN", "", "Quux", (Status.UNKNOWN, "")),
        ("SOMETHING_NEW", "", "Released by customs", (Status.IN_TRANSIT, "")),
    ],
)
def test_status_substatus_and_sentence_mean_one_thing_together(status, sub, message, means):
    found = understand(status, sub, message)

    assert (found.status, found.reason) == means


def test_shippo_says_whether_the_shopper_must_act_except_when_it_is_over():
    assert understand("TRANSIT", "notice_left", "", acts=True).action_required
    assert not understand("DELIVERED", "delivered", "", acts=True).action_required
    assert all(meaning.status != Status.UNKNOWN for meaning in SUBSTATUSES.values())


def test_an_event_is_read_with_its_places_times_service_and_day_of_delivery():
    (parcel,) = shippo().parse(BODY)

    assert (parcel.tracking_number, parcel.carrier, parcel.service) == (NUMBER, "usps", "Priority Mail")
    assert (str(parcel.origin), str(parcel.destination)) == ("Astoria, OR, US", "Eugene, OR, US")
    assert parcel.told_at == datetime(2026, 3, 12, 19, 30, tzinfo=UTC)
    assert [scan.status for scan in parcel.scans] == [
        Status.INFO_RECEIVED,
        Status.IN_TRANSIT,
        Status.IN_TRANSIT,
        Status.OUT_FOR_DELIVERY,
        Status.ATTEMPTED,
    ]
    last = parcel.scans[-1]
    assert (last.at, last.code, last.reason) == (parcel.told_at, "notice_left", Reason.NOT_HOME)
    assert last.action_required


def test_an_estimate_is_a_day_and_its_made_up_hour_is_dropped():
    body = json.loads(BODY)
    body["data"]["eta"] = "2026-03-12T20:00:00Z"

    for told in (BODY, json.dumps(body).encode()):
        eta = shippo().parse(told)[0].eta
        assert (str(eta.from_date), str(eta.to_date), eta.to_at) == ("2026-03-12", "2026-03-12", None)


def test_an_event_about_something_else_says_nothing():
    assert shippo().parse((PAYLOADS / "transaction_event.json").read_bytes()) == []


# --- signatures
def test_a_right_signature_is_taken_whatever_else_stands_in_the_header():
    shippo().verify({"shippo-auth-signature": signed()}, BODY)
    shippo().verify({"shippo-auth-signature": signed() + ",v0=abc"}, BODY)


@pytest.mark.parametrize(
    "told",
    [
        signed(secret="another"),
        signed(body=BODY + b" "),
        signed().replace("t=", "t=1"),
        signed().split(",")[1],
        signed().split(",")[0],
        "t=x,v1=" + "0" * 64,
        "",
    ],
)
def test_a_signature_over_anything_else_is_refused(told):
    with pytest.raises(BadSignature):
        shippo().verify({"shippo-auth-signature": told}, BODY)


@pytest.mark.parametrize(
    ("seconds", "good"), [(0, True), (299, True), (-299, True), (301, False), (-301, False)]
)
def test_a_signature_is_good_for_five_minutes(seconds, good):
    carrier = shippo()
    carrier.received_at = NOON + timedelta(seconds=seconds)

    if good:
        carrier.verify({"shippo-auth-signature": signed()}, BODY)
    else:
        with pytest.raises(BadSignature, match="another time"):
            carrier.verify({"shippo-auth-signature": signed()}, BODY)


def test_a_token_in_the_address_counts_only_where_the_account_says_so_and_nothing_is_signed():
    told = {QUERY_TOKEN: SECRET}

    shippo(config={"token_in_address": True}).verify(told, BODY)
    with pytest.raises(BadSignature, match="token"):
        shippo(config={"token_in_address": True}).verify({QUERY_TOKEN: "guess"}, BODY)
    with pytest.raises(BadSignature, match="missing"):
        shippo().verify(told, BODY)
    with pytest.raises(BadSignature, match="not readable"):
        shippo(config={"token_in_address": True}).verify(told | {"shippo-auth-signature": "junk"}, BODY)


@pytest.mark.django_db
def test_the_door_lets_a_fresh_signature_in_and_keeps_an_old_one_out(client):
    CarrierAccountFactory(slug="shippo", carrier="shippo", secret=SECRET)
    door = "/webhooks/carriers/shippo/"

    def knock(at: datetime, address: str = door) -> int:
        headers = {"Shippo-Auth-Signature": signed(at=at)}
        return client.post(address, BODY, content_type="application/json", headers=headers).status_code

    assert knock(datetime.now(UTC) - timedelta(hours=1)) == 401
    assert knock(datetime.now(UTC)) == 200
    assert Inbound.objects.filter(source="shippo").count() == 1


@pytest.mark.django_db
def test_the_door_hands_the_token_of_the_address_on(client):
    CarrierAccountFactory(slug="shippo", carrier="shippo", secret="tok", config={"token_in_address": True})

    def knock(query: str) -> int:
        return client.post(
            f"/webhooks/carriers/shippo/{query}", BODY, content_type="application/json"
        ).status_code

    assert knock("?token=tok") == 200
    assert knock("?token=wrong") == 401
    assert knock("") == 401
    assert (
        client.post(
            "/webhooks/carriers/shippo/", BODY, content_type="application/json", headers={"X-Token": "tok"}
        ).status_code
        == 401
    )


# --- asking
def ask(*parcels: Parcel, **credentials):
    return list(shippo(**credentials).fetch(parcels or [Parcel(NUMBER, carrier="usps")], at=NOON))


@responses.activate
def test_asking_names_carrier_number_and_key():
    responses.get(
        URL,
        json=json.loads(BODY)["data"],
        match=[matchers.header_matcher({"Authorization": "ShippoToken shippo_live_1"})],
    )

    assert ask()[0].scans[-1].status == Status.ATTEMPTED


@responses.activate
def test_a_parcel_shippo_knows_nothing_of_is_left_out():
    responses.get(URL, json=json.loads((PAYLOADS / "unknown_track.json").read_bytes()))
    responses.get(URL, status=404, json={"detail": "Not found"})

    assert ask() == []
    assert ask() == []


@responses.activate
def test_a_carrier_without_a_name_at_shippo_is_not_asked_about():
    assert ask(Parcel("XY1", carrier="pigeon")) == []
    assert len(responses.calls) == 0


@responses.activate
def test_play_numbers_go_to_the_play_carrier():
    responses.get(
        "https://api.goshippo.com/tracks/shippo/SHIPPO_TRANSIT",
        json=json.loads(BODY)["data"] | {"tracking_number": "SHIPPO_TRANSIT"},
    )

    assert ask(Parcel("SHIPPO_TRANSIT"))[0].tracking_number == "SHIPPO_TRANSIT"


@responses.activate
@pytest.mark.parametrize(
    ("answer", "permanent", "wait"),
    [
        ({"status": 401, "json": {"detail": "Token does not exist"}}, True, None),
        ({"status": 403}, True, None),
        ({"status": 429, "headers": {"Retry-After": "30"}}, False, 30.0),
        ({"status": 500}, False, None),
        ({"status": 503, "headers": {"Retry-After": "Thu, 12 Mar 2026 12:05:00 GMT"}}, False, 300.0),
        ({"body": requests.ConnectTimeout()}, False, None),
        ({"body": requests.ReadTimeout()}, False, None),
        ({"body": requests.ConnectionError(ConnectionResetError())}, False, None),
        ({"status": 200, "body": b"<html>"}, False, None),
    ],
)
def test_a_fault_says_whether_to_ask_again_and_when(answer, permanent, wait):
    responses.get(URL, **answer)

    with pytest.raises(CarrierError) as failed:
        ask()
    assert (failed.value.permanent, failed.value.retry_after) == (permanent, wait)
    assert "shippo_live_1" not in str(failed.value)


def test_without_a_key_nothing_is_asked():
    with pytest.raises(CarrierError, match="no key") as failed:
        ask(api_key="")
    assert failed.value.permanent


# --- recorded bodies
@pytest.mark.shared
def test_the_recorded_track_reads_as_a_delivery_into_the_mailbox(shared):
    (parcel,) = shippo().parse((shared / "tracking" / "shippo" / "get_status.json").read_bytes())

    assert (parcel.tracking_number, parcel.carrier) == ("9205590164917337534322", "usps")
    assert str(parcel.eta.to_date) == "2016-12-08"
    statuses = [scan.status for scan in parcel.scans]
    assert statuses[:2] == [Status.INFO_RECEIVED, Status.INFO_RECEIVED]
    assert set(statuses[2:-2]) == {Status.IN_TRANSIT}
    assert statuses[-2:] == [Status.OUT_FOR_DELIVERY, Status.DELIVERED]
    last = parcel.scans[-1]
    assert (last.at, last.reason) == (datetime(2016, 12, 8, 15, 19, tzinfo=UTC), Reason.SAFE_PLACE)
    assert str(last.place) == "Berkeley, CA, US"
