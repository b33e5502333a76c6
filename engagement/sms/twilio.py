"""
Twilio Programmable Messaging.

Sending: POST /2010-04-01/Accounts/{Sid}/Messages.json, a form, basic auth (www.twilio.com/docs/messaging).
Calls to us are forms, signed in X-Twilio-Signature: base64(HMAC-SHA1(auth token, address + every field's
name and value, sorted by name)) (www.twilio.com/docs/usage/security). There is no idempotency key.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import parse_qsl

from engagement.channels.base import ChannelError
from engagement.sms.base import BadReport, BadSignature, Fate, Heard, Report, SmsProvider, as_json, post

API = "https://api.twilio.com/2010-04-01/Accounts"
# www.twilio.com/docs/api/errors: not a number, not a mobile one, not reachable for good.
DEAD = frozenset({"21211", "21214", "21217", "21614", "30005", "30006"})
STOPPED = frozenset({"21610"})
# Not this message's fault: account suspended, out of money, queue full, region not allowed, no such sender.
CLOSED = frozenset({"20003", "20005", "20429", "21611", "30001", "30002", "21606", "21603", "21212"})


class Twilio(SmsProvider):
    """Account SID, auth token, and a number or a messaging service (MG…)."""

    code = "twilio"
    label = "Twilio"
    answers_words = True  # www.twilio.com/docs: default opt-out handling
    statuses = {"delivered": Fate.DELIVERED, "undelivered": Fate.FAILED, "failed": Fate.FAILED}

    def check(self) -> str:
        """Return what is missing."""
        named = {
            "SMS_ACCOUNT": self.account.account,
            "SMS_SECRET": self.account.secret,
            "SMS_FROM": self.account.sender,
        }
        return ", ".join(name for name, value in named.items() if not value)

    def send(self, *, to: str, text: str, key: str, reports_to: str) -> str:
        """Hand one text over. Raises: ChannelError."""
        sender = "MessagingServiceSid" if self.account.sender.startswith("MG") else "From"
        form = {"To": to, "Body": text, sender: self.account.sender, "StatusCallback": reports_to}
        answer = post(
            f"{API}/{self.account.account}/Messages.json",
            data=form,
            auth=(self.account.account, self.account.secret),
        )
        data = as_json(answer)
        if answer.status_code == 201 and data.get("sid"):
            return str(data["sid"])
        if answer.ok:
            raise ChannelError("Twilio took it and gave no id.", uncertain=True)
        raise _refused(str(data.get("code", "")), str(data.get("message", answer.status_code)))

    def verify(self, *, url: str, headers: Mapping[str, str], body: bytes, at: float) -> None:
        """Check X-Twilio-Signature. Raises: BadSignature."""
        fields = sorted(set(parse_qsl(_text(body), keep_blank_values=True)))
        signed = url + "".join(name + value for name, value in fields)
        mac = hmac.new(self.account.secret.encode(), signed.encode(), hashlib.sha1).digest()
        given = headers.get("x-twilio-signature", "")
        if not self.account.secret or not hmac.compare_digest(
            base64.b64encode(mac), given.encode("utf-8", "replace")
        ):
            raise BadSignature("X-Twilio-Signature does not match.")

    def parse(self, body: bytes) -> Report | Heard | None:
        """Read a status report or a text to us. Raises: BadReport."""
        fields = dict(parse_qsl(_text(body), keep_blank_values=True))
        sid = fields.get("MessageSid") or fields.get("SmsSid") or ""
        if not sid:
            raise BadReport("It names no message.")
        if "MessageStatus" not in fields:
            if "Body" not in fields:
                return None
            return Heard(sid, fields.get("From", ""), fields.get("To", ""), fields["Body"])
        error = fields.get("ErrorCode", "")
        fate = self.fate(fields["MessageStatus"])
        if fate == Fate.FAILED:
            fate = Fate.STOPPED if error in STOPPED else Fate.DEAD if error in DEAD else fate
        return Report(sid, fate, phone=fields.get("To", ""), words=f"Twilio error {error}" if error else "")


def _refused(code: str, words: str) -> ChannelError:
    said = f"Twilio refuses it: {code} {words}".strip()[:300]
    if code in CLOSED:
        return ChannelError(said, unavailable=True)
    return ChannelError(said, permanent=True, bad_address=code in DEAD)


def _text(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError as exc:
        raise BadSignature("It is no form.") from exc
