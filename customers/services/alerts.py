"""Alerts: raised once, owned, snoozed, ended; told by every route that asks for them."""

from datetime import datetime

from django.db import IntegrityError, models, transaction

from customers.models import Alert, AlertNotice, AlertRoute, Store, User
from customers.worker import wake

RANK = {Alert.Severity.INFO: 0, Alert.Severity.WARNING: 1, Alert.Severity.URGENT: 2}


class AlertIsOver(Exception):
    """An ended alert can be neither owned nor snoozed: a new one is raised when the trouble comes back."""


@transaction.atomic
def raise_alert(
    *,
    kind: str,
    key: str,
    title: str,
    at: datetime,
    detail: str = "",
    severity: str = Alert.Severity.WARNING,
    store: Store | None = None,
    subject: models.Model | None = None,
) -> Alert:
    """
    Open the alert `key`, or bring the words of the open one up to date; routes are told of a new one once.

    A snoozed one that gets more urgent wakes. Returns: the alert. `title` and `detail` hold no personal data.
    """
    about = {"title": title[:200], "detail": detail, "severity": severity}
    alert = (
        Alert.objects.select_for_update(of=("self",)).filter(key=key).exclude(state=Alert.State.ENDED).first()
    )
    if alert is None:
        try:
            with transaction.atomic():
                alert = Alert.objects.create(
                    kind=kind,
                    key=key,
                    store=store,
                    subject_type=subject._meta.label_lower if subject else "",
                    subject_id=str(subject.pk) if subject else "",
                    opened_at=at,
                    **about,
                )
        except IntegrityError:  # opened at this very moment by another worker
            return Alert.objects.exclude(state=Alert.State.ENDED).get(key=key)
        _tell(alert, "opened", at)
        return alert
    worse = RANK[Alert.Severity(severity)] > RANK[Alert.Severity(alert.severity)]
    for name, value in about.items():
        setattr(alert, name, value)
    if worse:
        alert.state, alert.snoozed_until = Alert.State.OPEN, None
    alert.save()
    if worse:
        _tell(alert, f"worse:{severity}", at)
    return alert


@transaction.atomic
def end_alert(*, key: str, at: datetime, why: str) -> bool:
    """End the open alert `key` because the trouble is over. Returns whether there was one."""
    alert = (
        Alert.objects.select_for_update(of=("self",)).filter(key=key).exclude(state=Alert.State.ENDED).first()
    )
    if alert is None:
        return False
    _end(alert, at, why)
    return True


@transaction.atomic
def close_alert(*, alert_id: int, by: User, at: datetime, why: str = "") -> Alert:
    """End an alert by hand. One that has ended stays as it is. Raises: Alert.DoesNotExist."""
    alert = Alert.objects.select_for_update(of=("self",)).get(pk=alert_id)
    if alert.state != Alert.State.ENDED:
        _end(alert, at, f"{why or 'Ended'} ({by})")
    return alert


@transaction.atomic
def take_alert(*, alert_id: int, owner: User | None) -> Alert:
    """Make `owner` the one who looks after an alert; None gives it back. Raises: AlertIsOver."""
    alert = _open(alert_id)
    alert.owner = owner
    alert.save(update_fields=["owner", "updated_at"])
    return alert


@transaction.atomic
def snooze_alert(*, alert_id: int, until: datetime) -> Alert:
    """Put an alert out of the queue until an aware time. Raises: AlertIsOver."""
    alert = _open(alert_id)
    alert.state, alert.snoozed_until = Alert.State.SNOOZED, until
    alert.save(update_fields=["state", "snoozed_until", "updated_at"])
    return alert


@transaction.atomic
def wake_snoozed(*, at: datetime) -> int:
    """Bring alerts back whose snooze has ended, and tell the routes again. Returns how many."""
    due = Alert.objects.select_for_update(of=("self",)).filter(
        state=Alert.State.SNOOZED, snoozed_until__lte=at
    )
    woken = list(due)
    for alert in woken:
        until = alert.snoozed_until
        alert.state, alert.snoozed_until = Alert.State.OPEN, None
        alert.save(update_fields=["state", "snoozed_until", "updated_at"])
        _tell(alert, f"woke:{until:%Y-%m-%dT%H:%M}", at)
    return len(woken)


def _open(alert_id: int) -> Alert:
    alert = Alert.objects.select_for_update(of=("self",)).get(pk=alert_id)
    if alert.state == Alert.State.ENDED:
        raise AlertIsOver(f"“{alert}” has ended.")
    return alert


def _end(alert: Alert, at: datetime, why: str) -> None:
    alert.state, alert.ended_at, alert.ended_why, alert.snoozed_until = Alert.State.ENDED, at, why[:200], None
    alert.save(update_fields=["state", "ended_at", "ended_why", "snoozed_until", "updated_at"])
    alert.notices.filter(state=AlertNotice.State.WAITING, claim=None).update(
        state=AlertNotice.State.DROPPED, due_at=None
    )


def _tell(alert: Alert, what: str, at: datetime) -> None:
    """Write one notice per route that asks for this alert; workers send them."""
    routes = AlertRoute.objects.filter(enabled=True).filter(
        models.Q(store=None) | models.Q(store=alert.store_id)
    )
    wanted = [
        route
        for route in routes
        if RANK[Alert.Severity(route.severity)] <= RANK[Alert.Severity(alert.severity)]
        and (not route.kinds or alert.kind in route.kinds)
    ]
    AlertNotice.objects.bulk_create(
        [AlertNotice(alert=alert, route=route, what=what, due_at=at) for route in wanted],
        ignore_conflicts=True,
    )
    if wanted:
        wake("alert")
