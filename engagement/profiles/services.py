"""Keep profiles true: mark whose changed, measure those again, measure everybody at night and on demand."""

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F, Q

from config.lib.claims import skip_locked
from customers import outbox
from customers.models import Customer
from customers.worker import wake
from engagement import events
from engagement.models import DirtyProfile, Profile
from engagement.profiles import ranks
from engagement.profiles.measure import FIELDS, MOVING, measure
from engagement.profiles.tiers import is_higher
from returns.models import Return
from tracking.models import Order, Shipment

log = logging.getLogger(__name__)

WORK = "profile"
BATCH = 1000
CHUNK = 500  # ids in one INSERT
PUT_OFF = timedelta(hours=1)  # who cannot be measured is tried again after this
# A tier that comes of history (an import, new thresholds) is no news: only an order this young makes it one.
NEWS = timedelta(days=7)
# A row says when it was changed, not when that could be seen: a transaction may take this long to commit.
SLACK = timedelta(minutes=10)
MISSING, LEFT_OVER = "no profile", "a profile too many"


# --- marking
def mark_dirty(customer_ids: Iterable[int], *, at: datetime) -> None:
    """
    Say that the profiles of these customers may not be true any more; who is marked already stays so. Ids of
    nobody are passed over. `at`: when they may be measured again, usually now.

    Call it after the change is committed or in the transaction that makes it, never before.
    """
    wanted = sorted({pk for pk in customer_ids if pk})
    for start in range(0, len(wanted), CHUNK):
        part = wanted[start : start + CHUNK]
        there = Customer.objects.filter(pk__in=part).order_by("pk").values_list("pk", flat=True)
        # In the order of their keys: two that mark the same people wait for each other, and no more.
        DirtyProfile.objects.bulk_create(
            (DirtyProfile(customer_id=pk, since=at) for pk in there), ignore_conflicts=True
        )
    if wanted:
        wake(WORK)


def mark_everybody(*, at: datetime) -> int:
    """
    Mark every customer who stands for themselves, in one statement. Returns: how many were not marked yet.
    """
    quote = connection.ops.quote_name
    dirty, people = quote(DirtyProfile._meta.db_table), quote(Customer._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {dirty} (customer_id, since) "  # noqa: S608 (names of our own tables)
            f"SELECT id, %s FROM {people} WHERE merged_into_id IS NULL ORDER BY id ON CONFLICT DO NOTHING",
            [connection.ops.adapt_datetimefield_value(at)],
        )
        marked = int(cursor.rowcount)
    wake(WORK)
    return marked


def mark_unseen(*, at: datetime, back: timedelta) -> int:
    """
    Mark whose orders, parcels or returns changed in the last `back` without a word in the stream (a payment
    came, a total was corrected), and new customers who have no profile yet. Returns: how many.
    """
    since = at - back
    orders = Order.objects.filter(updated_at__gte=since, customer__isnull=False)
    late = Q(customer__profile__isnull=True) | Q(customer__profile__updated_at__lt=F("updated_at") + SLACK)
    found = set(orders.filter(late).values_list("customer_id", flat=True))
    parcels = Shipment.objects.filter(updated_at__gte=since, order__customer__isnull=False)
    # Every scan touches a parcel: only one that is there, or that the profile believes to be, says something.
    told = Q(delivered_at__isnull=False) | Q(order__customer__profile__delivered__gt=0)
    seen = Q(order__customer__profile__updated_at__lt=F("updated_at") + SLACK)
    found |= set(parcels.filter(told, seen).values_list("order__customer_id", flat=True))
    returns = Return.objects.filter(seen, updated_at__gte=since, order__customer__isnull=False)
    found |= set(returns.values_list("order__customer_id", flat=True))
    newest = Customer.objects.order_by("-pk").values("pk")[:10_000]
    new = Customer.objects.filter(pk__in=newest, profile=None, merged_into=None)
    found |= set(new.values_list("pk", flat=True))
    mark_dirty(found, at=at)
    return len(found)


# --- measuring those that are marked
def refresh_due(*, at: datetime, limit: int = BATCH) -> int:
    """
    Measure up to `limit` of the customers marked until `at` again, those marked last first: an order of this
    moment does not wait behind the night's round.

    A mark is taken away before anything is read, in the transaction that writes what was read: who is marked
    again meanwhile is measured again. Returns: how many marks were dealt with. Publishes: TIER_REACHED.
    """
    with transaction.atomic():
        due = DirtyProfile.objects.filter(since__lte=at).order_by("-since", "customer_id")
        ids = list(skip_locked(due).values_list("customer_id", flat=True)[:limit])
        if not ids:
            return 0
        try:
            with transaction.atomic():
                _take_and_write(ids, at)
        except Exception:
            log.exception("cannot measure %d customers together; trying one by one", len(ids))
            for customer in ids:
                _alone(customer, at)
    return len(ids)


def _take_and_write(ids: Sequence[int], at: datetime) -> None:
    DirtyProfile.objects.filter(customer__in=ids).delete()
    _write(ids, at, tell=True)


def _alone(customer: int, at: datetime) -> None:
    """Measure one of those that could not be measured together; who is the trouble is put off."""
    try:
        with transaction.atomic():
            _take_and_write([customer], at)
    except Exception:
        log.exception("cannot measure customer %s", customer)
        DirtyProfile.objects.filter(customer=customer).update(since=at + PUT_OFF)


Rows = dict[int, Profile]


def _write(ids: Sequence[int], at: datetime, *, tell: bool) -> tuple[Rows, Rows]:
    """
    Measure `ids` and write their profiles, in the caller's transaction; who stands for themselves no more
    loses theirs. Returns: the profiles as they were, and as they are.
    """
    before = _locked(ids)
    fresh = measure(ids, at=at)
    Profile.objects.bulk_create(
        fresh.values(),
        update_conflicts=True,
        unique_fields=["customer"],
        update_fields=[*FIELDS, "updated_at"],
    )
    gone = [pk for pk in before if pk not in fresh]
    if gone:
        Profile.objects.filter(pk__in=gone).delete()
    if tell:
        _tell_climbs(before, fresh, at)
    return before, fresh


def _locked(ids: Sequence[int]) -> Rows:
    """Return the profiles there are, locked: who climbs is told of by one of two workers."""
    rows = Profile.objects.filter(pk__in=list(ids)).order_by("pk").select_for_update(of=("self",))
    return {row.pk: row for row in rows}


def _tell_climbs(before: Rows, fresh: Rows, at: datetime) -> None:
    lately = [row for row in fresh.values() if row.last_order_at and row.last_order_at >= at - NEWS]
    tiers = {row.pk: (before[row.pk].tier if row.pk in before else "", row.tier) for row in lately}
    up = {pk: (was, tier) for pk, (was, tier) in tiers.items() if is_higher(tier, was)}
    people = Customer.objects.in_bulk(list(up)) if up else {}
    for pk, (was, tier) in up.items():
        outbox.publish(
            events.TIER_REACHED,
            # Once a day: who falls and climbs again within one is not congratulated twice.
            key=f"tier:{pk}:{tier}:{at.date()}",
            occurred_at=at,
            customer=people[pk],
            subject=people[pk],
            data={"tier": tier, "before": was},
        )


# --- everybody
@dataclass
class Report:
    """What a rebuild found: customers measured, how many of them differed, and in which fields."""

    customers: int = 0
    different: int = 0
    fields: Counter[str] = field(default_factory=Counter)

    def add(self, differences: Iterable[Sequence[str]]) -> None:
        """Count customers in, given the names of the fields in which each differed."""
        for names in differences:
            self.customers += 1
            self.different += bool(names)
            self.fields.update(names)

    @property
    def wrong(self) -> dict[str, int]:
        """The fields that no passing of time explains, with how many customers differ in them."""
        return {name: count for name, count in self.fields.items() if name not in MOVING}


def rebuild(*, at: datetime, check: bool = False, ids: Iterable[int] | None = None) -> Report:
    """
    Measure everybody (or `ids`) anew, write it, and rank all; with `check` only compare. Who is marked is not
    compared: that their row may be wrong is known.

    A transaction per BATCH customers. Publishes nothing: what a rebuild corrects is no news.
    """
    report = Report()
    for part in _parts(ids):
        with transaction.atomic():
            marked = set(DirtyProfile.objects.filter(customer__in=part).values_list("pk", flat=True))
            if check:
                before, fresh = Profile.objects.in_bulk(part), measure(part, at=at)
            else:
                before, fresh = _write(part, at, tell=False)
        report.add([_different(before.get(pk), fresh.get(pk)) for pk in part if pk not in marked])
    if not check:
        ranks.rank_all()
    return report


def _different(was: Profile | None, now: Profile | None) -> list[str]:
    """Return the names of the fields in which a profile differs from what it should be."""
    if was is None or now is None:
        return [] if was is now else [MISSING if was is None else LEFT_OVER]
    return [name for name in FIELDS if getattr(was, name) != getattr(now, name)]


def _parts(ids: Iterable[int] | None) -> Iterator[list[int]]:
    """Yield customers in the order of their keys, BATCH at a time; of those merged away who has a row."""
    last = 0
    people = Customer.objects.filter(Q(merged_into=None) | Q(profile__isnull=False)).order_by("pk")
    if ids is not None:
        people = people.filter(pk__in=list(ids))
    while part := list(people.filter(pk__gt=last).values_list("pk", flat=True)[:BATCH]):
        yield part
        last = part[-1]
