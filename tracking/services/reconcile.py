"""
The nightly look into each shop: what changed there and never arrived is found, repaired and listed.

A run is a row; a worker takes it, asks the shop for one page (outside any transaction), compares and records
thing by thing, writes down how far it has come, and lets go. Killed anywhere, the page is asked for again:
what was found on it stays found, once. docs/shops.md, "Reconcile".
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zlib import crc32

from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from config.lib import claims
from customers.models import Store
from customers.services.stores import ToolRefused
from customers.worker import wake
from tracking.models import Order, OrderLine, OrderRefund, ReconcileFinding, ReconcileRun
from tracking.services.facts import Teller, record_fact
from tracking.services.missing import Missing
from tracking.services.reconcile_compare import Kind, Verdict, What, compare, filled_up, insisting
from tracking.services.reconcile_report import finish
from tracking.services.shop_clients import client_of, note_failure, note_success, why_no_client
from tracking.shops.base import BadPayload, Fact, Ignored
from tracking.shops.client import Page, ShopClient, ShopError, Unreadable
from tracking.shops.facts import Kind as Removable
from tracking.shops.facts import RemovedData

log = logging.getLogger(__name__)

WORK = "reconcile"
State = ReconcileRun.State
LEASE = timedelta(minutes=5)  # one page, with all the questions it takes
MAX_ATTEMPTS = 8
MAX_PAGES = 5000
FIRST_DAYS = 3
OVERLAP = timedelta(hours=1)
# What changes at this moment may still be on its way by itself.
MARGIN = timedelta(minutes=10)
LOOK_BACK = "look_back"
LOOKED_AT = 20
# Where nobody tells that a refund was deleted, orders with refunds of this age are looked at.
REFUNDS_BACK = timedelta(days=60)
# Shopify shows an app no order older than 60 days unless it may read all: not shown is then not gone.
GONE_WITHIN = timedelta(days=50)
# A run that the shop keeps putting off ends after this; runs are kept this long.
GIVE_UP, KEPT = timedelta(hours=24), timedelta(days=90)
LOST_PLACE = "The shop lost our place in its list."
OTHER_SHOP = (
    "The shop does not have it, nor most of the others that were asked for with it: it was not taken for "
    "deleted. Is this the right shop?"
)
NIGHT, SPREAD_MINUTES = 2, 180  # from 2 o'clock in the store's zone, stores spread over three hours


class AlreadyRunning(ToolRefused):
    """A run of this store is under way."""


@dataclass(frozen=True)
class _Step:
    """One page of one run: where it is, and what is there."""

    run: ReconcileRun
    store: Store
    at: datetime

    def stages(self, client: ShopClient) -> Sequence[str]:
        return (*client.pulls, LOOK_BACK)


# --- starting
@transaction.atomic
def start_run(*, store: Store, at: datetime, days: int | None = None, by: str = "") -> ReconcileRun:
    """
    Have a store compared with its shop: since the last good run, or for `days` back; workers do it.

    Returns: the run; SKIPPED, with the reason in `words`, for a store whose shop cannot be asked.
    Raises: AlreadyRunning.
    """
    store = Store.objects.select_for_update().get(pk=store.pk)
    if ReconcileRun.objects.filter(store=store, state=State.OPEN).exists():
        raise AlreadyRunning(f"{store} is being compared with its shop already.")
    good = ReconcileRun.objects.filter(store=store, state=State.DONE).order_by("-until").first()
    made = ReconcileRun(store=store, until=at - MARGIN, asked_by=by, created_at=at, first=good is None)
    last = (
        ReconcileRun.objects.filter(store=store).exclude(state=State.SKIPPED).order_by("-created_at").first()
    )
    if days is not None:
        made.since = at - timedelta(days=days)
    elif last is not None and last.state == State.STOPPED and last.stage:  # there was too much for one night
        made.since, made.until = last.since, last.until
        made.stage, made.cursor = last.stage, last.cursor
    else:
        made.since = good.until - OVERLAP if good else at - timedelta(days=FIRST_DAYS)
    reason = why_no_client(store)
    if reason:
        made.state, made.words, made.finished_at = State.SKIPPED, reason, at
    else:
        made.due_at = at
    made.save()
    old = ReconcileRun.objects.filter(store=store, created_at__lt=at - KEPT)
    (old.exclude(pk=good.pk) if good else old).delete()
    wake(WORK)
    return made


def start_by_hand(*, store: Store, at: datetime, by: str = "") -> str:
    """
    Have a store compared with its shop because a person wants it.

    Returns: words for that person. Raises: ToolRefused.
    """
    run = start_run(store=store, at=at, by=by)
    if run.state == State.SKIPPED:
        raise ToolRefused(run.words)
    return f"What changed since {run.since:%d %b, %H:%M} UTC is being compared."


def plan_nightly(*, at: datetime) -> int:
    """
    Start the run of each store whose time of night has come and that had none since. Returns how many.

    A store that cannot be asked is written down as skipped once, not every night.
    """
    started = 0
    for store in Store.objects.filter(platform__in=settings.SHOP_CLIENTS).order_by("pk"):
        last = ReconcileRun.objects.filter(store=store).order_by("-created_at").first()
        if last and (last.state == State.OPEN or last.created_at >= _night(store, at)):
            continue
        if last and last.state == State.SKIPPED and last.words == why_no_client(store):
            continue
        try:
            start_run(store=store, at=at)
        except AlreadyRunning:
            continue
        started += 1
    return started


def _night(store: Store, at: datetime) -> datetime:
    """Return the last time, at or before `at`, at which the store's night run was due."""
    # In UTC: clocks that are put forward at two leave no 2:30 to compare with.
    today = at.astimezone(store.zone).replace(hour=NIGHT, minute=0, second=0, microsecond=0, fold=0)
    nights = (today.astimezone(UTC), (today - timedelta(days=1)).astimezone(UTC))
    offset = timedelta(minutes=crc32(store.slug.encode()) % SPREAD_MINUTES)
    return next((night + offset for night in nights if night + offset <= at), nights[-1])


# --- the worker
def reconcile_due(*, at: datetime, run_id: int | None = None) -> int:
    """
    Claim one run that is due (`run_id`: only that one) and deal with one page of it. Must run outside a
    transaction. Returns 1, or 0 when none is due.
    """
    open_ = ReconcileRun.objects.filter(state=State.OPEN)
    if run_id is not None:
        open_ = open_.filter(pk=run_id)
    for run in claims.claim(open_, at=at, limit=1, lease=LEASE):
        step = _Step(run, Store.objects.get(pk=run.store_id), at)
        try:
            _go_on(step)
        except Exception as exc:  # a fault of ours: tried again, not for ever
            log.exception("reconcile run %s", run.pk)
            _put_off(step, claims.words(exc))
        return 1
    return 0


def _go_on(step: _Step) -> None:
    run, store, at = step.run, step.store, step.at
    if run.attempts > MAX_ATTEMPTS:
        finish(run, State.FAILED, f"Given up after {MAX_ATTEMPTS} tries. {run.last_error}", at=at)
        return
    client = client_of(store)
    if client is None:
        finish(run, State.SKIPPED, why_no_client(store), at=at)
        return
    if store.api_resume_at and store.api_resume_at > at:
        claims.settle(run, due_at=store.api_resume_at, attempts=F("attempts") - 1)
        return
    stage = run.stage or step.stages(client)[0]
    try:
        facts, cursor = _ask(step, client, stage)
    except ShopError as exc:
        note_failure(store, exc, at=at)
        _refused(step, client, stage, exc)
        return
    note_success(store)
    for fact in facts:
        examine(run, store, fact, at=at)
    _settle(step, client, stage, cursor, len(facts))


def _refused(step: _Step, client: ShopClient, stage: str, exc: ShopError) -> None:
    """Go on after a page that was not to be had: later, with the next list, or not at all."""
    run, at = step.run, step.at
    if not exc.permanent:
        _put_off(step, str(exc), exc.retry_after)
    elif exc.denied:
        finish(run, State.FAILED, str(exc), at=at)
    elif run.cursor and stage != LOOK_BACK and not run.last_error.startswith(LOST_PLACE):
        # The shop does not know any more where we were in its list. Once from its beginning.
        claims.settle(run, due_at=at, cursor="", last_error=f"{LOST_PLACE} {exc}"[:2000])
    else:  # this list we may not see: the others we may
        _note(run, Verdict(Kind.OTHER, stage, What.UNREADABLE), at, words=str(exc))
        unseen = run.findings.filter(kind=Kind.OTHER, what=What.UNREADABLE, external_id__in=client.pulls)
        if unseen.count() == len(client.pulls):  # then nothing was compared: the next run begins here too
            finish(run, State.FAILED, f"None of its lists could be read. {exc}", at=at)
        else:
            _settle(step, client, stage, "", 0)


def _put_off(step: _Step, words: str, seconds: float | None = None) -> None:
    """Try again later; a wait that the shop asked for is no failed try."""
    run, at = step.run, step.at
    if at - run.created_at > GIVE_UP:
        finish(run, State.FAILED, f"Given up after a day. {words}", at=at)
    elif seconds:
        later = at + timedelta(seconds=seconds)
        claims.settle(run, due_at=later, attempts=F("attempts") - 1, last_error=words[:2000])
    else:
        later = claims.backoff(run.attempts, at=at, first=timedelta(minutes=1))
        claims.settle(run, due_at=later, last_error=words[:2000])


def _settle(step: _Step, client: ShopClient, stage: str, cursor: str, seen: int) -> None:
    """Write down how far the run has come; at its end, close it."""
    run, at = step.run, step.at
    stages = step.stages(client)
    if not cursor:
        here = stages.index(stage)
        stage = stages[here + 1] if here + 1 < len(stages) else ""
    progress = {
        "stage": stage,
        "cursor": cursor,
        "pages": F("pages") + 1,
        "seen": F("seen") + seen,
        "attempts": 0,
        # That a list was begun again is remembered to its end: it is done once.
        "last_error": run.last_error if cursor and run.last_error.startswith(LOST_PLACE) else "",
    }
    if not stage:
        finish(run, State.DONE, "", at=at, **progress)
    elif run.pages + 1 >= MAX_PAGES:
        finish(
            run,
            State.STOPPED,
            f"Stopped after {MAX_PAGES:,} pages: the next comparison goes on there.",
            at=at,
            **progress,
        )
    else:
        claims.settle(run, due_at=at, **progress)


# --- pages
def _ask(step: _Step, client: ShopClient, stage: str) -> tuple[Sequence[Fact], str]:
    """Ask the shop for the next page (network). Returns the facts on it, and where the next one starts."""
    run = step.run
    if stage == LOOK_BACK:
        return _look_back(step, client)
    page: Page = client.changed(stage, since=run.since, until=run.until, cursor=run.cursor)
    return page.facts, page.cursor


def _look_back(step: _Step, client: ShopClient) -> tuple[Sequence[Fact], str]:
    """
    Ask for orders that are here: the new ones, for what was deleted; and those with refunds, where the shop
    tells nobody that one was deleted.

    What is not there is believed to be gone only when the shop has at least as many of the others: it might
    be another shop.
    """
    orders = list(_worth_a_look(step.run, client)[:LOOKED_AT])
    found = client.fetch_orders([order.external_id for order in orders])
    facts = [fact for order in orders for fact in found.get(order.external_id, ())]
    absent = [
        order.external_id
        for order in orders
        if found.get(order.external_id) == () and order.placed_at >= step.at - GONE_WITHIN
    ]
    if len(absent) <= sum(1 for told in found.values() if told):
        facts += [RemovedData(Removable.ORDER, external_id, at=step.at) for external_id in absent]
    else:
        facts += [Unreadable(OTHER_SHOP, kind="order", external_id=external_id) for external_id in absent]
    return facts, str(orders[-1].pk) if len(orders) == LOOKED_AT else ""


def _worth_a_look(run: ReconcileRun, client: ShopClient) -> QuerySet[Order]:
    new = Q(placed_at__gte=run.since, placed_at__lte=run.until)
    given_back = OrderRefund.objects.filter(
        order=OuterRef("pk"), removed_at=None, made_at__gte=run.until - REFUNDS_BACK
    )
    wanted = new if client.tells_removed_refunds else new | Q(Exists(given_back))
    orders = Order.objects.filter(store=run.store_id, removed_at=None, pk__gt=int(run.cursor or 0))
    # What came by file from elsewhere was never in this shop.
    by_file = OrderLine.objects.filter(order=OuterRef("pk"), external_id__startswith="file:")
    return orders.filter(wanted).exclude(Exists(by_file)).order_by("pk")


# --- one thing
def examine(run: ReconcileRun, store: Store, fact: Fact, *, at: datetime) -> None:
    """Compare one thing, repair it and write down what was found, in one transaction."""
    try:
        with transaction.atomic():
            _examine(run, store, fact, at)
    except (InterfaceError, OperationalError):
        raise
    except Missing as exc:
        _note(run, _named(store, fact), at, words=exc.words)
    except Exception as exc:  # one thing must not cost the others
        log.exception("reconcile run %s: one thing could not be recorded", run.pk)
        words = str(exc) if isinstance(exc, BadPayload) else type(exc).__name__
        _note(run, _named(store, fact), at, words=f"It could not be recorded: {words}")


def _examine(run: ReconcileRun, store: Store, fact: Fact, at: datetime) -> None:
    if isinstance(fact, Unreadable):
        _note(run, _named(store, fact), at, words=fact.reason)
        return
    if isinstance(fact, Ignored):
        return
    verdicts = compare(store, fact)
    if isinstance(fact, RemovedData):
        verdicts = [Verdict(Kind.ORDER, fact.external_id, What.GONE)]
    insists = bool(verdicts) and verdicts[0].what == What.DIFFERS
    told = filled_up(store, insisting(fact) if insists else fact)
    record_fact(told, Teller(store, store.platform, at, at))
    still = {verdict.external_id for verdict in compare(store, fact) if verdict.what}
    for verdict in verdicts:
        if verdict.what:
            _note(run, verdict, at, repaired=verdict.external_id not in still)


def _named(store: Store, fact: Fact) -> Verdict:
    """Return what to call a thing that could not be compared."""
    if isinstance(fact, Unreadable):
        kind = fact.kind.upper() if fact.kind.upper() in Kind.values else Kind.OTHER
        return Verdict(kind, fact.external_id, What.UNREADABLE)
    about = next(iter(compare(store, fact)), Verdict(Kind.OTHER, ""))
    return Verdict(about.kind, about.external_id, What.UNREADABLE)


def _note(
    run: ReconcileRun, about: Verdict, at: datetime, *, repaired: bool = False, words: str = ""
) -> None:
    ReconcileFinding.objects.bulk_create(
        [
            ReconcileFinding(
                run=run,
                kind=about.kind,
                external_id=about.external_id[:130],
                what=about.what,
                differed=list(about.differed),
                repaired=repaired,
                words=words[:500],
                found_at=at,
            )
        ],
        ignore_conflicts=True,
    )
