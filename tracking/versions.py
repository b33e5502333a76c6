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


def told_at(version: str) -> datetime | None:
    """Return the time of change in a version (aware UTC), None for one without, or of another's making."""
    when = version.partition("|")[0]
    try:
        return datetime.strptime(when, "%Y-%m-%dT%H:%M:%S.%f%z").astimezone(UTC)
    except ValueError:
        return None


def age(version: str) -> str:
    """Return what two versions of the same state have in common: time of change and rank."""
    return version.rpartition("|")[0]


def asked_for(version: str) -> str:
    """
    Return the version of a fact that was asked for: before any message of the same time and rank.

    An answer and a message about the same state differ in form, so their contents never compare. A message
    that came, or still comes, wins over the answer; the answer wins over everything older.
    """
    return f"{age(version)}|"


def insisted(version: str, body: str) -> str:
    """
    Return a version after any message of the same time and rank: for an answer that says something else than
    they did, and was asked for later.
    """
    return f"{age(version)}|~{hashlib.sha256(body.encode()).hexdigest()[:32]}"
