"""What translators of single carriers share: windows, times, guesses, and what is made of faults."""

import json
import logging
from datetime import UTC, date, datetime, timedelta

import pytest
import requests
import responses

from tracking.carriers import direct, oauth
from tracking.carriers.base import CarrierError, Credentials, Parcel, ParcelData, Place, ScanData, Window
from tracking.carriers.direct import Meaning
from tracking.carriers.royal_mail import RoyalMail
from tracking.carriers.usps import USPS
from tracking.vocabulary import Status

NOON = datetime(2026, 3, 12, 12, 0, tzinfo=UTC)
EVENTS = "https://api.royalmail.net/mailpieces/v2/AB123456785GB/events"
TOKEN = "https://apis.usps.com/oauth2/v3/token"
TRACK = "https://apis.usps.com/tracking/v3/tracking/9400100000000000000017"


@pytest.fixture(autouse=True)
def _no_tokens():
    oauth.TOKENS.clear()
    yield
    oauth.TOKENS.clear()


def royal_mail(**credentials):
    return RoyalMail(Credentials(**({"api_key": "client-7:s3cr3t"} | credentials)))


def fetch(carrier, number="AB123456785GB", **more):
    return list(carrier.fetch([Parcel(number, **more)], at=NOON))


# --- days and hours
@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        ("2026-03-12", "", Window(date(2026, 3, 12), date(2026, 3, 12))),
        ("", "2026-03-12", Window(date(2026, 3, 12), date(2026, 3, 12))),
        ("2026-03-12", "2026-03-14", Window(date(2026, 3, 12), date(2026, 3, 14))),
        # Written the wrong way round.
        ("2026-03-14", "2026-03-12", Window(date(2026, 3, 12), date(2026, 3, 14))),
        # Midnight is a day, whatever the offset; so is an hour whose offset nobody knows.
        ("2026-03-12T00:00:00-06:00", "", Window(date(2026, 3, 12), date(2026, 3, 12))),
        ("2026-03-12T18:00:00", "", Window(date(2026, 3, 12), date(2026, 3, 12))),
        ("2026-03-12T23:59:00Z", "", Window(date(2026, 3, 12), date(2026, 3, 12))),
        # One hour is the latest one. The day is the one written, not the one in Greenwich.
        (
            "2026-03-12T20:00:00-06:00",
            "",
            Window(date(2026, 3, 12), date(2026, 3, 12), None, datetime(2026, 3, 13, 2, 0, tzinfo=UTC)),
        ),
        (
            "2026-03-12T09:15:00.1234567+01:00",
            "2026-03-12T13:15:00+01:00",
            Window(
                date(2026, 3, 12),
                date(2026, 3, 12),
                datetime(2026, 3, 12, 8, 15, 0, 123456, tzinfo=UTC),
                datetime(2026, 3, 12, 12, 15, tzinfo=UTC),
            ),
        ),
        ("soon", "", None),
        ("0001-01-01", "9999-12-31", None),
    ],
)
def test_a_window_has_hours_only_where_their_offset_is_written(first, last, expected):
    assert direct.window(first, last) == expected


def test_a_bare_z_is_an_offset_only_for_those_who_mean_it():
    assert direct.window("2026-03-12T18:00:00Z").to_at is None
    assert direct.window("2026-03-12T18:00:00Z", zulu=True).to_at == datetime(2026, 3, 12, 18, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-12T13:04:05.123456789+01:00", datetime(2026, 3, 12, 12, 4, 5, 123456, tzinfo=UTC)),
        ("2026-03-12T13:04:05", datetime(2026, 3, 12, 13, 4, 5)),  # noqa: DTZ001
        ("", None),
        ("yesterday", None),
        ("0001-01-01T00:00:00", None),
        ("9999-12-31T23:59:59-12:00", None),
    ],
)
def test_a_time_keeps_its_offset_or_has_none(text, expected):
    assert direct.moment(text) == expected


def test_a_scan_puts_its_time_where_it_belongs():
    aware = direct.scan(NOON, Meaning(Status.IN_TRANSIT))
    local = direct.scan(NOON.replace(tzinfo=None), Meaning(Status.IN_TRANSIT))

    assert (aware.at, aware.local) == (NOON, None)
    assert (local.at, local.local) == (None, NOON.replace(tzinfo=None))


def test_words_nobody_is_sure_of_mean_nothing_and_leave_a_line_in_the_log(caplog):
    with caplog.at_level(logging.WARNING):
        meaning = direct.told(direct.guessed("blue elephants"), "ups", "Z9", "blue elephants")

    assert meaning.status == Status.UNKNOWN
    assert "ups: code 'Z9' ('blue elephants') is not known" in caplog.text
    assert direct.guessed("Your parcel has been delivered").status == Status.DELIVERED


# --- numbers that are used again
def _parcel(number: str, *times: datetime) -> ParcelData:
    scans = tuple(ScanData(Status.IN_TRANSIT, at=at) for at in times)
    return ParcelData(number, scans=scans)


def test_of_several_parcels_with_a_number_the_youngest_counts():
    old, new = _parcel("1", NOON - timedelta(days=300)), _parcel("1", NOON)

    assert direct.newest([new, old]) == direct.newest([old, new]) == new
    assert direct.newest([_parcel("1"), old]) == old
    assert direct.newest([]) is None


def test_a_parcel_that_fell_silent_long_before_ours_left_is_another_one():
    ours = Parcel("1", created_at=NOON)

    assert direct.is_stale(_parcel("1", NOON - timedelta(days=121)), ours)
    assert not direct.is_stale(_parcel("1", NOON - timedelta(days=119)), ours)
    assert not direct.is_stale(_parcel("1"), ours)
    assert not direct.is_stale(_parcel("1", NOON - timedelta(days=999)), Parcel("1"))


# --- what an answer means for the next try
@responses.activate
@pytest.mark.parametrize(
    ("status", "headers", "permanent", "wait"),
    [
        (401, {}, True, None),
        (403, {}, True, None),
        (400, {}, True, None),
        (429, {"Retry-After": "90"}, False, 90.0),
        (429, {"Retry-After": "Thu, 12 Mar 2026 12:05:00 GMT"}, False, 300.0),
        (429, {"Retry-After": "9999999"}, False, 86400.0),
        (429, {"Retry-After": "in a while"}, False, None),
        (500, {}, False, None),
        (503, {"Retry-After": "5"}, False, 5.0),
        (401, {"Retry-After": "5"}, True, None),
    ],
)
def test_a_refusal_says_whether_asking_again_helps_and_when(status, headers, permanent, wait):
    responses.get(EVENTS, status=status, headers=headers, json={"errors": [{"errorDescription": "No."}]})

    with pytest.raises(CarrierError, match=f"Royal Mail answered {status}: No.") as failed:
        fetch(royal_mail())
    assert (failed.value.permanent, failed.value.retry_after) == (permanent, wait)
    assert len(responses.calls) == 1


@responses.activate
def test_a_key_that_the_carrier_repeats_is_not_in_the_message():
    responses.get(EVENTS, status=401, json={"httpMessage": "client-7 may not use s3cr3t here"})

    with pytest.raises(CarrierError) as failed:
        fetch(royal_mail())
    assert str(failed.value) == "Royal Mail answered 401: … may not use … here"


@responses.activate
@pytest.mark.parametrize(
    "fault",
    [
        requests.ConnectTimeout("s3cr3t"),
        requests.ReadTimeout(),
        requests.ConnectionError(),
        requests.ConnectionError(ConnectionResetError()),
    ],
)
def test_a_carrier_out_of_reach_may_be_asked_again(fault):
    responses.get(EVENTS, body=fault)

    with pytest.raises(CarrierError, match="could not be reached") as failed:
        fetch(royal_mail())
    assert not failed.value.permanent
    assert "s3cr3t" not in str(failed.value)


@responses.activate
def test_a_redirect_is_not_followed_with_our_key():
    responses.get(EVENTS, status=302, headers={"Location": "https://elsewhere.example/"})

    with pytest.raises(CarrierError) as failed:
        fetch(royal_mail())
    assert not failed.value.permanent
    assert len(responses.calls) == 1


@responses.activate
def test_an_answer_that_cannot_be_read_is_no_verdict_on_the_parcel():
    responses.get(EVENTS, body=b"<html>maintenance</html>")

    with pytest.raises(CarrierError, match="could not be read") as failed:
        fetch(royal_mail())
    assert not failed.value.permanent


@pytest.mark.parametrize("api_key", ["", "only-half", ":secret", "id:"])
def test_without_both_halves_of_a_key_nothing_is_asked(api_key):
    with pytest.raises(CarrierError) as failed:
        fetch(royal_mail(api_key=api_key))
    assert failed.value.permanent


def test_an_address_that_is_none_is_a_permanent_fault():
    with pytest.raises(CarrierError, match="cannot be used") as failed:
        fetch(royal_mail(config={"base_url": "nowhere"}))
    assert failed.value.permanent


@responses.activate
def test_a_number_cannot_climb_out_of_its_path():
    responses.get("https://api.royalmail.net/mailpieces/v2/%2F%2FADMIN%3FX/events", status=404)

    assert fetch(royal_mail(), "../../admin?x") == []


# --- tokens
def usps(**credentials):
    return USPS(Credentials(**({"api_key": "key:secret"} | credentials)))


def token(value="t-1"):
    return {"access_token": value, "token_type": "Bearer", "expires_in": "28799"}


@responses.activate
def test_a_token_is_fetched_once_and_used_for_every_parcel():
    responses.post(TOKEN, json=token())
    responses.get(TRACK, status=404, json={})

    for _ in range(2):
        assert fetch(usps(), "9400100000000000000017") == []
    asked = [call.request for call in responses.calls]
    assert [request.method for request in asked] == ["POST", "GET", "GET"]
    assert asked[0].body == "grant_type=client_credentials&client_id=key&client_secret=secret&scope=tracking"
    assert {request.headers["Authorization"] for request in asked[1:]} == {"Bearer t-1"}


@responses.activate
def test_a_token_that_was_revoked_is_replaced_once():
    responses.post(TOKEN, json=token("old"))
    responses.get(TRACK, status=401, json={"error": {"message": "revoked"}})
    responses.post(TOKEN, json=token("new"))
    responses.get(TRACK, status=404, json={})

    assert fetch(usps(), "9400100000000000000017") == []
    assert [call.request.headers.get("Authorization") for call in responses.calls] == [
        None,
        "Bearer old",
        None,
        "Bearer new",
    ]


@responses.activate
def test_a_key_that_is_refused_twice_is_refused_for_good():
    responses.post(TOKEN, json=token())
    responses.get(TRACK, status=401, json={"error": {"message": "not for you"}})

    with pytest.raises(CarrierError, match="USPS answered 401: not for you") as failed:
        fetch(usps(), "9400100000000000000017")
    assert failed.value.permanent
    assert len(responses.calls) == 4


@responses.activate
@pytest.mark.parametrize(("status", "permanent"), [(400, True), (401, True), (429, False), (503, False)])
def test_a_token_that_is_not_given_is_a_fault_of_the_account_and_not_of_the_number(status, permanent):
    said = {"error": "invalid_client", "error_description": "Client authentication failed."}
    responses.post(TOKEN, status=status, json=said)

    with pytest.raises(CarrierError, match="Client authentication failed") as failed:
        fetch(usps(), "9400100000000000000017")
    assert failed.value.permanent is permanent


@responses.activate
def test_the_address_of_the_token_moves_with_the_account():
    responses.post("https://double.example/oauth2/v3/token", json=token())
    responses.get("https://double.example/tracking/v3/tracking/9400100000000000000017", status=404)

    config = {"base_url": "https://double.example/"}
    assert fetch(usps(config=config), "9400100000000000000017") == []


def test_a_place_keeps_the_carriers_spelling_and_gets_our_code_for_its_country():
    assert direct.place_of("Wien", "", "AUT", "1040") == Place("Wien", "", "AT", "1040")
    assert direct.place_of("Wien", "", "Atlantis") == Place("Wien", "", "Atlantis")
    assert direct.some(direct.place_of()) is None


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"errors": [{"message": "inner"}], "message": "outer"}, "inner"),
        ({"response": {"errors": [{"code": "1", "message": "deep"}]}}, "deep"),
        ({"error": {"code": "x", "message": "said", "errors": [{"title": "more exactly"}]}}, "more exactly"),
        ({"errors": [], "detail": "only this"}, "only this"),
        ({"message": 5}, ""),
        ([], ""),
    ],
)
def test_the_sentence_of_an_error_is_found_wherever_it_is_put(body, words):
    assert direct.error_words(json.dumps(body).encode()) == words
