"""What a channel is to us: a way out for one finished message; see docs/sending.md."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

# One address and nothing that could make it two, or a header more. Whether it exists, its server knows.
ADDRESS = re.compile(r"[^\s\x00-\x1f\x7f-\x9f<>(),;:\[\]\"\\@]+@[^\s\x00-\x1f\x7f-\x9f<>(),;:\"\\@]+")
# A telephone number as E.164 writes it.
PHONE = re.compile(r"\+[1-9]\d{5,14}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class ChannelError(Exception):
    """
    A message was not taken.

    `permanent`: asking again will not help. `bad_address`: it is the address that cannot be reached, ever.
    `unavailable`: it is not this message's fault, the way out itself is closed (server down, wrong password,
    told to wait). `uncertain`: nobody can say whether it was taken (the connection broke after we had begun
    to hand it over); what may not be said twice is then not sent again. `untried`: its turn did not come.
    """

    def __init__(
        self,
        message: str,
        *,
        permanent: bool = False,
        bad_address: bool = False,
        unavailable: bool = False,
        uncertain: bool = False,
        untried: bool = False,
    ) -> None:
        super().__init__(message)
        self.permanent = permanent
        self.bad_address = bad_address
        self.unavailable = unavailable
        self.uncertain = uncertain
        self.untried = untried


@dataclass(frozen=True)
class Browser:
    """Where a push goes: one browser's subscription (engagement.models.PushSubscription)."""

    pk: int
    endpoint: str
    p256dh: str
    auth: str


@dataclass(frozen=True)
class Outgoing:
    """
    One finished message. `key` is ours, the same over every attempt; `kind` lets providers group statistics.

    What the parts hold depends on `channel`. email: all of them. sms: `to` is E.164, `text` the words, no
    subject and no html. push: `subject` the headline, `text` the first words, `url` the page it opens,
    `browsers` where to; `to` is ''. inapp: `subject` and `html`, cleaned prose without links that open an
    order; `message_id` is our row; `to` is ''.
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
    channel: str = "email"
    purpose: str = "transactional"
    language: str = ""
    url: str = ""
    message_id: int = 0
    store_id: int = 0
    customer_id: int | None = None
    order_id: int | None = None
    browsers: Sequence[Browser] = ()

    def __post_init__(self) -> None:
        """Refuse what could become a second header or a second recipient. Raises: ValueError."""
        if _CONTROL.search(
            "".join((self.sender, self.to, self.subject, self.reply_to, *self.headers.values()))
        ):
            raise ValueError("a header cannot hold line breaks or control signs")
        wanted = {"email": ADDRESS, "sms": PHONE}.get(self.channel)
        if wanted and not wanted.fullmatch(self.to):
            raise ValueError("a message goes to one address")


class Channel:
    """
    A way out. Subclass, fill in, add a line to config/wiring.py.

    `at_most_once`: what it takes may never go out twice, so a message is SENDING before it is handed over,
    and UNKNOWN, never sent again, when the worker dies in between (SMS, push). Marketing is so everywhere.
    """

    code: ClassVar[str]
    label: ClassVar[str]
    at_most_once: ClassVar[bool] = False

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

    def send_many(self, messages: Sequence[Outgoing]) -> list["str | ChannelError"]:
        """
        Hand several over, for channels that can do that faster than one by one. Must be open.

        Returns: for each, in order, the provider's id or why it was not taken. After one whose way out is
        closed the rest are not tried: they get that error, too.
        """
        results: list[str | ChannelError] = []
        for message in messages:
            if results and isinstance(results[-1], ChannelError) and results[-1].unavailable:
                results.append(ChannelError(str(results[-1]), unavailable=True, untried=True))
                continue
            try:
                self.open()
                results.append(self.send(message))
            except ChannelError as exc:
                results.append(exc)
        return results

    def parts(self, message: Outgoing) -> int:
        """Return as how many messages the provider counts it (an SMS of 200 signs is two); 0: no matter."""
        return 0

    def close(self) -> None:
        """Let go of what open() took. Never raises."""
