"""Versions of rows that mirror others' data: text that sorts by age, whatever order messages arrive in."""

import hashlib
from datetime import UTC, datetime


def version(changed_at: datetime | None, body: bytes | str, rank: int = 0) -> str:
    """
    Return the version of a message: time of change, then `rank` (a later stage of life wins a tie), then
    content.

    Two messages with the same time still compare the same way in every order of arrival. `changed_at` is
    aware; None sorts first.
    """
    when = changed_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ") if changed_at else ""
    raw = body if isinstance(body, bytes) else body.encode()
    return f"{when}|{rank}|{hashlib.sha256(raw).hexdigest()[:32]}"
