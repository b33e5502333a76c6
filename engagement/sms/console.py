"""The demo's carrier: texts go into the mailbox folder, where the demo shows them beside the mails."""

import hashlib

from django.core.mail import EmailMessage

from engagement.channels.base import ChannelError
from engagement.channels.mailbox import MailboxBackend
from engagement.sms.base import SmsProvider


class Console(SmsProvider):
    """Carries nothing anywhere; nobody calls back."""

    code = "console"
    label = "Demo (kept in the mailbox folder)"

    def send(self, *, to: str, text: str, key: str, reports_to: str) -> str:
        """Keep the text as a mail to <number>@sms.invalid. Raises: ChannelError."""
        mail = EmailMessage(
            subject=f"Text message to {to}",
            body=text,
            from_email=f"{self.account.sender.lstrip('+') or 'store'}@sms.invalid",
            to=[f"{to}@sms.invalid"],
            headers={"X-Channel": "sms"},
        )
        try:
            MailboxBackend().send_messages([mail])
        except OSError as exc:
            raise ChannelError("The mailbox folder cannot be written.", unavailable=True) from exc
        return f"console-{hashlib.sha256(key.encode()).hexdigest()[:24]}"
