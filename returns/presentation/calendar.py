"""The last day to hand a parcel over, as an iCalendar file (RFC 5545). No name, item or link in it."""

from datetime import UTC, timedelta

from django.utils.translation import gettext as _

from returns.models import Return
from tracking.presentation.calendar import STAMP, escape, fold
from tracking.presentation.voice import Voice


def send_by_calendar(ret: Return, voice: Voice) -> str:
    """Return the file's text, with a reminder two days before; '' for a return without such a day."""
    if ret.expires_at is None:
        return ""
    day = voice.date_of(ret.expires_at)
    about = _("Send the return to %(store)s") % {"store": ret.store.name}
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Porchlight//Returns//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        "BEGIN:VEVENT",
        f"UID:{ret.public_id}@porchlight",
        f"DTSTAMP:{voice.at.astimezone(UTC):{STAMP}}",
        f"SEQUENCE:{ret.version}",
        f"DTSTART;VALUE=DATE:{day:%Y%m%d}",
        f"DTEND;VALUE=DATE:{day + timedelta(days=1):%Y%m%d}",
        f"SUMMARY:{escape(about)}",
        f"DESCRIPTION:{escape(ret.number)}",
        "TRANSP:TRANSPARENT",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        f"DESCRIPTION:{escape(about)}",
        "TRIGGER:-P2D",
        "END:VALARM",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(f"{part}\r\n" for line in lines for part in fold(line))
