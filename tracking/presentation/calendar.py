"""
The delivery windows as an iCalendar file (RFC 5545). No address, name or link in it: calendars are shared.
"""

from datetime import UTC, timedelta

from django.utils.translation import gettext as _

from tracking.presentation.arrival import Arrival, still_to_come
from tracking.presentation.material import Material, ParcelMaterial
from tracking.presentation.voice import Voice

STAMP = "%Y%m%dT%H%M%SZ"


def calendar_for(material: Material, voice: Voice) -> str:
    """Return the file's text, '' when no parcel has a window."""
    coming = [(parcel, still_to_come(parcel, voice)) for parcel in material.live]
    events = [_event(parcel, arrival, material, voice) for parcel, arrival in coming if arrival]
    if not events or material.order.cancelled_at:
        return ""
    head = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Porchlight//Parcels//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
    ]
    lines = [*head, *(line for event in events for line in event), "END:VCALENDAR"]
    return "".join(f"{part}\r\n" for line in lines for part in fold(line))


def _event(parcel: ParcelMaterial, arrival: Arrival, material: Material, voice: Voice) -> list[str]:
    store = material.order.store.name
    about = _("Parcel from %(store)s") % {"store": store}
    who = " ".join(part for part in (parcel.carrier, parcel.shipment.tracking_number) if part)
    return [
        "BEGIN:VEVENT",
        f"UID:{parcel.shipment.public_id}@porchlight",
        f"DTSTAMP:{voice.at.astimezone(UTC):{STAMP}}",
        f"SEQUENCE:{material.order.version}",
        *_times(arrival),
        f"SUMMARY:{escape(about)}",
        f"DESCRIPTION:{escape(who)}",
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
    ]


def _times(arrival: Arrival) -> list[str]:
    if (
        arrival.first_at
        and arrival.last_at
        and arrival.first == arrival.last
        and arrival.first_at < arrival.last_at
    ):
        return [
            f"DTSTART:{arrival.first_at.astimezone(UTC):{STAMP}}",
            f"DTEND:{arrival.last_at.astimezone(UTC):{STAMP}}",
        ]
    end = arrival.last + timedelta(days=1)  # DTEND of whole days is exclusive
    return [f"DTSTART;VALUE=DATE:{arrival.first:%Y%m%d}", f"DTEND;VALUE=DATE:{end:%Y%m%d}"]


def escape(text: str) -> str:
    """Return text as a value may hold it."""
    for raw, safe in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\r", ""), ("\n", "\\n")):
        text = text.replace(raw, safe)
    return text


def fold(line: str) -> list[str]:
    """Split a line so that none is longer than 75 octets, never inside a character."""
    parts, current = [], ""
    for char in line:
        if len((current + char).encode()) > 75:
            parts.append(current)
            current = " "
        current += char
    return [*parts, current]
