"""
What is wrong with the ways in and out, as alerts: a carrier or shop that does not answer, webhooks signed
with another secret, deliveries nobody could read.

Runs every few minutes and only compares: each alert opens once and ends by itself when the trouble is over.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, Max, Model

from customers.models import Alert, Store
from customers.services.alerts import end_alert, raise_alert
from tracking.models import CarrierAccount, Inbound

# A carrier's short trouble is its breaker's business; this long, parcels go unwatched.
FAILING_FOR = timedelta(minutes=30)
RECENT = timedelta(days=1)
UNREADABLE = "tracking.inbound"


@dataclass(frozen=True)
class Trouble:
    """One thing that is wrong now; `key` is the alert's. `since`: when it began, or was last seen anew."""

    kind: str
    key: str
    title: str
    detail: str
    since: datetime
    severity: str = Alert.Severity.WARNING
    store: Store | None = None
    subject: Model | None = None


def check(*, at: datetime) -> int:
    """
    Raise alerts for what is wrong at `at`, end those of what is well again. Returns how much is wrong.

    One that a person has ended is not raised again for the same trouble.
    """
    found = {trouble.key: trouble for trouble in _troubles(at)}
    ended = Alert.objects.filter(key__in=found, state=Alert.State.ENDED).order_by()
    endings = dict(ended.values_list("key").annotate(last=Max("ended_at")))
    for trouble in found.values():
        if trouble.key in endings and endings[trouble.key] >= trouble.since:
            continue
        raise_alert(
            kind=trouble.kind,
            key=trouble.key,
            title=trouble.title,
            detail=trouble.detail,
            severity=trouble.severity,
            store=trouble.store,
            subject=trouble.subject,
            at=at,
        )
    kinds = ("tracking.carrier_failing", "tracking.shop_failing", "tracking.signature", UNREADABLE)
    over = Alert.objects.filter(kind__in=kinds).exclude(state=Alert.State.ENDED).exclude(key__in=found)
    for key in over.values_list("key", flat=True):
        end_alert(key=key, at=at, why="It works again." if key != UNREADABLE else "None is left.")
    return len(found)


def _troubles(at: datetime) -> Iterable[Trouble]:
    yield from _failing_carriers(at)
    yield from _failing_shops(at)
    yield from _wrong_signatures(at)
    yield from _unreadable(at)


def _failing_carriers(at: datetime) -> Iterable[Trouble]:
    for account in CarrierAccount.objects.filter(enabled=True, failing_since__lte=at - FAILING_FOR):
        yield Trouble(
            kind="tracking.carrier_failing",
            key=f"carrier-account:{account.pk}:failing",
            title=f"{account} does not answer",
            detail=f"Since {account.failing_since:%d %b, %H:%M} UTC: {account.last_error}",
            since=account.failing_since or at,
            subject=account,
        )


def _failing_shops(at: datetime) -> Iterable[Trouble]:
    for store in Store.objects.filter(api_failing_since__lte=at - FAILING_FOR):
        yield Trouble(
            kind="tracking.shop_failing",
            key=f"store:{store.pk}:failing",
            title=f"The shop of {store} does not answer",
            detail=f"Since {store.api_failing_since:%d %b, %H:%M} UTC: {store.api_error}",
            since=store.api_failing_since or at,
            store=store,
            subject=store,
        )


def _wrong_signatures(at: datetime) -> Iterable[Trouble]:
    """Yield those whose webhooks of the last day were refused after the last good one."""
    for model, name in ((Store, "store"), (CarrierAccount, "carrier-account")):
        refused = model._default_manager.filter(last_rejected_at__gte=at - RECENT)
        for row in refused.exclude(last_webhook_at__gt=F("last_rejected_at")):
            yield Trouble(
                kind="tracking.signature",
                key=f"{name}:{row.pk}:signature",
                title=f"Webhooks for {row} carry a wrong signature",
                detail="They are refused. Compare the secret here with the one at the sender.",
                since=row.last_rejected_at or at,
                severity=Alert.Severity.URGENT if row.last_webhook_at else Alert.Severity.WARNING,
                store=row if isinstance(row, Store) else None,
                subject=row,
            )


def _unreadable(at: datetime) -> Iterable[Trouble]:
    failed = Inbound.objects.filter(state=Inbound.State.FAILED, received_at__gte=at - RECENT)
    count = failed.order_by()[:1000].count()
    if count:
        newest = failed.aggregate(newest=Max("received_at"))["newest"]
        yield Trouble(
            kind=UNREADABLE,
            key=UNREADABLE,
            title="Deliveries that could not be read",
            detail=f"{count} of the last day. They are kept and can be read again.",
            since=newest or at,
        )
