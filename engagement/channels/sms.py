"""Text messages, through whichever provider is set (config/wiring.py: SMS; docs/channels.md)."""

from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string

from engagement.channels.base import Channel, ChannelError, Outgoing
from engagement.sms import budget, counting
from engagement.sms.base import Account, SmsProvider

# What is longer is a mistake in a template, and dear.
MOST_PARTS = 8


def provider(code: str = "") -> SmsProvider:
    """
    Return the provider `code`, else the one that is set. Raises: ChannelError, permanent, when there is none,
    or it lacks credentials.
    """
    code = code or settings.SMS_PROVIDER
    path = settings.SMS.get(code)
    if path is None:
        raise ChannelError("Text messages are not set up (SMS_PROVIDER).", permanent=True)
    made: SmsProvider = import_string(path)(
        Account(
            sender=settings.SMS_FROM,
            account=settings.SMS_ACCOUNT,
            secret=settings.SMS_SECRET,
            signing_secret=settings.SMS_SIGNING_SECRET,
        )
    )
    return made


def reports_to(code: str) -> str:
    """Return where the provider `code` tells what became of a text, and what people answer."""
    return f"{settings.BASE_URL}/webhooks/sms/{code}/"


class Sms(Channel):
    """No provider can be asked to take a text once: what may have gone is never sent again."""

    code = "sms"
    label = "SMS"
    at_most_once = True

    def __init__(self) -> None:
        self.provider: SmsProvider | None = None

    def open(self) -> None:
        """Get ready. Raises: ChannelError: permanent when no provider is set, unavailable without keys."""
        if self.provider is None:
            made = provider()
            missing = made.check()
            if missing:
                raise ChannelError(f"{made.label} lacks {missing}.", unavailable=True)
            self.provider = made

    def send(self, message: Outgoing) -> str:
        """Hand one text over, within the store's budget of the day. Raises: ChannelError."""
        self.open()
        assert self.provider is not None  # noqa: S101 (open has set it)
        parts = self.parts(message)
        if not 1 <= parts <= MOST_PARTS:
            raise ChannelError(f"A text has one to {MOST_PARTS} parts, this one {parts}.", permanent=True)
        if not budget.spend(message.store_id, parts, at=timezone.now()):
            raise ChannelError("The store's texts of today are used up (SMS_PER_DAY).", permanent=True)
        return self.provider.send(
            to=message.to,
            text=counting.plain(message.text),
            key=message.key,
            reports_to=reports_to(self.provider.code),
        )

    def parts(self, message: Outgoing) -> int:
        """Return as how many texts it goes."""
        return counting.segments(counting.plain(message.text))
