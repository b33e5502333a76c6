"""What this app adds to back-office pages of the apps below."""

from django import template
from django.urls import reverse

from config.lib.staff import cells
from config.lib.staff.story import Entry
from engagement.kinds import KINDS
from engagement.models import Message
from tracking.models import Order

register = template.Library()

MOST = 300
TONES: dict[str, str] = {
    Message.State.QUEUED: cells.BUSY,
    Message.State.SENT: cells.GOOD,
    Message.State.HELD: cells.WARN,
    Message.State.FAILED: cells.BAD,
}


@register.simple_tag
def message_entries(order: Order) -> list[Entry]:
    """Return the messages about `order` as lines of its timeline, in one query."""
    rows = Message.objects.filter(order=order).order_by("-created_at")[:MOST]
    return [
        Entry(
            at=row.bounced_at or row.sent_at or row.created_at,
            kind="message",
            title=f"Message “{KINDS[row.kind].label if row.kind in KINDS else row.kind}”: {_fate(row)}",
            tone=cells.BAD if row.bounced_at else TONES.get(Message.State(row.state), cells.QUIET),
            source=row.channel,
            why=row.reason or row.subject,
            url=reverse("admin:engagement_message_change", args=[row.pk]),
        )
        for row in rows
    ]


def _fate(row: Message) -> str:
    if row.bounced_at:
        return "bounced"
    return "delivered" if row.delivered_at else row.get_state_display().lower()
