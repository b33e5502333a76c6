"""
The demo's post office: messages go into a Maildir folder that the mailbox page shows.

Maildir because a message appears whole or not at all, however many processes write at once.
"""

import email.parser
import email.policy
import mailbox
import re
from collections.abc import Iterable, Sequence
from email.message import EmailMessage as ParsedMessage
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

# As the standard library names them: seconds.M<micro>P<pid>Q<count>.<host>
_KEY = re.compile(r"^(\d+)\.M(\d+)P\d+Q(\d+)\.[\w.\\-]+$")


class MailboxBackend(BaseEmailBackend):
    """A Django e-mail backend that keeps what it is given."""

    def __init__(self, *args: Any, folder: Path | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.folder = Path(folder or settings.MAILBOX_DIR)

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Keep the messages. Returns: how many. Raises: OSError when the folder cannot be written."""
        for part in ("tmp", "new", "cur"):
            (self.folder / part).mkdir(parents=True, exist_ok=True)
        box = mailbox.Maildir(self.folder, create=False)
        kept = 0
        for message in email_messages:
            if message.recipients():
                box.add(message.message().as_bytes())
                kept += 1
        return kept


def keys(folder: Path) -> list[str]:
    """Return the keys of all kept messages, newest first."""
    try:
        names = [entry.name for entry in (folder / "new").iterdir()]
    except FileNotFoundError:
        return []
    return sorted((name for name in names if _KEY.match(name)), key=_age, reverse=True)


def _age(key: str) -> tuple[int, ...]:
    found = _KEY.match(key)
    return tuple(int(part) for part in found.groups()) if found else ()


def read(folder: Path, key: str) -> ParsedMessage | None:
    """Return one message, None when there is none of that key."""
    if not _KEY.match(key):
        return None
    try:
        return email.parser.BytesParser(policy=email.policy.default).parsebytes(
            (folder / "new" / key).read_bytes()
        )
    except FileNotFoundError:
        return None


def heads(folder: Path, chosen: Iterable[str]) -> list[dict[str, str]]:
    """
    Return key, subject, sender, recipient and date of the messages named, reading no further than their
    headers.
    """
    found = []
    for key in chosen:
        try:
            with (folder / "new" / key).open("rb") as file:
                head = email.parser.BytesHeaderParser(policy=email.policy.default).parse(file)
        except FileNotFoundError:
            continue
        names = ("subject", "from", "to", "date")
        found.append({"key": key} | {name: str(head.get(name, "")) for name in names})
    return found
