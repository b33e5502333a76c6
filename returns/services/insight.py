"""What returns teach a store: rates, costs, times, products that stand out, and the tasks made of them."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Case, Count, F, Q, QuerySet, Sum, Value, When

from customers.models import Store, User
from returns.insight import Finding, Tally, stand_out
from returns.models import ProductTask, Refund, Return, ReturnUnit
from returns.vocabulary import Disposition, Kind, Reason
from tracking.models import Label, OrderLine, Product, Variant

# What becomes of these units is a loss of what was paid for them.
LOST = (Disposition.DISPOSE, Disposition.DONATE, Disposition.LIQUIDATE)
# Goods are returned weeks after they were sold: what was sold in a period is counted with its returns since.
SIZES = (Reason.SIZE_TOO_SMALL, Reason.SIZE_TOO_LARGE)
SHOWN = 50
LOOKED_AT = timedelta(days=90)
# signal (services/risk.py) -> words
SIGNALS = {
    "inspection": "Something else came back before",
    "claims": "Many claims",
    "rate": "High rate of returns",
    "shared": "Shares address with other claims",
    "value": "High value",
}


@dataclass(frozen=True)
class Insight:
    """
    One store's returns of what was sold from `since` to `until`. Money in minor units of its currency.

    `reasons`: {reason: units}. `hours_to_refund`: median from the hand-over to the refund; None without any.
    `products`, `sizes`, `suppliers`: what was tested, the most telling first; names in `names`.
    """

    sold: int = 0
    returned: int = 0
    claimed: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)
    kept_minor: int = 0  # exchanged or credited instead of refunded
    refunded_minor: int = 0
    labels_minor: int = 0
    lost_minor: int = 0
    hours_to_refund: float | None = None
    products: tuple[Finding, ...] = ()
    sizes: tuple[Finding, ...] = ()
    suppliers: tuple[Finding, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def rate(self) -> float | None:
        """Units returned of units sold; None when nothing was sold."""
        return self.returned / self.sold if self.sold else None

    @property
    def cost_minor(self) -> int:
        """What returns cost beside the money that went back: labels, and goods that were lost."""
        return self.labels_minor + self.lost_minor


def insight_of(store: Store, *, since: datetime, until: datetime) -> Insight:
    """Return what the returns of units sold between two aware times teach. A dozen queries in all."""
    lines = _sold(store, since, until)
    units = _units(store, since, until)
    came = units.filter(ret__kind=Kind.RETURN)
    sums = units.aggregate(
        returned=Count("pk", filter=Q(ret__kind=Kind.RETURN)),
        claimed=Count("pk", filter=Q(ret__kind=Kind.CLAIM)),
        lost=Sum(_lost(), filter=Q(line__order__currency=store.currency)),
        kept=Sum(
            "value_minor", filter=Q(outcome__in=("EXCHANGE", "CREDIT"), line__order__currency=store.currency)
        ),
    )
    products = _tested(lines, came, "product")
    sizes = _tested(lines, came.filter(reason__in=SIZES), "variant")
    return Insight(
        sold=lines.aggregate(units=Sum("ordered_quantity"))["units"] or 0,
        returned=sums["returned"],
        claimed=sums["claimed"],
        reasons=dict(units.order_by().values_list("reason").annotate(n=Count("pk")).order_by("-n")),
        kept_minor=sums["kept"] or 0,
        refunded_minor=_refunded(store, since, until),
        labels_minor=_labels(store, since, until),
        lost_minor=sums["lost"] or 0,
        hours_to_refund=_hours(store, since, until),
        products=products,
        sizes=sizes,
        suppliers=_tested(lines.exclude(vendor=""), came.exclude(line__vendor=""), "vendor"),
        names=_names(products, sizes),
    )


def open_tasks(store: Store, *, since: datetime, until: datetime, at: datetime) -> list[ProductTask]:
    """
    Make a task of every product (or size) that stands out and has none open. Asked again it makes no second
    one. Returns: the new ones.
    """
    found = insight_of(store, since=since, until=until)
    made = [_task(store, finding, "", at) for finding in found.products if finding.counts and finding.work]
    for finding in found.sizes:
        if finding.counts:
            made.append(_task(store, finding, found.names.get(f"size:{finding.tally.group}", ""), at))
    return [task for task in made if task is not None]


def find_tasks(*, at: datetime) -> int:
    """Make the tasks of every store from what it sold in the last 90 days. Returns how many are new."""
    stores = Store.objects.order_by("pk")
    return sum(len(open_tasks(store, since=at - LOOKED_AT, until=at, at=at)) for store in stores)


def risk_of(store: Store, *, since: datetime, until: datetime) -> list[tuple[str, int]]:
    """Return how often each signal of misuse was seen on what was asked for then, as (words, count)."""
    rows = Return.objects.filter(store=store, requested_at__gte=since, requested_at__lt=until)
    odd = rows.exclude(risk=[])
    counted = Counter(code for risk in odd.values_list("risk", flat=True) for code, _words in risk)
    return [
        ("Returns and claims", rows.count()),
        ("With a signal", sum(1 for risk in odd.values_list("risk", flat=True) if risk)),
        ("Refunds held now", rows.filter(refund_held=True).count()),
        ("Claims", rows.filter(kind=Kind.CLAIM).count()),
        *((SIGNALS.get(code, code), count) for code, count in counted.most_common()),
    ]


def end_task(task: ProductTask, *, state: str, by: User, note: str, at: datetime) -> bool:
    """Close a task (DONE or DISMISSED) with a person's words. Returns False when it was closed before."""
    words = f"{task.note}\n{at:%Y-%m-%d} {by}: {note}".strip() if note else task.note
    rows = ProductTask.objects.filter(pk=task.pk, state=ProductTask.State.OPEN)
    return bool(rows.update(state=state, ended_at=at, note=words))


# --- what was sold, and what came back of it
def _sold(store: Store, since: datetime, until: datetime) -> QuerySet[OrderLine]:
    rows = OrderLine.objects.filter(order__store=store, gift_card=False, requires_shipping=True)
    return rows.filter(order__placed_at__gte=since, order__placed_at__lt=until, order__cancelled_at=None)


def _units(store: Store, since: datetime, until: datetime) -> QuerySet[ReturnUnit]:
    mine = ReturnUnit.objects.filter(ret__store=store, active=True)
    return mine.filter(line__order__placed_at__gte=since, line__order__placed_at__lt=until)


def _lost() -> Case:
    gone = Q(disposition__in=LOST) | Q(keep=True)
    return Case(When(gone, then=F("value_minor") - F("deduction_minor")), default=Value(0))


def _tested(lines: QuerySet[OrderLine], units: QuerySet[ReturnUnit], by: str) -> tuple[Finding, ...]:
    """Return the tested tallies of units by product, variant or vendor. Bundles count as what was sold."""
    name = by if by == "vendor" else f"{by}_id"
    sold = _counted(lines, name, Sum("ordered_quantity"))
    back = units.exclude(**{f"line__{by}": None}).order_by().values_list(f"line__{name}", "reason")
    returned = {
        (str(group), reason): (count, cost or 0)
        for group, reason, count, cost in back.annotate(
            units=Count(F("line") * 1_000_000 + F("index"), distinct=True), cost=Sum(_lost())
        )
    }
    reasons = {reason for _, reason in returned}
    tallies = [
        Tally(group, reason, units_sold, *returned.get((group, reason), (0, 0)))
        for reason in reasons
        for group, units_sold in sold.items()
    ]
    return tuple(stand_out(tallies)[:SHOWN])


def _counted(rows: QuerySet[Any], name: str, count: Any) -> dict[str, int]:
    found = rows.exclude(**{name: None}).order_by().values_list(name).annotate(units=count)
    return {str(group): units or 0 for group, units in found}


def _names(products: Iterable[Finding], sizes: Iterable[Finding]) -> dict[str, str]:
    """Return {group: words} for products; sizes by their variant's id."""
    titles = Product.objects.filter(pk__in=[each.tally.group for each in products])
    variants = Variant.objects.filter(pk__in=[each.tally.group for each in sizes])
    named = {f"product:{pk}": title for pk, title in titles.values_list("pk", "title")}
    for pk, product, title in variants.values_list("pk", "product__title", "title"):
        named[f"size:{pk}"] = f"{product} · {title}" if title else product
    return named


# --- money and time
def _of(store: Store, since: datetime, until: datetime) -> dict[str, Any]:
    return {"order__store": store, "order__placed_at__gte": since, "order__placed_at__lt": until}


def _refunded(store: Store, since: datetime, until: datetime) -> int:
    rows = Refund.objects.filter(**_of(store, since, until), currency=store.currency)
    done = rows.filter(state=Refund.State.SUCCEEDED).exclude(provider=Refund.Provider.CREDIT)
    return done.aggregate(sum=Sum("amount_minor"))["sum"] or 0


def _labels(store: Store, since: datetime, until: datetime) -> int:
    rows = Label.objects.filter(**_of(store, since, until), direction=Label.Direction.RETURN)
    bought = rows.filter(currency=store.currency, state=Label.State.BOUGHT)
    return bought.aggregate(sum=Sum("cost_minor"))["sum"] or 0


def _hours(store: Store, since: datetime, until: datetime) -> float | None:
    """Median hours from the first scan (or the approval, where nothing was sent) to the first refund."""
    rows = Return.objects.filter(**_of(store, since, until)).exclude(source=Return.Source.WAREHOUSE)
    done = rows.filter(refunds__state=Refund.State.SUCCEEDED)
    spans: dict[int, timedelta] = {}
    told = done.order_by("refunds__settled_at").values_list(
        "pk", "handed_over_at", "approved_at", "refunds__settled_at"
    )
    for pk, handed_over, approved, settled in told.iterator(chunk_size=2000):
        begun = handed_over or approved
        if begun and settled:
            spans.setdefault(pk, settled - begun)
    return median(span.total_seconds() for span in spans.values()) / 3600 if spans else None


# --- tasks
def _task(store: Store, finding: Finding, size: str, at: datetime) -> ProductTask | None:
    tally = finding.tally
    product = (
        Variant.objects.select_related("product").get(pk=tally.group).product
        if size
        else Product.objects.get(pk=tally.group)
    )
    label = size.partition(" · ")[2] if size else ""
    known = {"product": product, "reason": tally.reason, "size": label}
    if ProductTask.objects.filter(**known, state=ProductTask.State.OPEN).exists():
        return None
    facts = {
        "returned": tally.returned,
        "sold": tally.sold,
        "rate": round(finding.rate, 4),
        "baseline": round(finding.baseline, 4),
        "p": finding.p,
        "cost_minor": tally.cost_minor,
    }
    try:
        with transaction.atomic():
            return ProductTask.objects.create(
                **known, store=store, work=finding.work, facts=facts, opened_at=at
            )
    except IntegrityError:  # made at this very moment by somebody else
        return None
