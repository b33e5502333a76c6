"""One alert per store and kind of flag: how many stand that belong to no incident that is going on."""

from datetime import datetime

from django.db.models import Count, Max, Q
from django.db.models.functions import Coalesce

from customers.models import Alert, Store
from customers.services.alerts import end_alert, raise_alert
from tracking.models import Flag, Incident
from tracking.watch.kinds import FlagKind

KIND = "tracking.flags"
# Worth telling before anybody looks at the queue by themselves.
PRESSING = (FlagKind.LOST, FlagKind.UNFULFILLED, FlagKind.CUSTOMS)


def queue_key(store_id: int, kind: str) -> str:
    """Return the key of the alert about a store's flags of one kind."""
    return f"flags:{store_id}:{kind}"


def tell_of_flags(*, at: datetime) -> None:
    """
    Bring the alerts about single flags up to date: raised with the first, ended with the last.

    One that a person has ended is raised again only for flags that opened after that, or that an incident
    left behind after it.
    """
    # What an incident leaves behind when it is over is somebody's business again.
    left = Q(incident=None) | Q(incident__state=Incident.State.CLOSED)
    loose = Flag.objects.filter(left, cleared_at=None).order_by()
    counts = loose.values_list("store_id", "kind").annotate(
        n=Count("pk"), newest=Max(Coalesce("incident__closed_at", "opened_at"))
    )
    found = {queue_key(store_id, kind): (store_id, kind, n, newest) for store_id, kind, n, newest in counts}
    titles = dict(
        Alert.objects.filter(kind=KIND).exclude(state=Alert.State.ENDED).values_list("key", "title")
    )
    ended = Alert.objects.filter(kind=KIND, key__in=found, state=Alert.State.ENDED).order_by()
    endings = dict(ended.values_list("key").annotate(last=Max("ended_at")))
    stores = Store.objects.in_bulk({store_id for store_id, *_ in found.values()})
    for key, (store_id, kind, count, newest) in found.items():
        title = f"{count} × {FlagKind(kind).label.lower()}: {stores[store_id]}"[:200]
        done_with = key not in titles and key in endings and endings[key] >= newest
        if titles.get(key) != title and not done_with:
            raise_alert(
                kind=KIND,
                key=key,
                title=title,
                detail="See “Needs attention” for which, and why.",
                severity=Alert.Severity.WARNING if kind in PRESSING else Alert.Severity.INFO,
                store=stores[store_id],
                at=at,
            )
    for key in titles.keys() - found.keys():
        end_alert(key=key, at=at, why="None stands any more")
