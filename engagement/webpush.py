"""
Web push: what is sent to a browser, encrypted so that its push service cannot read it (RFC 8291, aes128gcm of
RFC 8188), and signed so that it knows who asks (VAPID, RFC 8292). Pure, but for `vapid_key`, which reads
settings.
"""

import base64
import json
import os
import struct
from datetime import datetime
from functools import lru_cache
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from config.lib.secrets import derive

CURVE = ec.SECP256R1()
# The order of the curve (SEC 2, secp256r1).
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
RECORD = 4096  # bytes; one record holds all: push services refuse bodies over 4 kB
LARGEST = RECORD - 16 - 1 - 86  # of a payload: less tag, padding sign and header
LIFE = 12 * 3600  # seconds a VAPID token is good for; at most 24 h (RFC 8292)


class BadSubscription(ValueError):
    """Keys that are no keys of a browser."""


def b64(data: bytes) -> str:
    """Return bytes as base64url without padding."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def unb64(text: str) -> bytes:
    """Return what `b64` wrote. Raises: BadSubscription."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError as exc:
        raise BadSubscription("this is not base64url") from exc


def check(p256dh: str, auth: str) -> None:
    """Refuse keys that nothing could be encrypted for. Raises: BadSubscription."""
    _public(unb64(p256dh))
    if len(unb64(auth)) != 16:
        raise BadSubscription("the secret has 16 bytes")


def encrypt(
    payload: bytes,
    *,
    p256dh: str,
    auth: str,
    salt: bytes | None = None,
    key: ec.EllipticCurvePrivateKey | None = None,
) -> bytes:
    """
    Return the body of a push. `salt` (16 bytes) and `key` are fresh for each unless a test gives them.

    Raises: BadSubscription; ValueError for a payload over LARGEST bytes.
    """
    if len(payload) > LARGEST:
        raise ValueError(f"a push holds at most {LARGEST} bytes")
    salt = salt or os.urandom(16)
    key = key or ec.generate_private_key(CURVE)
    theirs, ours, secret = unb64(p256dh), _point(key.public_key()), unb64(auth)
    shared = key.exchange(ec.ECDH(), _public(theirs))
    seed = _hkdf(shared, salt=secret, info=b"WebPush: info\0" + theirs + ours, length=32)
    content_key = _hkdf(seed, salt=salt, info=b"Content-Encoding: aes128gcm\0", length=16)
    nonce = _hkdf(seed, salt=salt, info=b"Content-Encoding: nonce\0", length=12)
    sealed = AESGCM(content_key).encrypt(nonce, payload + b"\x02", None)
    return salt + struct.pack(">IB", RECORD, len(ours)) + ours + sealed


def authorization(endpoint: str, *, contact: str, at: datetime) -> str:
    """Return the Authorization header for a push to `endpoint`. `contact`: mailto: or https: (RFC 8292)."""
    parts = urlsplit(endpoint)
    claims = {
        "aud": f"{parts.scheme}://{parts.netloc}",
        "exp": int(at.timestamp()) + LIFE,
        "sub": contact,
    }
    head = b64(json.dumps({"typ": "JWT", "alg": "ES256"}).encode())
    signed = f"{head}.{b64(json.dumps(claims).encode())}"
    key = vapid_key()
    one, two = decode_dss_signature(key.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
    token = f"{signed}.{b64(one.to_bytes(32, 'big') + two.to_bytes(32, 'big'))}"
    return f"vapid t={token}, k={public_key()}"


def public_key() -> str:
    """Return the key that browsers subscribe with (applicationServerKey)."""
    return b64(_point(vapid_key().public_key()))


def vapid_key() -> ec.EllipticCurvePrivateKey:
    """
    Return our signing key: VAPID_PRIVATE_KEY (32 bytes, base64url), else one made of SECRET_KEY, so that it
    works without any setting. A new key ends all subscriptions.
    """
    return _key(settings.VAPID_PRIVATE_KEY, settings.SECRET_KEY)


@lru_cache(maxsize=4)
def _key(given: str, secret: str) -> ec.EllipticCurvePrivateKey:
    number = int.from_bytes(unb64(given) if given else derive("vapid", secret), "big")
    return ec.derive_private_key(number % (_ORDER - 1) + 1 if not given else number, CURVE)


def _public(point: bytes) -> ec.EllipticCurvePublicKey:
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(CURVE, point)
    except (ValueError, InvalidKey) as exc:
        raise BadSubscription("this is not a point on the curve") from exc


def _point(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)


def _hkdf(key: bytes, *, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length, salt=salt, info=info).derive(key)
