"""Both shops sign a delivery alike: base64 of the HMAC-SHA256 over the raw body, in a header of their own."""

import base64
import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking.shops.base import BadSignature
from tracking.shops.shopify import Shopify
from tracking.shops.woocommerce import WooCommerce

BODY = b'{"id": 1}'
BOTH = pytest.mark.parametrize(
    ("shop", "header"),
    [(Shopify, "x-shopify-hmac-sha256"), (WooCommerce, "x-wc-webhook-signature")],
    ids=["shopify", "woocommerce"],
)


def signature(secret: str, body: bytes) -> str:
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


@BOTH
def test_the_signature_is_base64_of_the_hmac_over_the_raw_body(shop, header):
    shop(["hush"]).verify({header: "E9XxLgppVNX12rqWuu0/CN/43MeuZC0xdhRuMq1MPWg="}, BODY)


@BOTH
def test_while_secrets_change_over_both_sign(shop, header):
    live = shop(["new", "", "old"])

    live.verify({header: signature("new", BODY)}, BODY)
    live.verify({header: signature("old", BODY)}, BODY)


@BOTH
@pytest.mark.parametrize("secrets", [(), ("",), ("other",)])
def test_another_secret_or_none_is_refused(shop, header, secrets):
    for secret in ("hush", ""):
        with pytest.raises(BadSignature):
            shop(secrets).verify({header: signature(secret, BODY)}, BODY)


@BOTH
@pytest.mark.parametrize("told", [None, "", "x", "ünïcode", "A" * 44, "\x00"])
def test_a_missing_or_mangled_signature_is_refused(shop, header, told):
    with pytest.raises(BadSignature):
        shop(["hush"]).verify({} if told is None else {header: told}, b"{}")


@BOTH
@given(at=st.integers(min_value=0), bit=st.integers(min_value=0, max_value=7))
def test_one_changed_bit_is_refused(shop, header, at, bit):
    body = b'{"id": 820982911946154508, "total_price": "404.95"}'
    changed = bytearray(body)
    changed[at % len(body)] ^= 1 << bit

    with pytest.raises(BadSignature):
        shop(["hush"]).verify({header: signature("hush", body)}, bytes(changed))
