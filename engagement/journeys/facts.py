"""
Rules asked of runs: what the event and the order know is settled in Python, the rest is one query per rule
that is left (engagement/segments).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engagement.models import Enrolment
from engagement.segments.compile import which
from engagement.segments.facts import EVENT
from engagement.segments.rules import ALL, Rule, leaves, parse
from engagement.segments.settling import settle
from tracking.models import Order, OrderLine


@dataclass(frozen=True)
class Asked:
    """Of whom a rule is asked: ids (None: nobody, no order) and what the event carries."""

    customer_id: int | None = None
    order_id: int | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


def asked_of(run: Enrolment) -> Asked:
    """Return a run as what rules are asked of; its event is loaded with it, or its context stands in."""
    data = run.event.data if run.event_id and run.event else {}
    return Asked(run.customer_id, run.order_id, {**run.context.get("data", {}), **data})


def holding(rule: Mapping[str, Any] | None, asked: Sequence[Asked], *, at: datetime) -> list[bool]:
    """
    Say for each of `asked` whether `rule` holds at `at`. A few queries, however many are asked. What is asked
    of a customer holds of nobody where none is known.

    Raises: BadRule.
    """
    wanted = parse(rule, run=True)
    if wanted == ALL:
        return [True] * len(asked)
    needs_orders = any(leaf.fact.run and not leaf.fact.name.startswith(EVENT) for leaf in leaves(wanted))
    orders = _orders({one.order_id for one in asked if one.order_id}) if needs_orders else {}
    left: dict[str, tuple[Rule, set[int]]] = {}
    answers: list[bool | str] = []
    for one in asked:
        known = {f"{EVENT}{name}": value for name, value in one.data.items()}
        answer = settle(wanted, {**known, **orders.get(one.order_id or 0, {})}, at=at)
        if isinstance(answer, bool) or one.customer_id is None:
            answers.append(answer is True)
            continue
        name = repr(answer)
        left.setdefault(name, (answer, set()))[1].add(one.customer_id)
        answers.append(name)
    found = {name: which(rest, ids, at=at) for name, (rest, ids) in left.items()}
    return [
        answer if isinstance(answer, bool) else one.customer_id in found[answer]
        for answer, one in zip(answers, asked, strict=True)
    ]


def _orders(pks: set[int]) -> dict[int, dict[str, Any]]:
    """Return what can be asked of orders, by their key. Two queries."""
    lines: dict[int, list[OrderLine]] = {}
    for line in OrderLine.objects.filter(order_id__in=pks).select_related("product"):
        lines.setdefault(line.order_id, []).append(line)
    return {pk: _order(order, lines.get(pk, [])) for pk, order in Order.objects.in_bulk(pks).items()}


def _order(order: Order, lines: Sequence[OrderLine]) -> dict[str, Any]:
    products = [line.product for line in lines if line.product]
    return {
        "order.total_minor": order.total_minor,
        "order.currency": order.currency,
        "order.country": str(order.ship_to.get("country") or ""),
        "order.language": order.language,
        "order.status": order.status,
        "order.items": sum(line.quantity for line in lines),
        "order.discounted": order.discount_minor > 0,
        "order.placed_at": order.placed_at,
        "order.tag": list(order.tags),
        "order.product_type": [product.product_type for product in products],
        "order.product_tag": [tag for product in products for tag in product.tags],
        "order.sku": [line.sku for line in lines],
    }
