"""EasyPost and Shippo as sellers of labels: what we ask them, what we make of their answers."""

from dataclasses import replace

import pytest
import requests
import responses

from tests.factories.tracking import NOON
from tests.tracking.label_doubles import PDF, EasyPostDouble, ShippoDouble, picture
from tests.tracking.labelling import PARCEL, SHOPPER, WAREHOUSE
from tracking.labels.base import (
    Cancelling,
    Credentials,
    CustomsItem,
    Kind,
    LabelError,
    LabelRequest,
    Paper,
    Words,
    problems,
)
from tracking.labels.calls import fetch, hosts_of
from tracking.labels.easypost import HOSTS, EasyPost
from tracking.labels.shippo import Shippo

RETURN = replace(PARCEL, from_=SHOPPER, to=WAREHOUSE, is_return=True, qr=True)
ABROAD = replace(
    PARCEL,
    to=replace(SHOPPER, country="DE", region=""),
    customs=(CustomsItem("Brass lantern", 2, 9600, "USD", 900, "9405.50", "IN", "LANTERN"),),
)


def easypost(**config):
    return EasyPost(Credentials(api_key="EZTK", config=config))


def shippo(**config):
    return Shippo(Credentials(api_key="shippo_test", config=config))


SELLERS = [(easypost, EasyPostDouble), (shippo, ShippoDouble)]


@pytest.fixture(params=SELLERS, ids=["easypost", "shippo"])
def pair(request):
    make, double = request.param
    with double() as there:
        yield make(), there


def sell(seller, request=PARCEL):
    prepared = seller.prepare(request, key="k-1", at=NOON)
    return seller.buy(request, key="k-1", prepared=prepared, at=NOON), prepared


def test_prices_come_cheapest_first_in_minor_units(pair):
    rates = pair[0].rates(PARCEL, at=NOON)

    assert [rate.amount_minor for rate in rates] == sorted(rate.amount_minor for rate in rates)
    assert {(rate.carrier, rate.currency) for rate in rates} == {("usps", "USD")}
    assert rates[0].amount_minor in (593, 550) and rates[0].days in (3, 4)


def test_a_label_is_bought_found_again_and_its_papers_are_fetched(pair):
    seller, double = pair
    bought, prepared = sell(seller, RETURN)

    again = seller.find(RETURN, key="k-1", prepared=prepared, at=NOON)

    assert again == bought and double.bought == 1
    assert bought.carrier == "usps" and bought.currency == "USD" and bought.cost_minor in (593, 550)
    got = {
        kind: seller.document(bought, kind, request=RETURN, words=Words(), at=NOON) for kind in bought.kinds
    }
    assert got[Kind.LABEL].body == PDF and got[Kind.QR_PNG].body == picture()
    assert got[Kind.QR_PAGE].body.startswith(b"%PDF-")


def test_nothing_is_found_where_nothing_was_bought(pair):
    seller, double = pair
    prepared = seller.prepare(PARCEL, key="k-1", at=NOON)

    assert seller.find(PARCEL, key="k-1", prepared=prepared, at=NOON) is None


def test_our_key_is_left_in_what_is_made():
    with EasyPostDouble() as double:
        sell(easypost())
        assert double.bodies[0]["shipment"]["reference"] == "k-1"
    with ShippoDouble() as double:
        sell(shippo())
        assert double.transactions[0]["metadata"] == "k-1"


def test_a_service_that_is_not_offered_is_refused_naming_those_that_are(pair):
    with pytest.raises(LabelError, match="offers") as caught:
        pair[0].prepare(replace(PARCEL, service="pigeon"), key="k", at=NOON)

    assert caught.value.permanent and "usps" in str(caught.value).lower()


def test_a_return_is_told_with_the_addresses_of_the_way_out():
    with EasyPostDouble() as double:
        easypost().rates(RETURN, at=NOON)
        easypost(prepaid_returns=True).rates(RETURN, at=NOON)
        told, prepaid = (body["shipment"] for body in double.bodies)
    assert told["is_return"] and told["from_address"]["name"] == WAREHOUSE.name
    assert not prepaid["is_return"] and prepaid["from_address"]["name"] == SHOPPER.name
    with ShippoDouble() as double:
        shippo().rates(RETURN, at=NOON)
        told = double.bodies[0]
    assert told["extra"]["is_return"] and told["extra"]["qr_code_requested"]
    assert told["address_from"]["name"] == WAREHOUSE.name and told["address_to"]["name"] == SHOPPER.name


def test_weights_sides_and_customs_are_told_in_the_sellers_units():
    with EasyPostDouble() as double:
        easypost().rates(ABROAD, at=NOON)
        told = double.bodies[0]["shipment"]
    assert told["parcel"] == {"length": 11.81, "width": 7.87, "height": 3.94, "weight": 42.3}
    assert told["options"]["label_size"] == "4x6"
    item = told["customs_info"]["customs_items"][0]
    assert (item["value"], item["currency"], item["hs_tariff_number"], item["origin_country"]) == (
        96.0,
        "USD",
        "9405.50",
        "IN",
    )
    assert told["customs_info"]["eel_pfc"] == "NOEEI 30.37(a)"
    with ShippoDouble() as double:
        shippo().rates(ABROAD, at=NOON)
        told = double.bodies[0]
    assert told["parcels"][0] == {
        "length": "300",
        "width": "200",
        "height": "100",
        "distance_unit": "mm",
        "weight": "1200",
        "mass_unit": "g",
    }
    assert told["customs_declaration"]["items"][0]["value_amount"] == "96.00"


def test_goods_that_need_an_export_filing_are_refused_before_anybody_is_asked():
    dear = replace(ABROAD, customs=(replace(ABROAD.customs[0], value_minor=250_001),))

    with EasyPostDouble() as double, pytest.raises(LabelError, match="export filing"):
        easypost().rates(dear, at=NOON)

    assert double.calls == []


def test_shippo_sells_a4_where_it_is_asked_for():
    with ShippoDouble() as double:
        bought, _ = sell(shippo(), replace(PARCEL, paper=Paper.A4))
        assert double.bodies[-1]["label_file_type"] == "PDF_A4" and bought.kinds[0] == Kind.A4


def test_easyposts_picture_is_put_on_an_a4_page():
    with EasyPostDouble():
        seller = easypost()
        bought, _ = sell(seller)
        page = seller.document(bought, Kind.A4, request=PARCEL, words=Words(), at=NOON)

    assert page.body.startswith(b"%PDF-") and page.media_type == "application/pdf"


# --- faults
@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_is_permanent_and_is_not_shown(pair, status):
    seller, double = pair
    double.faults["create"] = [(status, {}, '{"error": {"message": "EZTK shippo_test is wrong"}}')]

    with pytest.raises(LabelError) as caught:
        seller.rates(PARCEL, at=NOON)

    assert caught.value.permanent and "refused the key" in str(caught.value)
    assert "EZTK" not in str(caught.value) and "shippo_test" not in str(caught.value)


def test_a_bad_address_is_permanent_in_the_sellers_words():
    with EasyPostDouble() as double:
        error = (
            '{"error": {"code": "ADDRESS.VERIFY.FAILURE", "message": "Unable to verify address.", '
            '"errors": [{"field": "zip", "message": "is not a ZIP code"}]}}'
        )
        double.faults["create"] = [(422, {}, error)]
        with pytest.raises(LabelError, match="zip: is not a ZIP code") as caught:
            easypost().rates(PARCEL, at=NOON)
    assert caught.value.permanent and not caught.value.unknown
    with ShippoDouble() as double:
        double.faults["create"] = [(400, {}, '{"address_to": [{"__all__": ["Invalid ZIP code"]}]}')]
        with pytest.raises(LabelError, match="address_to: Invalid ZIP code") as caught:
            shippo().rates(PARCEL, at=NOON)
    assert caught.value.permanent


def test_patience_asked_for_is_passed_on(pair):
    seller, double = pair
    double.faults["create"] = [(429, {"Retry-After": "17"}, "{}")]

    with pytest.raises(LabelError) as caught:
        seller.rates(PARCEL, at=NOON)

    assert caught.value.retry_after == 17 and not caught.value.permanent and not caught.value.unknown


@pytest.mark.parametrize(
    "fault",
    [
        (500, {}, "oops"),
        (200, {}, "not json"),
        (200, {}, "[]"),
        (409, {}, "{}"),
        requests.ReadTimeout("slow"),
        requests.ConnectionError("reset"),
    ],
)
def test_a_purchase_whose_answer_is_lost_may_have_happened(pair, fault):
    seller, double = pair
    prepared = seller.prepare(PARCEL, key="k-1", at=NOON)
    double.faults["buy"] = [fault]

    with pytest.raises(LabelError) as caught:
        seller.buy(PARCEL, key="k-1", prepared=prepared, at=NOON)

    assert caught.value.unknown and not caught.value.permanent


def test_a_call_that_never_left_has_certainly_bought_nothing(pair):
    seller, double = pair
    prepared = seller.prepare(PARCEL, key="k-1", at=NOON)
    double.faults["buy"] = [requests.ConnectTimeout("no route")]

    with pytest.raises(LabelError) as caught:
        seller.buy(PARCEL, key="k-1", prepared=prepared, at=NOON)

    assert not caught.value.unknown


def test_easypost_saying_that_it_is_bought_already_is_looked_up_not_failed():
    with EasyPostDouble():
        seller = easypost()
        _, prepared = sell(seller)
        with pytest.raises(LabelError) as caught:
            seller.buy(PARCEL, key="k-1", prepared=prepared, at=NOON)
    assert caught.value.unknown


def test_shippos_error_is_a_refusal_and_its_queue_is_not():
    with ShippoDouble() as double:
        seller = shippo()
        prepared = seller.prepare(PARCEL, key="k-1", at=NOON)
        double.next_status = "ERROR"
        with pytest.raises(LabelError, match="Address not found") as caught:
            seller.buy(PARCEL, key="k-1", prepared=prepared, at=NOON)
        assert caught.value.permanent
        assert seller.find(PARCEL, key="k-1", prepared=prepared, at=NOON) is None
        double.next_status = "QUEUED"
        for ask in (seller.buy, seller.find):
            with pytest.raises(LabelError) as caught:
                ask(PARCEL, key="k-1", prepared=prepared, at=NOON)
            assert caught.value.unknown


# --- cancelling
@pytest.mark.parametrize(
    ("told", "state"),
    [("submitted", "PENDING"), ("refunded", "ACCEPTED"), ("rejected", "REJECTED"), ("brand_new", "PENDING")],
)
def test_easyposts_word_about_a_refund_is_understood(told, state):
    with EasyPostDouble() as double:
        seller = easypost()
        bought, _ = sell(seller)
        assert seller.cancellation(bought, at=NOON) is None
        double.refund = told
        assert seller.cancel(bought, at=NOON).state == Cancelling(state)
        assert seller.cancellation(bought, at=NOON).state == Cancelling(state)


@pytest.mark.parametrize(
    ("told", "state"), [("QUEUED", "PENDING"), ("SUCCESS", "ACCEPTED"), ("ERROR", "REJECTED")]
)
def test_shippos_word_about_a_refund_is_understood(told, state):
    with ShippoDouble() as double:
        seller = shippo()
        bought, _ = sell(seller)
        assert seller.cancellation(bought, at=NOON) is None
        double.refund = told
        assert seller.cancel(bought, at=NOON).state == Cancelling(state)
        assert seller.cancellation(bought, at=NOON).state == Cancelling(state)


# --- documents
@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/label.pdf",
        "https://easypost-files.s3.us-west-2.amazonaws.com.evil.example/1.pdf",
        "http://easypost-files.s3.us-west-2.amazonaws.com/1.pdf",
        "https://127.0.0.1/1.pdf",
        "https://evil-easypost.com/1.pdf",
        "https://user@evil.example/easypost-files.s3.amazonaws.com",
        "file:///etc/passwd",
    ],
)
def test_documents_are_fetched_from_the_sellers_hosts_only(url):
    with responses.RequestsMock() as mock, pytest.raises(LabelError, match="do not fetch from"):
        fetch(url, Kind.LABEL, hosts=hosts_of({}, HOSTS), label="EasyPost", files=None)
    assert len(mock.calls) == 0


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"<html>login</html>", "neither a PDF nor a PNG"),
        (b"\x89PNG\r\n\x1a\nbroken", "broken picture"),
        (picture((9000, 9000)), "too large"),
        (b"%PDF-" + b"x" * (3 * 1024 * 1024), "larger than 3 MB"),
    ],
)
def test_what_is_fetched_has_to_be_what_it_says(body, words):
    url = "https://easypost-files.s3.us-west-2.amazonaws.com/1.pdf"
    with responses.RequestsMock() as mock:
        mock.add("GET", url, body)
        with pytest.raises(LabelError, match=words):
            fetch(url, Kind.LABEL, hosts=hosts_of({}, HOSTS), label="EasyPost", files=None)


# --- what no seller has to be asked
def test_what_is_wrong_with_a_request_is_told_at_once_in_plain_words():
    bare = LabelRequest(
        replace(WAREHOUSE, lines=(), city=""), replace(SHOPPER, country="Germany"), weight_g=0
    )

    assert problems(bare) == [
        "The sender's address lacks a street and a city.",
        "The recipient's country has to be a two-letter code such as US.",
        "The weight has to be between 1 g and 70 kg.",
        "The parcel crosses a border: say what is in it, with values, for customs.",
    ]
    assert problems(PARCEL) == []
    assert problems(replace(PARCEL, width_mm=0)) and problems(replace(PARCEL, length_mm=9000))
    wrong = replace(ABROAD, customs=(CustomsItem("", 0, 0, "USD", 0, hs_code="12"),))
    assert len(problems(wrong)) == 3


@pytest.mark.parametrize(
    "config",
    [
        {"labels_per_day": "many"},
        {"labels_per_day": True},
        {"labels_spend_per_day": "lots"},
        {"labels_for": ["SIDEWAYS"]},
        {"document_hosts": "evil.example"},
        {"sender": {"street": "1 Dock"}},
        {"sender": {"lines": "1 Dock"}},
        {"carrier_accounts": "ca_1"},
    ],
)
def test_settings_that_cannot_work_are_refused_in_words(config):
    for seller in (EasyPost, Shippo):
        assert len(seller.check_config(config)) == 1
    fine = {"labels_per_day": 0, "labels_spend_per_day": "250.00", "sender": {"lines": ["1 Dock"]}}
    assert EasyPost.check_config(fine | {"labels_for": ["RETURN"], "carrier_accounts": ["ca_1"]}) == []
