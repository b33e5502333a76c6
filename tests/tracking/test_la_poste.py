"""La Poste: the code table, several numbers a call, errors inside answers, an estimate that is none."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import responses
from responses import matchers

from tests.tracking.answers import body, parsed, story
from tracking.carriers import la_poste
from tracking.carriers.base import BadPayload, CarrierError, Credentials, Parcel, Place, Window
from tracking.fold import fold
from tracking.vocabulary import Reason, Status

PAYLOADS = Path(__file__).parent / "payloads" / "la_poste"
NOON = datetime(2026, 3, 12, 12, 0, tzinfo=UTC)
URL = "https://api.laposte.fr/suivi/v2/idships/"


def translator(**credentials) -> la_poste.LaPoste:
    return la_poste.LaPoste(Credentials(**({"api_key": "okapi"} | credentials)))


def read(name: str) -> dict:
    return {parcel.tracking_number: parcel for parcel in translator().parse((PAYLOADS / name).read_bytes())}


# --- what was recorded
@pytest.mark.shared
def test_the_recorded_parcel_is_delivered_in_brazil(shared, tmp_path):
    (parcel,) = parsed("la_poste", body(shared, "laposte", "TrackingResponse"), tmp_path)

    assert (parcel["tracking_number"], parcel["status"], parcel["reason"]) == (
        "EW112720413FR",
        "DELIVERED",
        "",
    )
    assert parcel["delivered_at"] == "2023-03-09T08:38:00+00:00"
    assert parcel["eta_to"] is None  # the "estimate" is the minute of delivery
    assert story(parcel, "at", "local", "status", "code") == [
        ("2023-03-09T08:38:00+00:00", None, "DELIVERED", "DI1"),
        ("2023-03-09T08:01:00+00:00", None, "OUT_FOR_DELIVERY", "MD2"),
        ("2023-03-08T15:25:00+00:00", None, "IN_TRANSIT", "ET1"),
        ("2023-02-22T15:23:00+00:00", None, "IN_TRANSIT", "ET3"),
        ("2023-02-18T11:27:00+00:00", None, "IN_TRANSIT", "ET2"),
        ("2023-02-18T06:34:12+00:00", None, "IN_TRANSIT", "ET1"),
        ("2023-02-17T22:13:12+00:00", None, "IN_TRANSIT", "ET1"),
        ("2023-02-17T13:43:00+00:00", None, "IN_TRANSIT", "PC1"),
        ("2023-02-17T13:41:00+00:00", None, "INFO_RECEIVED", "DR1"),
    ]
    told = translator().parse(body(shared, "laposte", "TrackingResponse").encode())[0]
    assert (told.origin, told.destination) == (Place(country="FR"), Place(country="BR"))


@pytest.mark.shared
def test_the_recorded_error_leaves_its_parcel_out(shared, tmp_path):
    assert parsed("la_poste", body(shared, "laposte", "ErrorResponse"), tmp_path) == []


# --- reading
def test_several_parcels_are_read_and_the_unknown_one_left_out():
    found = read("several.json")

    assert {number: fold(parcel.scans).status for number, parcel in found.items()} == {
        "6A00000000011": Status.READY_FOR_PICKUP,
        "EY000000016FR": Status.EXCEPTION,
    }
    assert fold(found["EY000000016FR"].scans).reason == Reason.CUSTOMS


def test_the_sentence_says_why_where_the_code_does_not():
    missed = read("several.json")["6A00000000011"].scans[1]

    assert (missed.code, missed.status, missed.reason) == ("ND1", Status.ATTEMPTED, Reason.NOT_HOME)


def test_a_midnight_is_a_day_and_an_hour_with_an_offset_an_instant():
    found = read("several.json")

    assert found["6A00000000011"].eta == Window(date(2026, 3, 11), date(2026, 3, 11))
    assert found["EY000000016FR"].eta == Window(
        date(2026, 3, 16), date(2026, 3, 16), None, datetime(2026, 3, 16, 12, 0, tzinfo=UTC)
    )
    assert read("one.json")["6A00000000012"].eta is None


@pytest.mark.parametrize(
    ("code", "message", "status", "reason"),
    [
        ("DI2", "", Status.RETURNED, ""),
        ("RE1", "", Status.RETURNING, ""),
        ("DO2", "", Status.IN_TRANSIT, ""),
        ("PB2", "", Status.IN_TRANSIT, ""),
        ("DI3", "", Status.IN_TRANSIT, Reason.CARRIER_DELAY),
        ("di1", "Votre colis a été livré chez un voisin.", Status.DELIVERED, Reason.NEIGHBOUR),
        ("ZZ9", "Votre colis est livré.", Status.DELIVERED, ""),
        ("ZZ9", "Zzz", Status.UNKNOWN, ""),
    ],
)
def test_a_code_means_what_la_poste_says_it_means(code, message, status, reason):
    meaning = la_poste.understand(code, message)

    assert (meaning.status, meaning.reason) == (status, reason)


@pytest.mark.parametrize("raw", [b"{}", b'[{"a": 1}]', b'"x"'])
def test_what_is_no_answer_of_la_poste_is_refused(raw):
    with pytest.raises(BadPayload):
        translator().parse(raw)


# --- asking
@responses.activate
def test_several_numbers_stand_in_one_address():
    responses.get(
        URL + "6A00000000011,EY000000016FR,6A00000000099",
        status=207,
        body=(PAYLOADS / "several.json").read_bytes(),
        match=[
            matchers.header_matcher({"X-Okapi-Key": "okapi"}),
            matchers.query_param_matcher({"lang": "fr_FR"}),
        ],
    )

    asked = [Parcel("6A 00000000011"), Parcel("EY000000016FR"), Parcel("6A00000000099")]
    found = translator(config={"lang": "fr_FR"}).fetch(asked, at=NOON)
    assert [parcel.tracking_number for parcel in found] == ["6A 00000000011", "EY000000016FR"]
    assert la_poste.LaPoste.batch == 10


@pytest.mark.parametrize("status", [400, 404])
@responses.activate
def test_a_number_that_is_unknown_or_none_is_left_out(status):
    responses.get(URL + "ABC", status=status, body=(PAYLOADS / "refused.json").read_bytes())

    assert translator().fetch([Parcel("ABC")], at=NOON) == []


@pytest.mark.parametrize(
    ("status", "permanent"), [(400, True), (401, True), (429, False), (500, False), (504, False)]
)
@responses.activate
def test_an_error_of_ours_or_theirs_is_no_unknown_number(status, permanent):
    responses.get(URL + "ABC", status=status, json={"code": "UNAUTHORIZED", "message": "needs authorization"})

    with pytest.raises(CarrierError, match="needs authorization") as failed:
        translator().fetch([Parcel("ABC")], at=NOON)
    assert failed.value.permanent is permanent


@responses.activate
def test_a_number_cannot_lead_the_call_elsewhere():
    responses.get(URL + "A1", body=(PAYLOADS / "refused.json").read_bytes(), status=404)

    assert translator().fetch([Parcel("../A/1?#")], at=NOON) == []


def test_without_a_key_nothing_is_asked():
    with pytest.raises(CarrierError) as failed:
        translator(api_key="").fetch([Parcel("ABC")], at=NOON)
    assert failed.value.permanent
