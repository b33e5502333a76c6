"""
What a carrier of text messages is to us: their bytes in, our frozen dataclasses out. No ORM, no settings;
credentials are passed in. See docs/channels.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

import requests

from config.lib import http
from engagement.channels.base import ChannelError


class BadSignature(Exception):
    """A call that its sender did not sign with the secret we share."""


class BadReport(Exception):
    """A signed call that cannot be read."""


class Fate(StrEnum):
    """What became of a text, in our words."""

    ON_ITS_WAY = "on its way"
    DELIVERED = "delivered"
    FAILED = "failed"
    DEAD = "dead"  # the number itself will never take one
    STOPPED = "stopped"  # they have told the provider STOP


@dataclass(frozen=True)
class Report:
    """What a provider says of a text we handed over: by its id, or by our key where it kept it."""

    provider_id: str
    fate: Fate
    phone: str = ""
    key: str = ""
    words: str = ""


@dataclass(frozen=True)
class Heard:
    """A text somebody wrote to us. `phone` is E.164; `provider_id` names it once."""

    provider_id: str
    phone: str
    to: str
    text: str


@dataclass(frozen=True)
class Account:
    """Credentials with a provider. `sender` is a number (E.164), a short name, or a service of theirs."""

    sender: str
    account: str = ""
    secret: str = ""
    signing_secret: str = ""


class SmsProvider:
    """A carrier of texts. Subclass, fill in, add a line to SMS in config/wiring.py."""

    code: ClassVar[str]
    label: ClassVar[str]
    statuses: ClassVar[Mapping[str, Fate]] = {}  # their word -> ours; unmapped -> on its way
    # Whether it answers STOP, START and HELP by itself, so that we do not do it again.
    answers_words: ClassVar[bool] = False

    def __init__(self, account: Account) -> None:
        self.account = account

    def check(self) -> str:
        """Return what of the credentials is missing, in words; '' when it can send."""
        return ""

    def send(self, *, to: str, text: str, key: str, reports_to: str) -> str:
        """
        Hand one text over (network). `to` is E.164, `key` ours, `reports_to` where its fate is told.

        Returns: the provider's id. Raises: ChannelError.
        """
        raise NotImplementedError

    def verify(self, *, url: str, headers: Mapping[str, str], body: bytes, at: float) -> None:
        """Check who calls, over the raw bytes; `headers` lower-case, `at` Unix time. Raises: BadSignature."""
        raise BadSignature("This provider does not call us.")

    def parse(self, body: bytes) -> Report | Heard | None:
        """Return what a verified call says, None when it is nothing to us. Raises: BadReport."""
        raise BadReport("This provider does not call us.")

    def fate(self, word: str) -> Fate:
        """Return our word for theirs."""
        return self.statuses.get(word, Fate.ON_ITS_WAY)


def post(url: str, **given: Any) -> requests.Response:
    """
    POST once. Raises: ChannelError: `unavailable` where nothing was sent, `uncertain` where nobody can say.
    """
    try:
        with http.session() as session:
            answer = session.post(url, **given)
    except requests.ConnectTimeout as exc:
        raise ChannelError("The provider cannot be reached.", unavailable=True) from exc
    except requests.ConnectionError as exc:
        never = "NewConnectionError" in repr(exc) or "NameResolutionError" in repr(exc)
        raise ChannelError(
            "The provider cannot be reached." if never else "The connection broke off.",
            unavailable=never,
            uncertain=not never,
        ) from exc
    except requests.RequestException as exc:
        raise ChannelError(f"The call broke off ({type(exc).__name__}).", uncertain=True) from exc
    if answer.status_code in (401, 403, 429, 503):
        raise ChannelError(f"The provider does not let us send now ({answer.status_code}).", unavailable=True)
    if answer.status_code >= 500:
        raise ChannelError(f"The provider failed ({answer.status_code}).", uncertain=True)
    return answer


def as_json(answer: requests.Response) -> dict[str, Any]:
    """Return an answer's JSON object, {} for anything else."""
    try:
        data = answer.json()
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}
