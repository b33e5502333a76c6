"""A body's items, line by line, as wishes for single units, and what stands in their way."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rest_framework.exceptions import ValidationError

from customers.api.errors import ApiProblem
from returns.services.assess import Assessment, Item, assess
from returns.services.moves import settings_of
from returns.services.quoting import Quoted, quote_for
from returns.services.refusals import Refused, check, check_door
from returns.vocabulary import Kind, Outcome
from returns.wishes import Wish
from tracking.models import Order, Variant

# What was right once, or may become so: the body needs no correction, things have moved on.
MOVED_ON = frozenset(
    {"closed", "nothing_left", "not_yet", "no_stock", "disabled", "cancelled", "over_quantity"}
    | {"make_good", "on_its_way", "ordered", "refunded", "too_late"}
)


@dataclass(frozen=True)
class Obstacle:
    """
    Why something cannot come back as asked. `item`: its place in the body, None for all of it; `field`: of
    the item, '' for all of it; `code`: for machines, `words`: for the shopper.
    """

    item: int | None
    code: str
    words: str
    field: str = ""


@dataclass(frozen=True)
class Asked:
    """
    What a body asks for. `wishes` with `items`, the place of each one's item; `quoted` is None when there is
    nothing to quote. `obstacles`: none, it could be made.
    """

    assessment: Assessment
    wishes: tuple[Wish, ...]
    items: tuple[int, ...]
    quoted: Quoted | None
    obstacles: tuple[Obstacle, ...]


def asked_for(
    items: Sequence[dict[str, Any]], order: Order, *, kind: str, method: str, at: datetime
) -> Asked:
    """
    Judge validated items of an order as of `at`. Writes nothing. Raises ValidationError for lines, parts and
    variants that do not exist.
    """
    _check_lines(items, order)
    lines = {line.external_id: line.pk for line in order.lines.all()}
    reasons = {lines[item["line"]]: item["reason"] for item in items}
    assessment = assess(order, at=at, reasons=reasons, kind=kind)
    wishes, places, short = _wishes(items, order, assessment)
    if not wishes:
        return Asked(assessment, (), (), None, tuple(short))
    quoted = quote_for(order, wishes, method=method, at=at, kind=kind)
    place_of = {wish.key: place for wish, place in zip(wishes, places, strict=True)}
    found = [
        Obstacle(place_of.get(problem.key), problem.code, problem.words)
        for problem in quoted.problems
        if problem.code != "photo"  # nobody can send pictures here: a person decides
    ]
    obstacles = [*short, *dict.fromkeys(found)]
    if not obstacles:
        obstacles = _what_else(quoted, wishes, method=method, kind=kind)
    return Asked(assessment, tuple(wishes), tuple(places), quoted, tuple(obstacles))


def _what_else(quoted: Quoted, wishes: Sequence[Wish], *, method: str, kind: str) -> list[Obstacle]:
    """Return what only counts when a return is written: the store's door, reasons, stock."""
    order = quoted.assessment.order
    try:
        check_door(order, settings_of(order.store), gift=False, staff=False)
        check(quoted, wishes, method=method, kind=kind, photoless=True)
    except Refused as exc:
        return [Obstacle(None, exc.code, exc.words)]
    return []


def refuse(obstacles: Iterable[Obstacle]) -> None:
    """
    Refuse what cannot be had. Raises ValidationError naming the items; ApiProblem 409 where nothing is wrong
    with the body but things have moved on.
    """
    rows = list(obstacles)
    if not rows:
        return
    wrong = [row for row in rows if row.code not in MOVED_ON or row.field]
    if not wrong:
        raise ApiProblem("conflict", "; ".join(f"{_place_name(row)}{row.words}" for row in rows))
    whole = [row.words for row in wrong if row.item is None]
    if whole:
        raise ValidationError({"items": whole})
    told: list[dict[str, list[str]]] = [{} for _ in range(max(row.item or 0 for row in wrong) + 1)]
    for row in wrong:
        told[row.item or 0].setdefault(row.field or "non_field_errors", []).append(row.words)
    raise ValidationError({"items": told})


def _place_name(row: Obstacle) -> str:
    return "" if row.item is None else f"items.{row.item}: "


# --- from lines to units
def _check_lines(items: Sequence[dict[str, Any]], order: Order) -> None:
    known = {line.external_id for line in order.lines.all()}
    told = [
        {} if item["line"] in known else {"line": [f"The order has no line “{item['line']}”."]}
        for item in items
    ]
    if any(told):
        raise ValidationError({"items": told})


def _wishes(
    items: Sequence[dict[str, Any]], order: Order, assessment: Assessment
) -> tuple[list[Wish], list[int], list[Obstacle]]:
    """Return wishes for the next units that are free, the item of each, and what cannot be had."""
    taken: dict[tuple[int, int], int] = defaultdict(int)
    wishes: list[Wish] = []
    places: list[int] = []
    short: list[Obstacle] = []
    kind = assessment.judge.kind
    for number, item in enumerate(items):
        place = _place(number, item, assessment.items)
        variant = _variant(number, item, order, kind)
        key = (place.line.pk, place.part.pk if place.part else 0)
        free = place.free[taken[key] : taken[key] + item["quantity"]]
        taken[key] += item["quantity"]
        if not place.free:
            short.append(Obstacle(number, place.verdict.code, place.verdict.words))
        elif len(free) < item["quantity"]:
            words = f"{len(place.free)} can come back; {taken[key]} are asked for."
            short.append(Obstacle(number, "over_quantity", words, field="quantity"))
        wishes += [_wish(item, place, unit, variant) for unit in free]
        places += [number] * len(free)
    return wishes, places, short


def _wish(item: dict[str, Any], place: Item, unit: tuple[int, int], variant: Variant | None) -> Wish:
    return Wish(
        line_id=place.line.pk,
        index=unit[0],
        part_id=place.part.pk if place.part else None,
        part_index=unit[1],
        reason=item["reason"],
        outcome=item["outcome"],
        words=item["words"],
        variant_id=variant.pk if variant else None,
    )


def _place(number: int, item: dict[str, Any], places: Sequence[Item]) -> Item:
    own = [place for place in places if place.line.external_id == item["line"]]
    for place in own:
        if (place.part.part.external_id if place.part else "") == item["part"]:
            return place
    parts = ", ".join(place.part.part.external_id for place in own if place.part)
    words = f"Name one of its parts: {parts}." if parts else "This line has no parts."
    raise ValidationError({"items": [*({} for _ in range(number)), {"part": [words]}]})


def _variant(number: int, item: dict[str, Any], order: Order, kind: str) -> Variant | None:
    wanted = item["exchange_for"]
    if item["outcome"] != Outcome.EXCHANGE or (kind == Kind.CLAIM and not wanted):
        return None
    rows = Variant.objects.filter(store=order.store_id, external_id=wanted, removed_at=None)
    found = rows.first() if wanted else None
    if found is None:
        told = {"exchange_for": ["The store has no such variant to send."]}
        raise ValidationError({"items": [*({} for _ in range(number)), told]})
    return found
