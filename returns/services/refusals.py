"""
Why a return is not taken, in words for the shopper: what the quote found against it, and what only counts
when it is written: reasons, stock, pictures, the store's door. Nothing here writes.
"""

from collections import Counter
from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from returns.models import ReturnPhoto, ReturnSettings
from returns.services import exchanges
from returns.services.photos import MOST_PHOTOS
from returns.services.quoting import Problem, Quoted
from returns.vocabulary import OF_CLAIMS, OF_RETURNS, Kind, Method, Outcome
from returns.wishes import Wish
from tracking.models import Order, Variant

# What staff may set aside with a reason: what the policy says, never what is there or was paid.
BEYOND = frozenset({"refused", "final_sale", "closed", "outcome", "method", "photo", "keep"})


class Refused(Exception):
    """A return that is not taken. `words` say why, for the shopper; `code` names it, for machines."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(words)
        self.code, self.words = code, words


class Changed(Exception):
    """What it comes to is not what the shopper saw. `quoted`: what it comes to now."""

    def __init__(self, quoted: Quoted) -> None:
        super().__init__("The sums have changed.")
        self.quoted = quoted


def check_door(order: Order, own: ReturnSettings, *, gift: bool, staff: bool) -> None:
    """Refuse where the store takes no returns here, or no gift returns. Raises: Refused."""
    if not own.enabled and not staff:
        raise Refused("disabled", _("This shop does not take returns on this page. Please write to us."))
    if gift and not own.gift_returns:
        raise Refused("gift", _("This shop does not take returns of gifts on this page. Please write to us."))
    if order.cancelled_at or order.removed_at:
        raise Refused("cancelled", _("This order was cancelled: nothing can be returned."))


def check(
    quoted: Quoted,
    wishes: Sequence[Wish],
    *,
    method: str,
    kind: str = Kind.RETURN,
    beyond: bool = False,
    photoless: bool = False,
) -> None:
    """
    Refuse wishes that cannot be granted as things stand. `beyond`: a person has decided against the policy;
    `photoless`: whoever asks cannot send pictures, so that a person has to look.

    Raises: Refused.
    """
    for problem in quoted.problems:
        aside = (beyond and problem.code in BEYOND) or (photoless and problem.code == "photo")
        if not aside:
            raise _refusal(problem, quoted, wishes)
    if method not in Method.values or (method == Method.NONE and not all(quoted.keeps.values())):
        raise Refused("method", _("Please choose how you want to send it back."))
    reasons = OF_CLAIMS if kind == Kind.CLAIM else OF_RETURNS
    for wish in wishes:
        item = quoted.assessment.item(wish.line_id, wish.part_id)
        offered = item.reasons if item and item.reasons and not beyond else reasons
        if wish.reason not in offered or wish.outcome not in Outcome.values:
            raise Refused("reason", _("Please say why."))
    check_stock(wishes, quoted)


def _refusal(problem: Problem, quoted: Quoted, wishes: Sequence[Wish]) -> Refused:
    """Return a problem as a refusal; of a line with fewer free pieces than wished, it says how many."""
    wish = next((wish for wish in wishes if wish.key == problem.key), None)
    item = quoted.assessment.item(wish.line_id, wish.part_id) if wish else None
    if wish is None or item is None or problem.code not in ("unknown", "nothing_left", "not_yet"):
        return Refused(problem.code, problem.words)
    if not item.free or (wish.index, wish.part_index) in item.free:
        return Refused(problem.code, problem.words)
    words = ngettext(
        "Only %(count)d piece of %(item)s can be returned.",
        "Only %(count)d pieces of %(item)s can be returned.",
        len(item.free),
    )
    return Refused("over_quantity", words % {"count": len(item.free), "item": item.line.title})


def check_stock(wishes: Sequence[Wish], quoted: Quoted) -> None:
    """Refuse exchanges for what is not this store's, or of which too few are free. Raises: Refused."""
    wanted = Counter(
        variant_of(wish, quoted) for wish in wishes if wish.outcome == Outcome.EXCHANGE and wish.key
    )
    if not wanted:
        return
    store = quoted.assessment.order.store_id
    rows = Variant.objects.filter(store=store, pk__in=[pk for pk in wanted if pk]).select_related("product")
    found = {variant.pk: variant for variant in rows}
    for pk, quantity in wanted.items():
        variant = found.get(pk or 0)
        if variant is None:
            raise Refused("variant", _("Please choose what you want instead."))
        if not exchanges.can_be_had(variant, quantity):
            raise no_stock(variant)


def variant_of(wish: Wish, quoted: Quoted) -> int | None:
    """Return what is wanted instead of a unit; of a claim without a wish for another, the same again."""
    if wish.variant_id or quoted.assessment.judge.kind != Kind.CLAIM:
        return wish.variant_id
    piece = quoted.pieces.get(wish.key)
    return piece.variant.pk if piece and piece.variant else None


def no_stock(variant: Variant) -> Refused:
    """Return the refusal of an exchange for what is not there any more."""
    words = _("%(item)s is not in stock any more. Please choose something else.")
    return Refused("no_stock", words % {"item": str(variant)})


def photos_of(order: Order, ids: Sequence[int], *, ret_id: int | None = None) -> list[ReturnPhoto]:
    """
    Return a shopper's pictures of an order that belong to no other return. Raises: Refused for others, and
    for too many.
    """
    wanted = sorted(set(ids))
    if len(wanted) > MOST_PHOTOS:
        raise Refused("photos", _("At most %(count)d photos, please.") % {"count": MOST_PHOTOS})
    rows = ReturnPhoto.objects.filter(order=order, pk__in=wanted, by=ReturnPhoto.By.SHOPPER)
    found = [photo for photo in rows.defer("body", "thumbnail") if photo.ret_id in (None, ret_id)]
    if len(found) != len(wanted):
        raise Refused("photo", _("A photo was not found. Please add it again."))
    return found
