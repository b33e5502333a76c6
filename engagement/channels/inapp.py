"""The inbox on our own pages: a row that the order's page and the account show."""

from django.db import IntegrityError, transaction
from django.utils import timezone

from engagement.channels.base import Channel, ChannelError, Outgoing
from engagement.models import InboxItem, Message


class InApp(Channel):
    """Never closed, never twice: one item per message."""

    code = "inapp"
    label = "Inbox on our pages"

    def send(self, message: Outgoing) -> str:
        """Show `message`. Returns: 'inbox:<id>'. Raises: ChannelError, permanent, when its row is gone."""
        if message.customer_id is None and message.order_id is None:
            raise ChannelError("There is no page to show it on.", permanent=True)
        if not Message.objects.filter(pk=message.message_id).exists():
            raise ChannelError("The message is not here any more.", permanent=True)
        try:
            with transaction.atomic():
                item, _ = InboxItem.objects.get_or_create(
                    message_id=message.message_id,
                    defaults={
                        "customer_id": message.customer_id,
                        "order_id": message.order_id,
                        "title": message.subject[:300],
                        "html": message.html,
                        "language": message.language,
                        "created_at": timezone.now(),
                    },
                )
        except IntegrityError as exc:
            raise ChannelError("The message is not here any more.", permanent=True) from exc
        return f"inbox:{item.pk}"
