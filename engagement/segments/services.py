"""
Segments kept: who is in, since when, and what the stream hears of it.

A segment by rules is evaluated every quarter of an hour. The first time, and the first time after its rule
was changed, nobody is told of: thousands who were long what the rule says did not become it today.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import OperationalError, connection, transaction

from config.lib import claims
from customers.models import Customer, Store
from customers.worker import wake
from engagement.models import Campaign, Journey, Membership, Segment
from engagement.segments import compile
from engagement.segments.rules import BadRule, parse, segments_in
from engagement.segments.telling import WORK, array, batched, tell, wake_askers

log = logging.getLogger(__name__)

EVERY = timedelta(minutes=15)
LEASE = timedelta(minutes=15)  # millions may enter at once
SAMPLE = 10
PATIENCE_MS = 5_000
AT_ONCE = 5_000
MEMBERS = "SELECT customer_id FROM engagement_membership WHERE segment_id = %s"


class NotThatKind(ValueError):
    """A list was asked for what only rules do, or the other way round."""


class InUse(ValueError):
    """A segment cannot go: something still uses it. The text says what."""


# --- by rules ---
def evaluate_due(*, at: datetime) -> int:
    """Evaluate one segment that is due at `at`. Returns 1, or 0 when none is due."""
    claimed = claims.claim(Segment.objects.filter(kind=Segment.Kind.RULES), at=at, limit=1, lease=LEASE)
    for segment in claimed:
        if segment.archived_at is not None:
            claims.settle(segment, due_at=None, attempts=0)
            continue
        try:
            _evaluate(segment, at)
        except Exception as exc:
            log.exception("segment %s could not be evaluated", segment.pk)
            again = claims.backoff(segment.attempts, at=at)
            claims.settle(segment, due_at=again, last_error=claims.words(exc))
    return len(claimed)


def _evaluate(segment: Segment, at: datetime) -> None:
    """Bring the members of a claimed segment in step with its rule, in one transaction. Raises: BadRule."""
    known = segment.evaluated_at is not None  # who came since is news
    keys = compile.keys(segment.rule, store=segment.store, at=at)
    with transaction.atomic():
        entered, left = _enter(segment, keys, at), _leave(segment, keys)
        if known:
            tell(segment, entered, left, at)
        held = claims.settle(
            segment,
            due_at=at + EVERY,
            attempts=0,
            last_error="",
            evaluated_at=at,
            count=Membership.objects.filter(segment=segment).count(),
        )
        if not held:  # changed, or taken over, meanwhile: all of this was for a rule that is no more
            transaction.set_rollback(True)
            return
        if entered or left:
            wake_askers(segment, at)


def _sql(keys: Any) -> tuple[str, tuple[Any, ...]]:
    """Return a flat query of keys as SQL; one that can find nobody is one that finds nobody."""
    try:
        return keys.query.get_compiler(connection=connection).as_sql()  # type: ignore[no-any-return]
    except EmptyResultSet:
        return "SELECT id FROM customers_customer WHERE 1 = 0", ()


def _enter(segment: Segment, keys: Any, at: datetime) -> list[int]:
    """
    Add who matches and is not in yet. Returns their keys.

    Read and write are two statements: a plan made while the table was empty would look through what it
    inserts itself, once per row. The first time there is nothing to compare with, and one statement does it.
    """
    sql, params = _sql(keys)
    now = connection.ops.adapt_datetimefield_value(at)
    mine = Membership.objects.filter(segment=segment)
    with connection.cursor() as cursor:
        if not mine.exists():
            cursor.execute(
                "INSERT INTO engagement_membership (segment_id, customer_id, entered_at) "  # noqa: S608 (the ORM's SQL)
                f"SELECT %s, found.*, %s FROM ({sql}) AS found WHERE true "
                "ON CONFLICT DO NOTHING RETURNING customer_id",
                [segment.pk, now, *params],
            )
            return [row[0] for row in cursor.fetchall()]
        cursor.execute(f"{sql} EXCEPT {MEMBERS}", [*params, segment.pk])
        entered = [row[0] for row in cursor.fetchall()]
    rows = (Membership(segment=segment, customer_id=pk, entered_at=at) for pk in entered)
    for some in batched(rows, AT_ONCE):
        Membership.objects.bulk_create(some, ignore_conflicts=True)
    return entered


def _leave(segment: Segment, keys: Any) -> list[int]:
    """Remove who does not match any more. Returns their keys."""
    sql, params = _sql(keys)
    with connection.cursor() as cursor:
        cursor.execute(f"{MEMBERS} EXCEPT {sql}", [segment.pk, *params])
        left = [row[0] for row in cursor.fetchall()]
    for some in batched(left, AT_ONCE):
        Membership.objects.filter(segment=segment, customer_id__in=array(some)).delete()
    return left


def check(rule: Any, *, segment: Segment | None = None) -> None:
    """
    Refuse what must not be saved as the rule of `segment` (None: a new one). Raises: BadRule, also for
    segments that do not exist, and for those that ask about this one, in however many steps.
    """
    wanted = segments_in(parse(rule))
    known = {str(row.public_id): row for row in Segment.objects.only("public_id", "rule", "name")}
    seen: set[str] = set()
    while wanted:
        public_id = wanted.pop()
        found = known.get(public_id)
        if found is None:
            raise BadRule("It asks about a segment that does not exist.")
        if segment is not None and found.pk == segment.pk:
            raise BadRule("It asks about itself, straight or through another segment.")
        if public_id not in seen:
            seen.add(public_id)
            wanted |= segments_in(parse(found.rule))


@transaction.atomic
def save_rule(*, segment: Segment, rule: Any, at: datetime) -> None:
    """
    Give a segment by rules (new or not) another rule and have it evaluated. Raises: BadRule, NotThatKind.

    Who enters or leaves by the change itself is not told of.
    """
    if segment.kind != Segment.Kind.RULES:
        raise NotThatKind("A list has no rule.")
    check(rule, segment=segment if segment.pk else None)
    segment.rule = rule
    segment.evaluated_at = None
    segment.due_at = None if segment.archived_at else at
    segment.claim = segment.leased_until = None  # whoever evaluates the old rule settles nothing
    segment.attempts, segment.last_error = 0, ""
    segment.save()
    wake(WORK)


def count(rule: Any, *, at: datetime, store: Store | None = None) -> int:
    """Return how many customers a rule holds of. Raises: BadRule."""
    return compile.keys(rule, store=store, at=at).count()


def sample(rule: Any, *, at: datetime, store: Store | None = None, number: int = SAMPLE) -> list[Customer]:
    """Return the newest customers a rule holds of, at most `number`. Raises: BadRule."""
    return list(compile.customers(rule, store=store, at=at).order_by("-pk")[:number])


@dataclass(frozen=True)
class Glance:
    """What a look at a rule shows: how many (None: it took too long to count), and some of them."""

    count: int | None
    sample: list[Customer]


def glance(rule: Any, *, at: datetime, store: Store | None = None) -> Glance:
    """
    Count and show some of those a rule holds of, for whoever is writing it; gives up after some seconds
    (PostgreSQL). Raises: BadRule.
    """
    try:
        with transaction.atomic():
            if connection.vendor == "postgresql":
                with connection.cursor() as cursor:
                    cursor.execute(f"SET LOCAL statement_timeout = {PATIENCE_MS}")
            return Glance(count(rule, at=at, store=store), sample(rule, at=at, store=store))
    except OperationalError:  # cancelled for taking too long
        return Glance(None, [])


@transaction.atomic
def look_again(*, segment: Segment, at: datetime) -> None:
    """Make a segment by rules due now. Raises: NotThatKind."""
    if segment.kind != Segment.Kind.RULES:
        raise NotThatKind("A list has no rule.")
    Segment.objects.filter(pk=segment.pk, archived_at=None).update(due_at=at)
    wake(WORK)


# --- what uses it ---
def uses(segment: Segment) -> list[str]:
    """Return in words what would miss a segment: campaigns that are not over, journeys, other segments."""
    over = (Campaign.State.DONE, Campaign.State.STOPPED)
    found = [
        f"Campaign “{name}”"
        for name in segment.campaigns.exclude(state__in=over).values_list("name", flat=True)
    ]
    public_id = str(segment.public_id)
    journeys = Journey.objects.exclude(state=Journey.State.STOPPED).select_related("live")
    for journey in journeys.order_by("name"):
        graphs = [journey.draft, journey.live.graph if journey.live else {}]
        if any(_listens(graph, segment) or public_id in str(graph) for graph in graphs):
            found.append(f"Journey “{journey.name}”")
    others = Segment.objects.filter(archived_at=None).exclude(pk=segment.pk).order_by("name")
    return found + [f"Segment “{one.name}”" for one in others if public_id in str(one.rule)]


def _listens(graph: Any, segment: Segment) -> bool:
    trigger = graph.get("trigger") or {} if isinstance(graph, dict) else {}
    return trigger.get("type") == "segment" and str(trigger.get("segment")) == str(segment.pk)


@transaction.atomic
def archive(*, segment: Segment, at: datetime) -> None:
    """Stop keeping a segment. Its members stay as they were; nobody is told. Raises: InUse."""
    used = uses(segment)
    if used:
        raise InUse(f"Still used by {', '.join(used)}.")
    Segment.objects.filter(pk=segment.pk).update(archived_at=at, due_at=None, updated_at=at)


@transaction.atomic
def restore(*, segment: Segment, at: datetime) -> None:
    """Keep an archived segment again. What changed meanwhile is not told of."""
    due = at if segment.kind == Segment.Kind.RULES else None
    rows = Segment.objects.filter(pk=segment.pk)
    rows.update(archived_at=None, due_at=due, updated_at=at)
    if due:
        rows.update(evaluated_at=None)
        wake(WORK)
