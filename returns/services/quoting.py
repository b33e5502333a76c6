"""What a wished return would come to, by the policy and the order's money as they stand at a moment."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from statistics import median_low

from django.utils.translation import gettext as _

from returns.models import Refund, Return, ReturnUnit
from returns.pieces import Piece, lines_of, pieces_of, units_in
from returns.policy.base import Verdict
from returns.quote import Quote, QuoteUnit, quote, share
from returns.services import ledger
from returns.services.assess import Assessment, Item, assess
from returns.states import OPEN
from returns.vocabulary import OUR_FAULT, Kind, Method, Outcome
from returns.wishes import Wish, unit_key
from tracking.models import Label, Order, OrderLine, OrderRefund, ShopAction, Variant
from tracking.services.parcel_worth import paid_for
from tracking.services.refundable import bare, left_to_refund

LABELS_LOOKED_AT = 20
# Ways back for which we buy a label.
LABELLED = frozenset({Method.LABEL, Method.QR, Method.COLLECTION})


@dataclass(frozen=True)
class Problem:
    """Why a wish cannot be had. `code` for machines, `words` for the shopper, `key`: the unit, '' for all."""

    code: str
    words: str
    key: str = ""


@dataclass(frozen=True)
class Quoted:
    """
    A quote, what it was judged by, and why it cannot be had ([]: it can). `verdicts`, `pieces`, `keeps`: of
    each wished unit that exists, by its key.
    """

    quote: Quote
    assessment: Assessment
    problems: tuple[Problem, ...]
    verdicts: Mapping[str, Verdict]
    pieces: Mapping[str, Piece]
    keeps: Mapping[str, bool]


def quote_for(
    order: Order,
    wishes: Sequence[Wish],
    *,
    method: str,
    at: datetime,
    gift: bool = False,
    kind: str = Kind.RETURN,
    changing: int | None = None,
) -> Quoted:
    """
    Return what wishes come to at `at`, and what speaks against them. Needs the order's store.

    `changing`: primary key of the return that is being changed: its own units and sums count as free.
    """
    reasons = {wish.line_id: wish.reason for wish in wishes}
    assessment = assess(order, at=at, reasons=reasons, kind=kind, gift=gift)
    if changing:
        _free(assessment, changing)
    judge = assessment.judge
    pieces: dict[str, Piece] = {}
    verdicts: dict[str, Verdict] = {}
    keeps: dict[str, bool] = {}
    problems: list[Problem] = []
    new = _wanted_variants(order, wishes)
    for wish in wishes:
        piece = judge.pieces.get(wish.key)
        if piece is None:
            problems.append(Problem("unknown", _("This is not part of the order."), wish.key))
            continue
        if wish.key in pieces:
            problems.append(Problem("twice", _("The same item was chosen twice."), wish.key))
            continue
        verdict = judge.verdict(piece, wish.reason)
        pieces[wish.key], verdicts[wish.key] = piece, verdict
        keeps[wish.key] = kind == Kind.CLAIM or (verdict.keep if wish.keep is None else wish.keep)
        problems += _against(wish, verdict, method, kind, gift, new)
        instead = new.get(wish.variant_id or 0) if wish.outcome == Outcome.EXCHANGE else None
        if instead is not None and kind == Kind.RETURN and not has_price(piece, instead, order):
            words = _("This cannot be had in exchange. Please choose something else.")
            problems.append(Problem("variant", words, wish.key))
    if not wishes:
        problems.append(Problem("nothing", _("Choose at least one item.")))
    units = [
        _unit(wish, pieces[wish.key], verdicts[wish.key], keeps[wish.key], new, judge.material.pieces)
        for wish in {wish.key: wish for wish in wishes}.values()
        if wish.key in pieces
    ]
    lines = list({piece.line.pk: piece.line for piece in judge.material.pieces}.values())
    beside = ledger.exchanged(ReturnUnit.objects.filter(ret=changing)) if changing else 0
    made = quote(
        units,
        currency=order.currency,
        left_minor=left_to_refund(order) + beside,
        shipping_minor=shipping_left(order, lines, but=changing),
        label_cost_minor=label_cost(order) if method in LABELLED else 0,
        whole=_whole(order, pieces, judge.material.pieces, changing),
        gift=gift,
    )
    return Quoted(made, assessment, tuple(problems), verdicts, pieces, keeps)


def _free(assessment: Assessment, ret_id: int) -> None:
    """Let a return's own units be chosen anew."""
    rows = ReturnUnit.objects.filter(ret=ret_id, active=True)
    own = {unit_key(*row) for row in rows.values_list("line_id", "index", "part_id", "part_index")}
    judge = assessment.judge
    standing = {key: "" if key in own else why for key, why in judge.material.standing.items()}
    judge.material = replace(judge.material, standing=standing)


def _wanted_variants(order: Order, wishes: Sequence[Wish]) -> dict[int, Variant]:
    ids = {wish.variant_id for wish in wishes if wish.variant_id}
    rows = Variant.objects.filter(store=order.store_id, removed_at=None).select_related("product")
    return rows.in_bulk(ids) if ids else {}


def _against(
    wish: Wish, verdict: Verdict, method: str, kind: str, gift: bool, new: Mapping[int, Variant]
) -> list[Problem]:
    """Return what speaks against one wish; of several things that do, each once."""
    if not verdict.allowed:
        return [Problem(verdict.code or "refused", verdict.words, wish.key)]
    found = []
    to_money = gift and wish.outcome == Outcome.REFUND
    if wish.outcome not in verdict.outcomes or to_money:
        found.append(Problem("outcome", _("This is not offered for this item."), wish.key))
    keeps = kind == Kind.CLAIM or (verdict.keep if wish.keep is None else wish.keep)
    if wish.keep and not verdict.keep and kind != Kind.CLAIM:
        found.append(Problem("keep", _("This item has to be sent back."), wish.key))
    if not keeps and method not in verdict.methods:
        found.append(Problem("method", _("This item cannot be sent back in this way."), wish.key))
    if verdict.photo and not wish.photo_ids:
        found.append(Problem("photo", _("A photo of this item is needed."), wish.key))
    if wish.outcome == Outcome.EXCHANGE and kind == Kind.RETURN and wish.variant_id not in new:
        found.append(Problem("variant", _("Choose what you would like instead."), wish.key))
    return found


def _unit(
    wish: Wish,
    piece: Piece,
    verdict: Verdict,
    keeps: bool,
    new: Mapping[int, Variant],
    pieces: Sequence[Piece],
) -> QuoteUnit:
    exchanged = wish.outcome == Outcome.EXCHANGE
    variant = new.get(wish.variant_id or 0)
    price = piece.value_minor  # a replacement, or one that is yet to be chosen, costs what was paid
    if exchanged and variant is not None:
        price = new_price(piece, variant, pieces)
    return QuoteUnit(
        key=wish.key,
        value_minor=piece.value_minor,
        outcome=wish.outcome,
        our_fault=wish.reason in OUR_FAULT,
        kept=keeps,
        fee=verdict.fee,
        free_over_minor=verdict.free_over_minor,
        bonus_bp=_bonus_bp(wish.outcome, verdict),
        price_minor=price if exchanged else 0,
        refund_shipping=verdict.refund_shipping,
    )


def _bonus_bp(outcome: str, verdict: Verdict) -> int:
    if outcome == Outcome.EXCHANGE:
        return verdict.exchange_bonus_bp
    return verdict.credit_bonus_bp if outcome == Outcome.CREDIT else 0


# --- prices
def new_price(piece: Piece, variant: Variant, pieces: Sequence[Piece]) -> int:
    """
    Return what `variant` costs in exchange for a piece, tax in, in minor units of the order.

    Of the same product it costs what was paid, so that an even swap keeps its discount, and what its list
    price differs by. Another product costs its price. `pieces`: all of the order's.
    """
    old = piece.variant
    if old is not None and old.product_id == variant.product_id:
        if not variant.price_minor or not old.price_minor:
            return piece.value_minor
        differs = variant.price_minor - old.price_minor
        more = _taxed(abs(differs), piece, pieces)
        return max(piece.value_minor + (more if differs > 0 else -more), 0)
    return _taxed(variant.price_minor, piece, pieces)


def has_price(piece: Piece, variant: Variant, order: Order) -> bool:
    """
    Say whether it is known what `variant` costs in exchange for a piece, in the order's currency. Shops tell
    prices in their own. An even swap needs none.
    """
    old = piece.variant if piece.variant and piece.variant.product_id == variant.product_id else None
    if old and (variant.price_minor == old.price_minor or not (variant.price_minor and old.price_minor)):
        return True
    return variant.price_minor > 0 and order.currency == order.store.currency


def _taxed(minor: int, piece: Piece, pieces: Sequence[Piece]) -> int:
    """Return a list price with the tax that the order's prices do not have in them, halves up."""
    same = [one for one in pieces if one.line.pk == piece.line.pk]
    value, tax = sum(one.value_minor for one in same), sum(one.tax_minor for one in same)
    net = value - tax
    told = piece.line.unit_price_minor * units_in(piece.line) - piece.line.discount_minor
    if tax <= 0 or net <= 0 or told >= value:  # the price has the tax in it
        return minor
    return minor + (2 * minor * tax + net) // (2 * net)


def price_of(item: Item, variant: Variant, unit: tuple[int, int], *, at: datetime) -> int:
    """
    Return what each `variant` costs more than a unit (index, part_index) of an item is worth, with the bonus
    taken off; below 0: what it gives back.
    """
    pieces = _pieces_by(item.line)
    part = item.part.pk if item.part else None
    wanted = unit_key(item.line.pk, unit[0], part, unit[1])
    piece = next(one for one in pieces if one.key == wanted)
    more = new_price(piece, variant, pieces) - piece.value_minor
    bonus = share(piece.value_minor, item.verdict.exchange_bonus_bp)
    return max(more - bonus, 0) if more > 0 else more


def _pieces_by(line: OrderLine) -> list[Piece]:
    """Return the pieces of a line's order, looked up once per row in memory: a page asks for many prices."""
    known: list[Piece] | None = getattr(line, "known_pieces", None)
    if known is None:
        known = pieces_of(line.order)
        line.known_pieces = known  # type: ignore[attr-defined]
    return known


# --- what goes back beside the goods
def shipping_left(order: Order, lines: Sequence[OrderLine] | None = None, *, but: int | None = None) -> int:
    """
    Return how much of what was paid for shipping has not gone back yet, by us or in the shop, and is not
    promised to another return. `but`: primary key of a return whose own promise does not count.
    """
    _goods, paid = paid_for(order, lines_of(order) if lines is None else lines)
    ours = list(Refund.objects.filter(order=order))
    by_return: Counter[int] = Counter()
    for row in ledger.newest(ours):
        by_return[row.ret_id] += row.shipping_minor
    open_ = Return.objects.filter(order=order, state__in=OPEN, shipping_minor__gt=0).exclude(pk=but or 0)
    for pk, promised in open_.values_list("pk", "shipping_minor"):
        by_return[pk] = max(by_return[pk], promised)
    given = by_return.total()
    ids = {bare(row.external_id) for row in ours if row.external_id}
    made_good = order.make_goods.filter(choice="REFUND", action__isnull=False)
    made_good = made_good.exclude(action__state=ShopAction.State.CANCELLED)
    for facts, external_id in made_good.values_list("facts", "action__external_id"):
        given += int(facts.get("shipping_minor") or 0)
        ids |= {bare(external_id)} - {""}
    told = OrderRefund.objects.filter(order=order, removed_at=None, shipping_minor__gt=0)
    rows = told.values_list("external_id", "shipping_minor")
    given += sum(minor for external_id, minor in rows if bare(external_id) not in ids)
    return max(paid - given, 0)


def label_cost(order: Order) -> int:
    """
    Return what a label back is taken to cost, in minor units of the order's currency: the middle of what the
    store's last ones cost; 0 while it has bought none.
    """
    bought = Label.objects.filter(
        store=order.store_id, direction=Label.Direction.RETURN, currency=order.currency, cost_minor__gt=0
    )
    costs = list(bought.order_by("-created_at").values_list("cost_minor", flat=True)[:LABELS_LOOKED_AT])
    return median_low(costs) if costs else 0


def _whole(order: Order, wished: Mapping[str, Piece], pieces: Sequence[Piece], changing: int | None) -> bool:
    """Say whether with these all that travelled comes back; what the shop has taken off does not count."""
    others = ReturnUnit.objects.filter(line__order=order, active=True, ret__kind=Kind.RETURN)
    others = others.exclude(ret=changing) if changing else others
    coming: dict[int, int] = {}
    for line_id in others.values_list("line_id", flat=True):
        coming[line_id] = coming.get(line_id, 0) + 1
    for piece in wished.values():
        coming[piece.line.pk] = coming.get(piece.line.pk, 0) + 1
    per_line: dict[int, list[Piece]] = {}
    for piece in pieces:
        per_line.setdefault(piece.line.pk, []).append(piece)
    return all(coming.get(pk, 0) >= _to_come(own) for pk, own in per_line.items())


def _to_come(own: Sequence[Piece]) -> int:
    line = own[0].line
    if not line.requires_shipping or line.gift_card:
        return 0
    return len(own) * line.quantity // max(units_in(line), 1)
