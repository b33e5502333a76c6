"""
Vonage Messages API (developer.vonage.com/en/messages).

Sending: POST /v1/messages, JSON with basic auth (key and secret). Calls to us are JSON, signed by a JWT in
Authorization (HS256 with the account's signature secret) whose claim `payload_hash` is the body's SHA-256.
Numbers are written without the leading +.
"""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

from engagement.channels.base import ChannelError
from engagement.sms.base import BadReport, BadSignature, Fate, Heard, Report, SmsProvider, as_json, post

API = "https://api.nexmo.com/v1/messages"
SKEW = 300  # seconds their clock and ours may differ
# developer.vonage.com/en/api-errors/messages: number de-activated, invalid, unroutable; opted out.
DEAD = frozenset({"1150", "1210", "1240", "1270", "1180"})
STOPPED = frozenset({"1241", "1250"})


class Vonage(SmsProvider):
    """API key and secret, signature secret, and a number or name to send from."""

    code = "vonage"
    label = "Vonage"
    statuses = {"delivered": Fate.DELIVERED, "rejected": Fate.FAILED, "undeliverable": Fate.FAILED}

    def check(self) -> str:
        """Return what is missing."""
        named = {
            "SMS_ACCOUNT": self.account.account,
            "SMS_SECRET": self.account.secret,
            "SMS_FROM": self.account.sender,
        }
        return ", ".join(name for name, value in named.items() if not value)

    def send(self, *, to: str, text: str, key: str, reports_to: str) -> str:
        """Hand one text over; our key goes along as `client_ref` and comes back with reports."""
        wanted = {
            "message_type": "text",
            "channel": "sms",
            "to": to.lstrip("+"),
            "from": self.account.sender.lstrip("+"),
            "text": text,
            "client_ref": key,
            "webhook_url": reports_to,
            "webhook_version": "v1",
        }
        answer = post(API, json=wanted, auth=(self.account.account, self.account.secret))
        data = as_json(answer)
        if answer.status_code == 202 and data.get("message_uuid"):
            return str(data["message_uuid"])
        if answer.ok:
            raise ChannelError("Vonage took it and gave no id.", uncertain=True)
        said = f"Vonage refuses it: {data.get('title', answer.status_code)} {data.get('detail', '')}"
        closed = answer.status_code == 402  # no money left
        raise ChannelError(said.strip()[:300], unavailable=closed, permanent=not closed)

    def verify(self, *, url: str, headers: Mapping[str, str], body: bytes, at: float) -> None:
        """Check the JWT and that it is about this body. Raises: BadSignature."""
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if not self.account.signing_secret or scheme.lower() != "bearer":
            raise BadSignature("There is no signed token.")
        claims = _claims(token, self.account.signing_secret)
        if claims.get("payload_hash") != hashlib.sha256(body).hexdigest():
            raise BadSignature("The token is about another body.")
        made, ends = claims.get("iat"), claims.get("exp")
        if isinstance(made, int | float) and made > at + SKEW:
            raise BadSignature("The token is from the future.")
        if isinstance(ends, int | float) and ends < at - SKEW:
            raise BadSignature("The token has run out.")

    def parse(self, body: bytes) -> Report | Heard | None:
        """Read a status report or a text to us. Raises: BadReport."""
        try:
            data = json.loads(body)
        except ValueError as exc:
            raise BadReport("It is no JSON.") from exc
        if not isinstance(data, dict) or not isinstance(data.get("message_uuid"), str):
            raise BadReport("It names no message.")
        uuid = data["message_uuid"]
        if isinstance(data.get("status"), str):
            return self._report(uuid, data)
        if data.get("channel") != "sms" or not isinstance(data.get("text"), str):
            return None
        return Heard(uuid, _plus(data.get("from")), _plus(data.get("to")), data["text"])

    def _report(self, uuid: str, data: Mapping[str, Any]) -> Report:
        error = data.get("error")
        title = str(error.get("title", "")) if isinstance(error, dict) else ""
        fate = self.fate(data["status"])
        if fate == Fate.FAILED:
            fate = Fate.STOPPED if title in STOPPED else Fate.DEAD if title in DEAD else fate
        key = data.get("client_ref")
        words = f"Vonage error {title}" if title else ""
        return Report(uuid, fate, _plus(data.get("to")), key if isinstance(key, str) else "", words)


def _claims(token: str, secret: str) -> dict[str, Any]:
    """Return the claims of a JWT signed with `secret` by HS256, and by nothing else. Raises: BadSignature."""
    parts = token.strip().split(".")
    if len(parts) != 3:
        raise BadSignature("It is no token.")
    try:
        head, claims, given = (base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in parts)
        mac = hmac.new(secret.encode(), f"{parts[0]}.{parts[1]}".encode(), hashlib.sha256).digest()
        if json.loads(head).get("alg") != "HS256" or not hmac.compare_digest(mac, given):
            raise BadSignature("The token's signature does not match.")
        data = json.loads(claims)
    except (ValueError, binascii.Error, AttributeError, UnicodeError) as exc:
        raise BadSignature("It is no token.") from exc
    if not isinstance(data, dict):
        raise BadSignature("It is no token.")
    return data


def _plus(number: object) -> str:
    text = str(number or "")
    return "+" + text if text.isdigit() else text
