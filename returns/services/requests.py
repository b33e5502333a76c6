"""
Asking for a return, changing it, deciding on it. Portal, API, staff and the demo all come through here.

What is asked for is judged again at the moment it is written, under the order's lock: the policy, what is
free, the sums the shopper saw, the stock. Claims are in claims.py; ending and coming back in cancelling.py.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from returns import events
from returns.models import Exchange, Return, ReturnPhoto, ReturnUnit
from returns.policy.base import Verdict
from returns.services import cancelling, exchanges, holds, moves, risk
from returns.services.cancelling import cancel, revive
from returns.services.deciding import (
    approve,
    ask_for_difference,
    begin,
    reject,
    release_refund,
    tell_held,
    why_review,
)
from returns.services.moves import settings_of
from returns.services.quoting import Quoted, quote_for
from returns.services.refusals import (
    Changed,
    Refused,
    check,
    check_door,
    no_stock,
    photos_of,
    variant_of,
)
from returns.states import WITH_SHOPPER
from returns.vocabulary import Kind, Method, Outcome, State
from returns.wishes import Wish
from tracking.models import Location, Order

__all__ = [
    "Changed",
    "Refused",
    "approve",
    "cancel",
    "change",
    "create",
    "reject",
    "release_refund",
    "revive",
]

Seen = Sequence[int]  # money back, credit, money due: Quote.seen_minor


@transaction.atomic
def create(
    order: Order,
    *,
    wishes: Sequence[Wish],
    method: str,
    at: datetime,
    source: str = Return.Source.PORTAL,
    email: str = "",
    language: str = "",
    words: str = "",
    ship_from: Mapping[str, Any] | None = None,
    seen_minor: Seen | None = None,
    photos: Sequence[int] = (),
    key: str = "",
    beyond: str = "",
    by: str = "",
) -> Return:
    """
    Make a return of an order. Told twice with one `key` it is one, and nobody returns the same piece twice.

    `seen_minor`: the sums the shopper agreed to (Quote.seen_minor). `photos`: primary keys of pictures of all
    of it. `ship_from`: a gift's own address, as Order.ship_to. `beyond`: why a person (`by`) lets in what the
    policy does not. Returns: the return, APPROVED or in REVIEW. Raises: Refused, with words for the shopper;
    Changed when sums are not what they saw.
    """
    order = locked_order(order.pk)
    public_id = id_of(order, key)
    found = Return.objects.filter(public_id=public_id).first() if public_id else None
    if found is not None:
        return found
    gift = source == Return.Source.GIFT
    staff = source in (Return.Source.STAFF, Return.Source.WAREHOUSE)
    own = settings_of(order.store)
    check_door(order, own, gift=gift, staff=staff)
    address = dict(ship_from or {})
    if gift and (not email or (method in (Method.LABEL, Method.QR) and not address.get("lines"))):
        raise Refused("gift_address", _("Please give your e-mail address and your postal address."))
    photoless = source == Return.Source.API
    quoted = quoted_for(order, wishes, method=method, at=at, gift=gift, beyond=beyond, photoless=photoless)
    if seen_minor is not None and tuple(seen_minor) != tuple(quoted.quote.seen_minor):
        raise Changed(quoted)
    ret = Return(
        **({"public_id": public_id} if public_id else {}),
        kind=Kind.RETURN,
        store=order.store,
        order=order,
        customer=None if gift else order.customer,
        source=source,
        email=email,
        language=language or order.language,
        words=words[:2000],
        ship_from=address,
        currency=order.currency,
        requested_at=at,
    )
    fill(ret, quoted, wishes, method=method, photos=photos, at=at)
    if beyond:
        ret.why = {**ret.why, "beyond": beyond[:300], "by": by[:160]}
    begin(ret, at=at, review="" if beyond else why_review(quoted), by=by)
    return ret


def locked_order(order_id: int) -> Order:
    """Return an order with its row locked, with its store and customer. Raises: Order.DoesNotExist."""
    rows = Order.objects.select_for_update(of=("self",)).select_related("store", "customer")
    return rows.get(pk=order_id)


def id_of(order: Order, key: str) -> UUID | None:
    """Return the public id of the return that a caller's key stands for, the same each time; None without."""
    return uuid5(order.public_id, key) if key else None


def quoted_for(
    order: Order,
    wishes: Sequence[Wish],
    *,
    method: str,
    at: datetime,
    gift: bool = False,
    kind: str = Kind.RETURN,
    beyond: str = "",
    changing: int | None = None,
    photoless: bool = False,
) -> Quoted:
    """
    Return what wishes come to, having checked that they can be granted (refusals.check). Raises: Refused.
    """
    quoted = quote_for(order, wishes, method=method, at=at, gift=gift, kind=kind, changing=changing)
    check(quoted, wishes, method=method, kind=kind, beyond=bool(beyond), photoless=photoless)
    return quoted


# --- written down
def fill(
    ret: Return,
    quoted: Quoted,
    wishes: Sequence[Wish],
    *,
    method: str,
    photos: Sequence[int],
    at: datetime,
) -> None:
    """
    Write a return with its units, exchanges (their stock held) and pictures, as quoted. Used for a new one
    and for one whose units were taken out before. Raises: Refused.
    """
    own = settings_of(ret.store)
    ret.method = Method.NONE if all(quoted.keeps.values()) else method
    ret.refund_at = moves.refund_moment(own.refund_at, ret.method)
    ret.destination = _destination(ret, quoted) or own.destination
    ret.policy_version = quoted.assessment.version
    ret.quote = quoted.quote.as_json()
    ret.fee_minor, ret.shipping_minor = quoted.quote.fee_minor, quoted.quote.shipping_minor
    ret.why = {**ret.why, "units": {key: _why(verdict) for key, verdict in quoted.verdicts.items()}}
    ret.save()
    made = _exchanges(ret, quoted, wishes, at)
    units = [_unit(ret, wish, quoted, made.get(wish.key)) for wish in wishes]
    try:
        with transaction.atomic():
            ReturnUnit.objects.bulk_create(units)
    except IntegrityError as exc:  # asked for at this very moment by another
        raise Refused("nothing_left", _("A return of it has been started already.")) from exc
    _attach_photos(ret, wishes, units, photos)
    risky = risk.signals(
        ret.order,
        kind=ret.kind,
        email=ret.email or ("" if ret.is_gift else ret.order.email),
        worth_minor=quoted.quote.goods_minor,
        own=own,
        at=at,
        but=ret.pk,
    )
    ret.risk = [list(signal) for signal in risky.signals]
    ret.refund_held = ret.refund_held or (risky.found and ret.kind == Kind.RETURN)


def _why(verdict: Verdict) -> dict[str, Any]:
    """Return a verdict as `Return.why` keeps it."""
    told = asdict(verdict)
    until = told.pop("until")
    return {**told, "until": until.isoformat() if until else None}


def _destination(ret: Return, quoted: Quoted) -> Location | None:
    """Return where the policy sends the first thing that is sent; one return is one way."""
    for key, verdict in quoted.verdicts.items():
        if verdict.destination and not quoted.keeps[key]:
            return Location.objects.filter(store=ret.store_id, external_id=verdict.destination).first()
    return None


def _exchanges(ret: Return, quoted: Quoted, wishes: Sequence[Wish], at: datetime) -> dict[str, Exchange]:
    """Make one exchange per new item and price, and hold their stock. Returns {unit key: exchange}."""
    priced = {unit.key: unit for unit in quoted.quote.units}
    groups: dict[tuple[int, int], list[Wish]] = {}
    for wish in wishes:
        variant = variant_of(wish, quoted) if wish.outcome == Outcome.EXCHANGE else None
        if variant:
            groups.setdefault((variant, priced[wish.key].price_minor), []).append(wish)
    found: dict[str, Exchange] = {}
    days = settings_of(ret.store).label_days
    for (variant_id, price), own in sorted(
        groups.items()
    ):  # always in this order: no two wait for each other
        made = Exchange.objects.create(
            ret=ret,
            variant_id=variant_id,
            quantity=len(own),
            price_minor=price,
            difference_minor=-sum(priced[wish.key].difference_minor for wish in own),
            created_at=at,
        )
        try:
            holds.hold(made, at=at, until=at + holds.lasting(days))
        except holds.OutOfStock as exc:
            raise no_stock(exc.variant) from exc
        found |= {wish.key: made for wish in own}
    return found


def _unit(ret: Return, wish: Wish, quoted: Quoted, exchange: Exchange | None) -> ReturnUnit:
    priced = next(unit for unit in quoted.quote.units if unit.key == wish.key)
    piece, keep = quoted.pieces[wish.key], quoted.keeps[wish.key]
    return ReturnUnit(
        ret=ret,
        line=piece.line,
        index=wish.index,
        part=piece.part,
        part_key=wish.part_id or 0,
        part_index=wish.part_index,
        variant=piece.variant,
        reason=wish.reason,
        words=wish.words[:500],
        outcome=wish.outcome,
        keep=keep,
        exchange=exchange,
        value_minor=piece.value_minor,
        tax_minor=piece.tax_minor,
        bonus_minor=priced.bonus_minor,
        stage=ReturnUnit.Stage.KEPT if keep else ReturnUnit.Stage.EXPECTED,
    )


def _attach_photos(
    ret: Return, wishes: Sequence[Wish], units: Sequence[ReturnUnit], photos: Sequence[int]
) -> None:
    named = [pk for wish in wishes for pk in wish.photo_ids]
    rows = photos_of(ret.order, [*named, *photos], ret_id=ret.pk)
    for wish, unit in zip(wishes, units, strict=True):
        ReturnPhoto.objects.filter(pk__in=wish.photo_ids).update(ret=ret, unit=unit, line=unit.line)
    ReturnPhoto.objects.filter(pk__in=[row.pk for row in rows], ret=None).update(ret=ret)


@transaction.atomic
def change(
    return_id: int,
    *,
    wishes: Sequence[Wish],
    method: str,
    at: datetime,
    seen_minor: Seen | None = None,
    photos: Sequence[int] = (),
    words: str | None = None,
    language: str = "",
    ship_from: Mapping[str, Any] | None = None,
) -> Return:
    """
    Change what goes back, what is got for it, or how, while it is in the shopper's hands. It is judged as of
    the day it was asked for. Another label is made by the handlers
    that hear of it (returns/handlers/parcels.py).

    Returns: the return. Raises: Refused; Changed; Return.DoesNotExist.
    """
    ret = moves.locked(return_id)
    if ret.kind != Kind.RETURN or ret.state not in WITH_SHOPPER:
        raise Refused("too_late", _("It is on its way already and cannot be changed any more."))
    cancelling.refuse_when_bound(ret)
    cancelling.take_out(ret, "changed", at=at)
    quoted = quoted_for(
        ret.order, wishes, method=method, at=ret.requested_at, gift=ret.is_gift, changing=ret.pk
    )
    if seen_minor is not None and tuple(seen_minor) != tuple(quoted.quote.seen_minor):
        raise Changed(quoted)
    if words is not None:
        ret.words = words[:2000]
    if ship_from is not None and ret.is_gift:
        ret.ship_from = dict(ship_from)
    ret.language = language or ret.language
    ret.units.all().delete()
    fill(ret, quoted, wishes, method=method, photos=photos, at=at)
    review = why_review(quoted)
    if review and ret.state not in (State.REQUESTED, State.REVIEW):
        # The road does not lead back to a decision; the money waits for one instead.
        ret.refund_held, ret.review_why = True, review[:300]
    tell_held(ret, at=at)
    if ret.state not in (State.REQUESTED, State.REVIEW):
        ask_for_difference(ret, at=at)
        exchanges.order_when_ready(ret, at=at)
    moves.ring(ret, at=at)
    moves.save(ret)
    moves.tell(ret, events.CHANGED, f"changed:{ret.version}", at=at)
    return ret
