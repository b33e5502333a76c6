"""Whatever sellers of labels answer, nothing but a LabelError comes out."""

import json
from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.factories.tracking import NOON
from tests.tracking.labelling import PARCEL
from tests.tracking.test_labels_sellers import SELLERS
from tracking.labels.base import LabelError

FIELDS = [
    "id",
    "rates",
    "messages",
    "message",
    "carrier",
    "service",
    "rate",
    "currency",
    "delivery_days",
    "tracking_code",
    "postage_label",
    "label_url",
    "selected_rate",
    "forms",
    "form_type",
    "form_url",
    "refund_status",
    "tracker",
    "public_url",
    "object_id",
    "amount",
    "provider",
    "servicelevel",
    "token",
    "name",
    "estimated_days",
    "status",
    "metadata",
    "tracking_number",
    "qr_code_url",
    "results",
    "next",
]

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 10**20) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=6),
    max_leaves=12,
)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=9), st.sampled_from(["create", "buy", "get"]))
def test_whatever_a_seller_answers_only_label_errors_come_out(told, name):
    for make, double in SELLERS:
        with double() as there:
            seller = make()
            prepared = seller.prepare(PARCEL, key="k-1", at=NOON)
            there.faults = {call: [(200, {}, json.dumps(told))] * 3 for call in (name, "list")}
            for act in (
                lambda s=seller: s.rates(PARCEL, at=NOON),
                lambda s=seller, p=prepared: s.buy(PARCEL, key="k-1", prepared=p, at=NOON),
                lambda s=seller, p=prepared: s.find(PARCEL, key="k-1", prepared=p, at=NOON),
            ):
                with suppress(LabelError):
                    act()
