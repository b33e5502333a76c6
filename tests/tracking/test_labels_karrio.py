"""karrio as a seller of labels: through a double of the library's gateway, and without the library."""

import base64
from dataclasses import replace
from types import SimpleNamespace

import pytest

from tests.factories.tracking import NOON
from tests.tracking.label_doubles import PDF
from tests.tracking.labelling import PARCEL, SHOPPER, WAREHOUSE
from tracking.labels import karrio
from tracking.labels.base import Cancelling, Credentials, Kind, LabelError, Words
from tracking.labels.karrio import Karrio

RETURN = replace(PARCEL, from_=SHOPPER, to=WAREHOUSE, is_return=True)


def sell(seller, request=PARCEL):
    prepared = seller.prepare(request, key="k-1", at=NOON)
    return seller.buy(request, key="k-1", prepared=prepared, at=NOON), prepared


class FakeKarrio:
    """The part of the library's gateway interface that is used, with answers put in."""

    def __init__(self, created=None, messages=(), cancelled=None):
        self.asked = []
        rate = SimpleNamespace(
            service="ups_ground", carrier_name="ups", total_charge=12.345, currency="USD", transit_days=3
        )
        self.gateway = {"ups": SimpleNamespace(create=lambda settings: settings)}
        self.Rating = SimpleNamespace(fetch=self._answer(([rate], [])))
        self.Shipment = SimpleNamespace(
            create=self._answer((created, list(messages))), cancel=self._answer((cancelled, list(messages)))
        )

    def _answer(self, result):
        def ask(payload):
            self.asked.append(payload)
            return SimpleNamespace(from_=lambda gateway: SimpleNamespace(parse=lambda: result))

        return ask


DETAILS = SimpleNamespace(
    carrier_name="ups",
    tracking_number="1Z999AA10123456784",
    shipment_identifier="shp1",
    docs=SimpleNamespace(label=base64.b64encode(PDF).decode(), invoice=None),
    selected_rate=None,
)
UPS = Credentials(api_key='{"username": "x"}', config={"karrio_carrier": "ups"})


def test_karrio_says_how_to_install_it_where_it_is_not(monkeypatch):
    monkeypatch.setattr(karrio, "library", None)

    with pytest.raises(LabelError, match=r"pip install \"porchlight\[carriers\]\"") as caught:
        Karrio(UPS).rates(PARCEL, at=NOON)

    assert caught.value.permanent


def test_karrio_sells_a_label_with_its_papers(monkeypatch):
    fake = FakeKarrio(created=DETAILS, cancelled=SimpleNamespace(success=True))
    monkeypatch.setattr(karrio, "library", fake)
    seller = Karrio(UPS)

    bought, _ = sell(seller, RETURN)

    assert (bought.tracking_number, bought.cost_minor, bought.carrier) == ("1Z999AA10123456784", 1235, "ups")
    assert seller.document(bought, Kind.LABEL, request=RETURN, words=Words(), at=NOON).body == PDF
    told = fake.asked[-1]
    assert told["is_return"] and told["shipper"]["person_name"] == WAREHOUSE.name
    assert told["parcels"][0]["weight"] == 1.2 and told["service"] == "ups_ground"
    assert seller.cancel(bought, at=NOON).state == Cancelling.ACCEPTED


@pytest.mark.parametrize(
    ("code", "unknown"),
    [("250003", False), ("SHIPPING_SDK_FIELD_ERROR", False), ("SHIPPING_SDK_INTERNAL_ERROR", True)],
)
def test_karrios_failures_are_refusals_unless_it_broke_in_the_middle(monkeypatch, code, unknown):
    messages = [SimpleNamespace(code=code, message="no")]
    monkeypatch.setattr(karrio, "library", FakeKarrio(messages=messages))
    seller = Karrio(UPS)

    with pytest.raises(LabelError) as caught:
        sell(seller)

    assert caught.value.unknown == unknown and caught.value.permanent != unknown


def test_a_karrio_account_with_wrong_settings_says_so(monkeypatch):
    monkeypatch.setattr(karrio, "library", FakeKarrio())

    for credentials in (
        Credentials(api_key="{", config={"karrio_carrier": "ups"}),
        Credentials(api_key="{}"),
    ):
        with pytest.raises(LabelError) as caught:
            Karrio(credentials).rates(PARCEL, at=NOON)
        assert caught.value.permanent
    assert Karrio.check_config({}) and not Karrio.check_config(UPS.config)
