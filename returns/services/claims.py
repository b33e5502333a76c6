"""
Claims: lost, damaged, missing, wrong. Nothing is sent back; a person looks at each.

A claim is a return without goods: the same pieces, quote, money and messages (docs/decisions: returns).
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from returns.models import Return
from returns.services.deciding import begin
from returns.services.moves import settings_of
from returns.services.refusals import Changed, Refused, check_door
from returns.services.requests import Seen, fill, id_of, locked_order, quoted_for
from returns.vocabulary import OF_CLAIMS, Kind, Method, Reason
from returns.wishes import Wish
from tracking.models import MakeGood, Order, Shipment
from tracking.vocabulary import Status

GONE = frozenset({Status.EXCEPTION, Status.EXPIRED, Status.RETURNED, Status.RETURNING})
PATIENCE_DAYS = 14  # for a parcel that nobody promised a day for


@transaction.atomic
def create_claim(
    order: Order,
    shipment: Shipment | None,
    *,
    wishes: Sequence[Wish],
    at: datetime,
    source: str = Return.Source.PORTAL,
    email: str = "",
    language: str = "",
    words: str = "",
    seen_minor: Seen | None = None,
    photos: Sequence[int] = (),
    key: str = "",
    by: str = "",
) -> Return:
    """
    Claim pieces of an order that came in `shipment`, or did not. Told twice with one `key` it is one claim.

    Every wish has the same kind of reason (OF_CLAIMS). Returns: the claim, in REVIEW. Raises: Refused, with
    words for the shopper; Changed when the sums are not those they saw (`seen_minor`: Quote.seen_minor).
    """
    order = locked_order(order.pk)
    public_id = id_of(order, key)
    found = Return.objects.filter(public_id=public_id).first() if public_id else None
    if found is not None:
        return found
    staff = source == Return.Source.STAFF
    check_door(order, settings_of(order.store), gift=False, staff=staff)
    if any(wish.reason not in OF_CLAIMS for wish in wishes):
        raise Refused("reason", _("Please say what is wrong."))
    review = _check_parcel(order, shipment, wishes, at)
    photoless = source == Return.Source.API
    quoted = quoted_for(order, wishes, method=Method.NONE, at=at, kind=Kind.CLAIM, photoless=photoless)
    if seen_minor is not None and tuple(seen_minor) != tuple(quoted.quote.seen_minor):
        raise Changed(quoted)
    ret = Return(
        **({"public_id": public_id} if public_id else {}),
        kind=Kind.CLAIM,
        store=order.store,
        order=order,
        shipment=shipment,
        customer=order.customer,
        source=source,
        email=email,
        language=language or order.language,
        words=words[:2000],
        currency=order.currency,
        requested_at=at,
    )
    fill(ret, quoted, wishes, method=Method.NONE, photos=photos, at=at)
    begin(ret, at=at, review=" ".join([review, *(told for _code, told in ret.risk)]), by=by)
    return ret


def _check_parcel(order: Order, shipment: Shipment | None, wishes: Sequence[Wish], at: datetime) -> str:
    """
    Refuse claims about a parcel that do not fit how it stands. Returns: what a person has to know of it.
    """
    if shipment is None:
        return "No parcel was named."
    if shipment.order_id != order.pk or shipment.is_return:
        raise Refused("wrong_parcel", _("This parcel is not part of the order."))
    open_offer = MakeGood.objects.filter(shipment=shipment, state__in=MakeGood.OPEN).first()
    if open_offer is not None:
        raise Refused(
            "make_good",
            _("We have made you an offer for this parcel already: you find it on the page of your order."),
        )
    lost = any(wish.reason == Reason.LOST for wish in wishes)
    if not lost:
        return "The shopper says that something is wrong with it."
    if shipment.status == Status.DELIVERED:
        return "The carrier says it was delivered, the shopper says it never came: ask for proof."
    if shipment.status not in GONE and not _overdue(shipment, at):
        raise Refused("on_its_way", _("This parcel is still on its way. Please wait until its day is over."))
    return "It has not come, and should have."


def _overdue(shipment: Shipment, at: datetime) -> bool:
    """Say whether the promised day is over, or nobody ever promised one and two weeks have passed."""
    if shipment.eta_to_date is not None:
        return at.astimezone(shipment.order.store.zone).date() > shipment.eta_to_date
    started = shipment.shipped_at or shipment.handed_over_at or shipment.created_at
    return (at - started).days >= PATIENCE_DAYS
