"""What is learned from our own deliveries: read from rows, kept as a version, looked up for one parcel."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Coalesce

from customers.models import Store
from tracking.carriers.base import Window
from tracking.eta import lanes
from tracking.eta.backtest import Trial, add_record
from tracking.eta.days import DAY, Days, extra_days, on_the_wall
from tracking.eta.learning import HALF_LIFE, History, Learned, Place, learn
from tracking.eta.records import Word, bad
from tracking.eta.tables import Table
from tracking.eta.ways import CUT_OFF, Seen, Shop, add
from tracking.eta.windows import Tables, wanted
from tracking.models import EtaRules, Promise, Shipment, TransitCell, TransitModel
from tracking.vocabulary import Status

OURS = "ours"
LOOKS_BACK = timedelta(days=270)  # six half-lives: older deliveries weigh next to nothing
MOST = 300_000  # deliveries learned from, the newest: memory and a worker's two minutes
LEAST = 200  # deliveries before anything is learned at all
AT_LEAST_ON_ITS_WAY = timedelta(minutes=10)  # less: the hand-over was never scanned
EVERY = timedelta(hours=12)
KEPT_FOR = timedelta(days=30)
CELLS = 1000
# Ways that ended otherwise than at the door, or of which nobody knows any more.
_NOWHERE = (Status.RETURNING, Status.RETURNED, Status.CANCELLED, Status.EXPIRED)


def learn_transit_times(*, at: datetime, force: bool = False) -> TransitModel | None:
    """
    Learn from what was delivered until `at` and put it to use as a new version; parcels keep the version they
    have.

    Returns: the version in use afterwards; None with fewer than LEAST deliveries and none before. Does
    nothing when one was learned in the last EVERY, unless `force`. Killed anywhere, it leaves the former one
    in use.
    """
    active = TransitModel.objects.filter(state=TransitModel.State.ACTIVE).first()
    if active and not force and active.learned_at > at - EVERY:
        return active
    learned, since = _learn(at)
    if learned is None:
        return active
    model = TransitModel.objects.create(
        learned_at=at,
        deliveries=learned.deliveries,
        groups=len(learned.tables),
        since=since,
        half_life=HALF_LIFE,
        extra_days=[[who, country, sorted(kinds)] for (who, country), kinds in sorted(learned.extra.items())],
        doubted=_doubted(learned),
    )
    _keep(model, learned)
    _put_to_use(model, at)
    _forget(at)
    return active_model()


def _learn(at: datetime) -> tuple[Learned | None, date | None]:
    shops = shops_by_id()
    history = History()
    for trial in parcels(at=at, shops=shops):
        add(history, trial.seen, known_at=trial.known_at)
    learned = learn(history, today=at.date())
    came = learned.tables.get(lanes.TRANSIT)
    if came is None or came.n < LEAST:
        return None, None
    first = min(history.since)
    records = learn(_records(at, shops, learned), today=at.date(), extra=learned.extra)
    tables = {**learned.tables, **records.tables}
    return Learned(tables, learned.extra, came.n), date.fromordinal(first)


def shops_by_id(stores: Sequence[Store] | None = None) -> dict[int, Shop]:
    """Return every store (or `stores`) as its parcels leave from it, by primary key."""
    rules = {row.store_id: row for row in EtaRules.objects.all()}
    found = stores if stores is not None else Store.objects.all()
    return {store.pk: shop_of(store, rules.get(store.pk)) for store in found}


def shop_of(store: Store, rules: EtaRules | None) -> Shop:
    """Return a store as its parcels leave from it."""
    return Shop(store.slug, store.country, store.timezone, rules.cut_off if rules else CUT_OFF)


def parcels(*, at: datetime, shops: dict[int, Shop], looks_back: timedelta = LOOKS_BACK) -> Iterator[Trial]:
    """
    Yield the newest parcels, each with when we last knew how it was: delivered ones and those on
    their way, and labels that wait for their first scan. Rows are streamed.
    """
    rows = (
        Shipment.objects.current()
        .filter(order__store__in=list(shops), order__cancelled_at=None)
        .filter(
            Q(shipped_at__gte=at - looks_back, shipped_at__lt=at)
            | Q(shipped_at=None, created_at__gte=at - KEPT_FOR)
        )
        .exclude(arrived_at=None, delivered_at=None, status__in=_NOWHERE)
        .annotate(
            came=Coalesce("arrived_at", "delivered_at"),
            known=Coalesce("checked_at", "heard_at", "created_at"),
        )
        .order_by("-shipped_at", "-pk")
        .values_list(
            "pk", "order__store_id", "order__placed_at", "carrier", "service", "origin", "destination",
            "shipped_at", "came", "out_for_delivery_at", "known",
        )
    )[:MOST]  # fmt: skip
    for pk, store, placed_at, carrier, service, origin, to, shipped_at, came, out_at, known in rows.iterator(
        chunk_size=5000
    ):
        if shipped_at and came and came - shipped_at < AT_LEAST_ON_ITS_WAY:
            continue
        lane = shops[store].lane(carrier, service, origin, to)
        out = out_at if out_at and came and out_at <= came else None
        seen = Seen(shops[store], lane, placed_at, shipped_at, came, out)
        yield Trial(seen, at if came else min(known, at), pk=pk)


def _records(at: datetime, shops: dict[int, Shop], learned: Learned) -> History:
    """Return how late parcels came after windows that carriers told."""
    history = History()
    for trial in told_windows(at=at, shops=shops):
        add_record(history, trial.seen, trial.told, learned)
    return history


def told_windows(
    *, at: datetime, shops: dict[int, Shop], looks_back: timedelta = LOOKS_BACK
) -> Iterator[Trial]:
    """Yield windows that carriers told of parcels that have come, newest first. Rows are streamed."""
    rows = (
        Promise.objects.filter(made_at__gte=at - looks_back, made_at__lt=at)
        .exclude(source=OURS)
        .filter(shipment__arrived_at__isnull=False, shipment__order__store__in=list(shops))
        .filter(shipment__replaced_at=None)
        .order_by("-made_at", "-pk")
        .values_list(
            "source", "from_date", "to_date", "made_at", "shipment__arrived_at", "shipment__order__store_id",
            "shipment__carrier", "shipment__service", "shipment__origin", "shipment__destination",
        )
    )[:MOST]  # fmt: skip
    for source, first, last, made_at, came, store, carrier, service, origin, to in rows.iterator(5000):
        shop = shops[store]
        seen = Seen(shop, shop.lane(carrier, service, origin, to), None, None, came)
        yield Trial(seen, at, Word(Window(first, last), source, made_at))


def _doubted(learned: Learned) -> list[str]:
    """Return the sources of which some group's windows are often missed."""
    keys = (key.split("|") for key, table in learned.tables.items() if key.startswith("e|") and bad(table))
    return sorted({parts[1] for parts in keys})


def _keep(model: TransitModel, learned: Learned) -> None:
    cells = [
        TransitCell(
            model=model,
            key=key[:200],
            n=table.n,
            weight=table.weight,
            values=[round(v, 4) for v in table.values],
        )
        for key, table in learned.tables.items()
    ]
    TransitCell.objects.bulk_create(cells, batch_size=CELLS)


@transaction.atomic
def _put_to_use(model: TransitModel, at: datetime) -> None:
    """
    Make `model` the active one, and look again at parcels on their way that nobody gave a window. Of two who
    learn at the same time the later knowledge is used.
    """
    TransitModel.objects.select_for_update().order_by("pk").first()  # there is one: whoever learns waits here
    former = TransitModel.objects.filter(state=TransitModel.State.ACTIVE)
    if former.filter(learned_at__gt=model.learned_at).exists():
        model.state = TransitModel.State.FORMER
        model.save(update_fields=["state"])
        return
    former.update(state=TransitModel.State.FORMER)
    model.state = TransitModel.State.ACTIVE
    model.save(update_fields=["state"])
    waiting = Shipment.objects.current().filter(eta_to_date=None, told_at=None, eta_due_at=None)
    moving = (
        Status.PENDING,
        Status.INFO_RECEIVED,
        Status.IN_TRANSIT,
        Status.OUT_FOR_DELIVERY,
        Status.ATTEMPTED,
    )
    recent = waiting.filter(status__in=moving, created_at__gte=at - KEPT_FOR)
    recent.update(eta_due_at=at)


def _forget(at: datetime) -> None:
    """Delete versions that no parcel on its way was promised anything by, and those never finished."""
    State = TransitModel.State
    TransitModel.objects.filter(state=State.LEARNING, learned_at__lt=at - DAY).delete()
    needed = Shipment.objects.filter(eta_model__isnull=False, eta_due_at__isnull=False).values("eta_model")
    old = TransitModel.objects.filter(state=State.FORMER, learned_at__lt=at - KEPT_FOR)
    old.exclude(pk__in=needed).delete()


# --- for one parcel ---


def active_model() -> TransitModel | None:
    """Return the version in use."""
    return TransitModel.objects.filter(state=TransitModel.State.ACTIVE).first()


def doubted() -> frozenset[str]:
    """Return the sources whose windows are not shown as they are told before their record was looked at."""
    found = (
        TransitModel.objects.filter(state=TransitModel.State.ACTIVE).values_list("doubted", flat=True).first()
    )
    return frozenset(found or ())


def tables_for(model: TransitModel, seen: Seen, told_by: str, at: datetime) -> Tables:
    """Return what `model` knows that can matter to one parcel: one query. `told_by`: a source, or ''."""
    zone_to = seen.shop.zone_to(seen.lane)
    if seen.handed_over_at is not None:
        on = seen.shop.handed_over(seen.lane, seen.handed_over_at)
    else:
        on = on_the_wall(at, zone_to).date()
    keys = wanted(seen, on)
    if told_by:
        keys += [key for lead in (0, 1, 3) for key in lanes.record(told_by, seen.lane, lead)]
    rows = TransitCell.objects.filter(model=model, key__in=keys).values_list("key", "n", "weight", "values")
    found = {key: Table(key, n, weight, tuple(values)) for key, n, weight, values in rows}
    extra = {(who, country): extra_days(kinds) for who, country, kinds in model.extra_days}

    def days(place: Place) -> Days:
        return Days(place.country, place.region, extra.get((place.who, place.country), frozenset()))

    return Tables(find=found.get, days=days)
