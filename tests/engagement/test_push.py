"""Web push: sealed as the standard's own example, signed, and forgotten when the browser is gone."""

import base64
import json

import pytest
import requests
import responses
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from engagement import webpush
from engagement.channels import push as channel
from engagement.channels.base import Browser, ChannelError, Outgoing
from engagement.channels.push import Push
from engagement.models import PushSubscription
from tests.factories.tracking import NOON, OrderFactory

# RFC 8291, appendix A.
P256DH = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
ENDPOINT = "https://push.example.net/send/abc"
ORDER_PAGE = "https://orders.example.com/o/token/"


def test_the_example_of_the_standard_is_sealed_byte_for_byte():
    number = int.from_bytes(webpush.unb64("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"), "big")

    body = webpush.encrypt(
        b"When I grow up, I want to be a watermelon",
        p256dh=P256DH,
        auth=AUTH,
        salt=webpush.unb64("DGv6ra1nlYgDCS1FRnbzlw"),
        key=ec.derive_private_key(number, ec.SECP256R1()),
    )

    assert webpush.b64(body) == (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6P"
        "Bru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )


def test_no_two_pushes_are_sealed_alike_and_none_is_too_large():
    one, two = (webpush.encrypt(b"x", p256dh=P256DH, auth=AUTH) for _ in range(2))

    assert one != two
    assert len(webpush.encrypt(b"x" * webpush.LARGEST, p256dh=P256DH, auth=AUTH)) <= 4096
    with pytest.raises(ValueError, match="at most"):
        webpush.encrypt(b"x" * (webpush.LARGEST + 1), p256dh=P256DH, auth=AUTH)


def test_a_push_is_signed_for_its_push_service_and_no_other():
    header = webpush.authorization(ENDPOINT, contact="mailto:a@example.com", at=NOON)
    token, key = header.removeprefix("vapid t=").split(", k=")
    head, claims, signature = token.split(".")

    told = json.loads(base64.urlsafe_b64decode(claims + "=="))
    raw = webpush.unb64(signature)
    der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), webpush.unb64(key))
    public.verify(der, f"{head}.{claims}".encode(), ec.ECDSA(hashes.SHA256()))
    assert told["aud"] == "https://push.example.net"
    assert 0 < told["exp"] - NOON.timestamp() <= 24 * 3600
    assert key == webpush.public_key()


def test_a_key_of_ones_own_is_used(settings):
    made = webpush.public_key()
    settings.VAPID_PRIVATE_KEY = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"

    assert webpush.public_key() == (
        "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8"
    )
    assert webpush.public_key() != made


# --- sending


@pytest.fixture
def browsers(db, monkeypatch):
    """Two browsers; the guard of the way out is asked for the address only, as nothing is resolved here."""
    monkeypatch.setattr(channel.guarded, "guarded_session", requests.Session)
    order = OrderFactory()
    rows = [
        PushSubscription.objects.create(
            order=order, store=order.store, endpoint=f"{ENDPOINT}{n}", p256dh=P256DH, auth=AUTH
        )
        for n in range(2)
    ]
    return [Browser(row.pk, row.endpoint, row.p256dh, row.auth) for row in rows]


def pushed(browsers):
    return Push().send(
        Outgoing(
            key="k", kind="delivered", sender="", to="", subject="Your parcel is here", text="At the door",
            html="", channel="push", url=ORDER_PAGE, browsers=browsers,
        )
    )  # fmt: skip


@responses.activate
def test_every_browser_gets_it_and_the_service_can_read_none_of_it(browsers):
    for browser in browsers:
        responses.post(browser.endpoint, status=201, headers={"Location": "https://push.example.net/m/1"})

    assert pushed(browsers) == "https://push.example.net/m/1"

    assert len(responses.calls) == 2
    for call in responses.calls:
        assert call.request.headers["Content-Encoding"] == "aes128gcm"
        assert call.request.headers["TTL"] == "43200"
        assert b"parcel" not in call.request.body


@responses.activate
@pytest.mark.parametrize("status", [404, 410])
def test_a_browser_that_is_gone_is_forgotten_and_the_other_gets_it(browsers, status):
    responses.post(browsers[0].endpoint, status=status)
    responses.post(browsers[1].endpoint, status=201)

    assert pushed(browsers) == f"push:{browsers[1].pk}"
    assert PushSubscription.objects.get().pk == browsers[1].pk


@responses.activate
@pytest.mark.parametrize(
    ("status", "said"), [(410, "permanent"), (413, "permanent"), (500, "uncertain"), (429, "")], ids=range(4)
)
def test_what_nobody_took_says_why(browsers, status, said):
    for browser in browsers:
        responses.post(browser.endpoint, status=status)

    with pytest.raises(ChannelError) as error:
        pushed(browsers)

    assert [name for name in ("permanent", "uncertain") if getattr(error.value, name)] == (
        [said] if said else []
    )


def test_nobody_to_push_to_is_final():
    with pytest.raises(ChannelError) as error:
        pushed([])

    assert error.value.permanent


@pytest.mark.django_db
@pytest.mark.parametrize("endpoint", ["https://127.0.0.1/x", "https://10.0.0.1/x", "https://[::1]/x"])
def test_a_push_never_reaches_the_machines_around_us(endpoint):
    order = OrderFactory()
    row = PushSubscription.objects.create(
        order=order, store=order.store, endpoint=endpoint, p256dh=P256DH, auth=AUTH
    )

    with pytest.raises(ChannelError):
        pushed([Browser(row.pk, row.endpoint, row.p256dh, row.auth)])

    assert not PushSubscription.objects.exists()
