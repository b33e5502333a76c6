"""What a channel is to us: a way out for one finished message. No database in here; see docs/messages.md."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

# One address and nothing that could make it two, or a header more. Whether it exists, its server knows.
ADDRESS = re.compile(r"[^\s\x00-\x1f\x7f-\x9f<>(),;:\[\]\"\\@]+@[^\s\x00-\x1f\x7f-\x9f<>(),;:\"\\@]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class ChannelError(Exception):
    """
    A message was not taken.

    `permanent`: asking again will not help. `bad_address`: it is the address that cannot be reached, ever.
    `unavailable`: it is not this message's fault, the way out itself is closed (server down, wrong password,
    told to wait).
    """

    def __init__(
        self, message: str, *, permanent: bool = False, bad_address: bool = False, unavailable: bool = False
    ) -> None:
        super().__init__(message)
        self.permanent = permanent
        self.bad_address = bad_address
        self.unavailable = unavailable


@dataclass(frozen=True)
class Outgoing:
    """
    One finished message. `key` is ours, the same over every attempt; `kind` lets providers group statistics.
    """

    key: str
    kind: str
    sender: str
    to: str
    subject: str
    text: str
    html: str
    reply_to: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse what could become a second header or a second recipient. Raises: ValueError."""
        if _CONTROL.search(
            "".join((self.sender, self.to, self.subject, self.reply_to, *self.headers.values()))
        ):
            raise ValueError("a header cannot hold line breaks or control signs")
        if not ADDRESS.fullmatch(self.to):
            raise ValueError("a message goes to one address")


class Channel:
    """A way out. Subclass, fill in, add a line to config/wiring.py."""

    code: ClassVar[str]
    label: ClassVar[str]

    def open(self) -> None:
        """
        Get ready (network); called before every send, so it does nothing when ready. Raises: ChannelError,
        `unavailable`.
        """

    def send(self, message: Outgoing) -> str:
        """
        Hand one message over (network). Returns: the provider's id of it, '' when it gives none.

        Raises: ChannelError.
        """
        raise NotImplementedError

    def close(self) -> None:
        """Let go of what open() took. Never raises."""
