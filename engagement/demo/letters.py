"""Gives the mails of the sample stores' history the date at which they would have left."""

import re
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

from django.conf import settings

from engagement.models import Message

_DATE = re.compile(rb"^Date: [^\n]*\n", re.MULTILINE)
_ID = re.compile(rb"^Message-ID:\s*<([0-9a-f-]{36})@", re.MULTILINE | re.IGNORECASE)


def redate() -> int:
    """
    Date each mail in the demo's mailbox that belongs to a sent message, and file it under that time.

    Returns: how many. Mails elsewhere (a real server, a test's outbox) are left alone.
    """
    folder = settings.MAILBOX_DIR / "new"
    if not folder.is_dir():
        return 0
    sent = {
        str(row.public_id): row for row in Message.objects.exclude(sent_at=None).only("public_id", "sent_at")
    }
    count = 0
    for file in sorted(folder.iterdir()):
        raw = file.read_bytes()
        found = _ID.search(raw)
        message = sent.get(found[1].decode()) if found else None
        if message is None or message.sent_at is None:
            continue
        at = message.sent_at.astimezone(UTC)
        dated = _DATE.sub(b"Date: " + format_datetime(at).encode() + b"\n", raw, count=1)
        filed = _file(file.parent, at, message.pk)
        if filed == file:  # dated before
            continue
        filed.write_bytes(dated)
        file.unlink()
        count += 1
    return count


def _file(folder: Path, at: datetime, pk: int) -> Path:
    """Return the Maildir name of a mail of `at`: names sort by time, and the row's id keeps them apart."""
    return folder / f"{int(at.timestamp())}.M{at.microsecond}P1Q{pk}.demo"
