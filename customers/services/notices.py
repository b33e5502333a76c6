"""
Tell staff of alerts: by e-mail, and by webhooks that Slack, Mattermost and the like understand.

A notice is sent at least once: a worker killed between the send and its settling sends it a second time.
For staff that is better than none.
"""

import logging
import time
from collections.abc import Sequence
from datetime import datetime
from email.utils import parseaddr

import requests
from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse

from config.lib import claims
from config.lib.guarded import Refused, guarded_session
from customers.models import Alert, AlertNotice, AlertRoute

log = logging.getLogger(__name__)

BATCH = 50
MAX_ATTEMPTS = 8
# A batch ends well before its lease does: who loses the lease tells the same thing twice.
SECONDS = 30
# Words, for subjects: a colour would say nothing in a list of mail.
_MARK = {Alert.Severity.INFO: "Note", Alert.Severity.WARNING: "Warning", Alert.Severity.URGENT: "Urgent"}


class NotTold(Exception):
    """A notice could not be sent; the message says why, for staff, without the route's address."""


def tell_due(*, at: datetime, limit: int = BATCH) -> int:
    """Send the notices that are due at `at`. Returns how many were claimed."""
    claimed = claims.claim(AlertNotice.objects.all(), at=at, limit=limit)
    full = AlertNotice.objects.select_related("alert__store", "alert__owner", "route").in_bulk(
        [row.pk for row in claimed]
    )
    end = time.monotonic() + SECONDS
    for row in claimed:
        notice = full.get(row.pk)
        if time.monotonic() > end:
            # Slow routes have used up the time. What was not tried counts no attempt.
            claims.settle(row, attempts=row.attempts - 1)
        elif notice is not None:
            _tell(notice, at)
    return len(claimed)


def _tell(notice: AlertNotice, at: datetime) -> None:
    if notice.attempts > MAX_ATTEMPTS:
        _failed(notice, "its worker died on it", at)
    elif notice.alert.state == Alert.State.ENDED:
        claims.settle(notice, state=AlertNotice.State.DROPPED, due_at=None)
    elif not notice.route.enabled:
        claims.settle(notice, state=AlertNotice.State.DROPPED, due_at=None, last_error="The route is off.")
    else:
        _send(notice, at)


def send_trial(route: AlertRoute, *, at: datetime) -> None:
    """Send a trial to a route now. Raises: NotTold with the reason."""
    alert = Alert(
        kind="trial",
        title="This is a trial from Porchlight",
        detail="If you can read this, alerts arrive here.",
        severity=Alert.Severity.INFO,
        store=route.store,
        opened_at=at,
    )
    _carry(route, alert, f"trial-{alert.public_id}")
    AlertRoute.objects.filter(pk=route.pk).update(last_sent_at=at, last_error="")


def _carry(route: AlertRoute, alert: Alert, name: str) -> None:
    if route.channel == AlertRoute.Channel.EMAIL:
        _mail(route.address, alert, name)
    else:
        _post(route.address, body_of(alert))


def _send(notice: AlertNotice, at: datetime) -> None:
    route = notice.route
    try:
        _carry(route, notice.alert, f"notice-{notice.pk}")
    except NotTold as exc:
        _failed(notice, str(exc), at)
        return
    claims.settle(notice, state=AlertNotice.State.SENT, sent_at=at, due_at=None, last_error="")
    AlertRoute.objects.filter(pk=route.pk).update(last_sent_at=at, last_error="")


def _failed(notice: AlertNotice, why: str, at: datetime) -> None:
    over = notice.attempts >= MAX_ATTEMPTS
    claims.settle(
        notice,
        state=AlertNotice.State.FAILED if over else AlertNotice.State.WAITING,
        due_at=None if over else claims.backoff(notice.attempts, at=at),
        last_error=why[:2000],
    )
    AlertRoute.objects.filter(pk=notice.route_id).update(last_error=why[:2000])


def _mail(to: str, alert: Alert, name: str) -> None:
    """Send an alert as plain mail. Its Message-ID is the same at every attempt. Raises: NotTold."""
    sender = settings.DEFAULT_FROM_EMAIL
    domain = parseaddr(sender)[1].rpartition("@")[2] or "localhost"
    message = EmailMessage(
        subject=f"{_MARK[Alert.Severity(alert.severity)]}: {' '.join(alert.title.split())}",
        body="\n\n".join(_lines(alert)),
        from_email=sender,
        to=[to],
        headers={"Message-ID": f"<alert-{name}@{domain}>", "Auto-Submitted": "auto-generated"},
    )
    try:
        message.send()
    except Exception as exc:  # whatever the backend of this installation raises
        log.warning("alert %s could not be mailed", name, exc_info=True)
        raise NotTold(f"The mail could not be sent ({type(exc).__name__}).") from exc


def _post(address: str, body: dict[str, object]) -> None:
    """Post one notice to a webhook on the open Internet. Raises: NotTold."""
    try:
        # Only the status counts: a body without an end is never read.
        with guarded_session().post(address, json=body, allow_redirects=False, stream=True) as answer:
            status = answer.status_code
    except Refused as exc:
        raise NotTold(f"The address is refused: {exc}.") from exc
    except requests.RequestException as exc:
        # Not its words: they name the address, which is a secret.
        raise NotTold(f"The webhook could not be reached ({type(exc).__name__}).") from exc
    if not 200 <= status < 300:
        raise NotTold(f"The webhook answered {status}.")


def body_of(alert: Alert) -> dict[str, object]:
    """
    Return an alert as a webhook carries it: `text` is what Slack shows, `alert` is for programs.

    Slack reads &, < and > as markup (its "Escaping text" rules), so what others named is escaped.
    """
    first, *rest = [_escaped(line) for line in _lines(alert)[:-1]]
    link = f"<{_address(alert)}|Open it>"
    return {
        "text": "\n".join([f"*{_MARK[Alert.Severity(alert.severity)]}: {first}*", *rest, link]),
        "alert": {
            "id": str(alert.public_id),
            "kind": alert.kind,
            "severity": alert.severity,
            "title": alert.title,
            "detail": alert.detail,
            "store": alert.store.slug if alert.store else None,
            "opened_at": alert.opened_at.isoformat(),
            "url": _address(alert),
        },
    }


def _lines(alert: Alert) -> Sequence[str]:
    """Return what is said of an alert, the link last."""
    about = f"{alert.store} · since {alert.opened_at:%d %b %Y, %H:%M} UTC" if alert.store else ""
    owner = f"Looked after by {alert.owner}." if alert.owner else ""
    parts = (alert.title, alert.detail, about or f"Since {alert.opened_at:%d %b %Y, %H:%M} UTC", owner)
    return [*(part for part in parts if part), _address(alert)]


def _escaped(text: str) -> str:
    """
    Take from what others named what chats read as markup: Slack's <…>, and Markdown's links and mentions.

    Mattermost and its like read Markdown and know no escaping in Slack's form, so a space stands between.
    """
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace("](", "] (").replace("@", "@\u200b")


def _address(alert: Alert) -> str:
    page = reverse("admin:customers_alert_change", args=[alert.pk]) if alert.pk else reverse("admin:index")
    return f"{settings.BASE_URL}{page}"
