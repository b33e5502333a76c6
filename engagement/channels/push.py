"""
Web push to the browsers of one person. What is shown is the headline alone, a lock screen is read by others;
a touch opens the page. A browser whose push service says it is gone is forgotten.
"""

import json
import logging
from email.utils import parseaddr

import requests
from django.conf import settings
from django.utils import timezone

from config.lib import guarded
from engagement import webpush
from engagement.channels.base import Browser, Channel, ChannelError, Outgoing
from engagement.models import PushSubscription

log = logging.getLogger(__name__)

TTL = 12 * 3600  # seconds a push service keeps what it cannot deliver: news of yesterday confuses
TIMEOUT = (3.05, 10.0)
GONE = (404, 410)


class Push(Channel):
    """A push shown twice is a nuisance, and no service can be asked whether it took one: at most once."""

    code = "push"
    label = "Web push"
    at_most_once = True

    def __init__(self) -> None:
        self.session: requests.Session | None = None

    def open(self) -> None:
        """Get ready. Never fails: every browser may have another push service."""
        self.session = self.session or guarded.guarded_session()

    def send(self, message: Outgoing) -> str:
        """
        Push to every browser of `message`. Returns: where the first service keeps it, cut to 200 signs.

        Raises: ChannelError when none took it; it is closed only where all said "not now".
        """
        self.open()
        payload = json.dumps({"title": message.subject[:200], "url": message.url}, ensure_ascii=False)
        taken, errors = [], []
        for browser in message.browsers:
            try:
                taken.append(self._push(browser, payload.encode(), message))
            except ChannelError as exc:
                errors.append(exc)
        if taken:
            return taken[0][:200]
        if not errors:
            raise ChannelError("No browser of theirs takes push messages.", permanent=True)
        if any(error.uncertain for error in errors):
            raise next(error for error in errors if error.uncertain)
        raise next((error for error in errors if not error.permanent), errors[0])

    def _push(self, browser: Browser, payload: bytes, message: Outgoing) -> str:
        assert self.session is not None  # noqa: S101 (open has set it)
        try:
            body = webpush.encrypt(payload, p256dh=browser.p256dh, auth=browser.auth)
            answer = self.session.post(
                browser.endpoint,
                data=body,
                timeout=TIMEOUT,
                headers={
                    "Authorization": webpush.authorization(
                        browser.endpoint, contact=contact(), at=timezone.now()
                    ),
                    "Content-Encoding": "aes128gcm",
                    "Content-Type": "application/octet-stream",
                    "TTL": str(TTL),
                    "Urgency": "normal" if message.purpose == "transactional" else "low",
                },
            )
        except (webpush.BadSubscription, guarded.Refused) as exc:
            _forget(browser, str(exc))
            raise ChannelError(f"The browser's subscription is no good: {exc}", permanent=True) from exc
        except ValueError as exc:
            raise ChannelError(f"The push cannot be written: {exc}", permanent=True) from exc
        except requests.ConnectTimeout as exc:
            raise ChannelError("The push service cannot be reached.") from exc
        except requests.RequestException as exc:
            never = "NewConnectionError" in repr(exc)
            raise ChannelError("The push service cannot be reached.", uncertain=not never) from exc
        return _settle(browser, answer)


def contact() -> str:
    """Return whom a push service writes to about us: VAPID_CONTACT, else our own sender."""
    return settings.VAPID_CONTACT or f"mailto:{parseaddr(settings.DEFAULT_FROM_EMAIL)[1]}"


def _settle(browser: Browser, answer: requests.Response) -> str:
    if answer.status_code in GONE:
        _forget(browser, f"gone ({answer.status_code})")
        raise ChannelError("The browser took its subscription back.", permanent=True)
    if answer.status_code in (429, 503):
        raise ChannelError(f"The push service asks us to wait ({answer.status_code}).")
    if answer.status_code >= 500:
        raise ChannelError(f"The push service failed ({answer.status_code}).", uncertain=True)
    if not answer.ok:
        raise ChannelError(f"The push service refuses it ({answer.status_code}).", permanent=True)
    return answer.headers.get("Location", "") or f"push:{browser.pk}"


def _forget(browser: Browser, why: str) -> None:
    log.info("browser %s is forgotten: %s", browser.pk, why)
    PushSubscription.objects.filter(pk=browser.pk).delete()
