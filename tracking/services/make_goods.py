"""
Making good: what is offered for a parcel, what the shopper chose, and how that is carried out.

docs/make-good.md tells the rules. The offer is made by `make_good_offers`, what a person does is in
`make_good_staff`.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import F, Q, Sum

from config.lib.business_days import add_working_days
from customers import outbox
from customers.models import Identity, Store
from customers.services.alerts import end_alert, raise_alert
from customers.worker import wake
from tracking import events
from tracking.models import MakeGood, Order, OrderLine, Shipment, ShopAction, WatchRules
from tracking.services.parcel_worth import Worth, can_be_sent_again, worth_of
from tracking.services.refundable import given_back_by_others, left_to_refund, was_paid
from tracking.services.shop_actions import request_action
from tracking.shops.base import AddressData
from tracking.shops.client import NewLine, NewOrder, RefundOrder
from tracking.vocabulary import Status

WORK = "make_good"
Choice, State, Ended = MakeGood.Choice, MakeGood.State, MakeGood.Ended
LIFE = timedelta(days=30)
ANSWER_DAYS = 2  # working days within which a person deals with a choice
AT_THE_DOOR = frozenset({Status.OUT_FOR_DELIVERY, Status.ATTEMPTED, Status.READY_FOR_PICKUP})
KIND = "tracking.make_good"


class Over(Exception):
    """The choice is not open any more: another was made, or it is not needed."""


class Changed(Exception):
    """What is offered is not what the shopper saw; show it to them anew."""


@dataclass(frozen=True)
class Terms:
    """What can be offered for a parcel at this moment."""

    choices: tuple[str, ...] = ()
    amount_minor: int = 0
    shipping_minor: int = 0
    in_stock: bool | None = False
    worth: Worth | None = field(default=None, compare=False)


def terms_for(shipment: Shipment) -> Terms:
    """Return what can be offered for a parcel; no choices when its contents are unknown or worth nothing."""
    worth = worth_of(shipment)
    if worth is None or not worth.pieces:
        return Terms(worth=worth)
    again = made_good_before(shipment)
    if any(again.get(line.pk, 0) + quantity > _ordered(line) for line, quantity in worth.pieces):
        # The shop gave what was made good already another number, or packed it into another parcel.
        nothing_new = all(again.get(line.pk, 0) >= quantity for line, quantity in worth.pieces)
        return Terms(worth=worth if nothing_new else None)
    in_stock = can_be_sent_again(worth, shipment.order)
    left = left_to_refund(shipment.order)
    if left == 0 and was_paid(shipment.order):  # their money is back already
        return Terms(worth=worth)
    amount = min(worth.amount_minor, left)
    choices = [Choice.REPLACEMENT] if in_stock is not False else []
    choices += [Choice.REFUND] if amount > 0 else []
    if not choices:
        return Terms(worth=worth)
    shipping = min(worth.shipping_minor, amount)
    return Terms((*choices, Choice.WAIT), amount, shipping, in_stock, worth)


def made_good_before(shipment: Shipment) -> dict[int, int]:
    """Return how many units of each line were made good, or are being, for other parcels of the order."""
    others = MakeGood.objects.filter(
        order=shipment.order_id,
        choice__in=(Choice.REPLACEMENT, Choice.REFUND),
        state__in=(State.CHOSEN, State.STAFF, State.DONE),
    ).exclude(shipment=shipment)
    found: dict[int, int] = {}
    for facts in others.values_list("facts", flat=True):
        for line, quantity in facts.get("pieces", ()):
            found[line] = found.get(line, 0) + quantity
    return found


def _ordered(line: OrderLine) -> int:
    return max(line.ordered_quantity, line.quantity)


def why_over(make_good: MakeGood, *, at: datetime) -> str:
    """Return why an open offer is not needed any more (MakeGood.Ended), '' while it is."""
    shipment, order = make_good.shipment, make_good.order
    if shipment.status == Status.DELIVERED:
        return Ended.CAME
    if shipment.status in AT_THE_DOOR:
        return Ended.COMING
    if order.cancelled_at or order.removed_at or shipment.status == Status.CANCELLED:
        return Ended.CANCELLED
    if shipment.replaced_at:
        return Ended.NOTHING
    return Ended.EXPIRED if at >= make_good.offered_at + LIFE else ""


@transaction.atomic
def bring_up_to_date(*, make_good_id: int, at: datetime) -> MakeGood:
    """
    Make an open offer say what holds now: withdrawn when it is not needed, else today's choices and sums.

    Returns: the offer as it stands. Raises: MakeGood.DoesNotExist.
    """
    make_good = locked(make_good_id)
    over = why_over(make_good, at=at)
    if over and make_good.state == State.STAFF and not make_good.choice:  # nothing is left to be settled
        end(make_good, over, at=at)
    if make_good.state != State.OFFERED:
        return make_good
    terms = Terms() if over else terms_for(make_good.shipment)
    if over or not terms.choices:
        end(make_good, over or Ended.NOTHING, at=at)
        return make_good
    if (list(terms.choices), terms.amount_minor) != (make_good.choices, make_good.amount_minor):
        note_terms(make_good, terms)
        save(make_good, "choices", "amount_minor", "facts")
    return make_good


@transaction.atomic
def choose(*, make_good_id: int, choice: str, at: datetime, seen_minor: int | None = None) -> MakeGood:
    """
    Record the shopper's choice and have it carried out: by a worker within the budget, else by a person.

    `seen_minor`: the sum they were shown. The same choice told twice is one. Returns: the offer as it stands.
    Raises: Over; Changed when stock or sums are not what they saw; MakeGood.DoesNotExist.
    """
    make_good = locked(make_good_id)
    if make_good.state != State.OFFERED:
        if make_good.choice == choice and make_good.state != State.WITHDRAWN:
            return make_good
        raise Over(make_good.state)
    terms = terms_for(make_good.shipment)
    shown = seen_minor is None or choice != Choice.REFUND or seen_minor == terms.amount_minor
    if why_over(make_good, at=at) or choice not in terms.choices or not shown:
        raise Changed
    note_terms(make_good, terms)
    make_good.choice, make_good.chosen_at = choice, at
    make_good.cost_minor = cost_of(choice, terms)
    if choice == Choice.WAIT:
        _wait(make_good, at)
    else:
        _decide_who(make_good, terms, at)
    return make_good


def cost_of(choice: str, terms: Terms) -> int:
    """Return what a choice costs us, in minor units: a replacement as much as was paid for the goods."""
    if choice == Choice.REFUND:
        return terms.amount_minor
    return terms.worth.goods_minor if terms.worth and choice == Choice.REPLACEMENT else 0


def _wait(make_good: MakeGood, at: datetime) -> None:
    make_good.again_on = working_day(make_good, wait_days(make_good.order.store), at)
    make_good.state, make_good.done_at = State.DONE, at
    save(make_good)
    tell(make_good, events.MAKE_GOOD_CHOSEN, "chosen", at=at)
    tell(make_good, events.MAKE_GOOD_DONE, "done", at=at)


def _decide_who(make_good: MakeGood, terms: Terms, at: datetime) -> None:
    make_good.answer_by = working_day(make_good, ANSWER_DAYS, at)
    staff_why = why_staff(make_good, terms, at=at)
    if staff_why:
        make_good.state = State.STAFF
        save(make_good)
        for_staff(make_good, staff_why, at=at)
    else:
        make_good.by_machine = True
        carry_out(make_good, terms, at=at)
    tell(make_good, events.MAKE_GOOD_CHOSEN, "chosen", at=at)


def why_staff(make_good: MakeGood, terms: Terms, *, at: datetime) -> str:
    """Return why a person has to carry a choice out, in words for staff; '' when the worker may."""
    store = make_good.order.store
    if make_good.choice == Choice.REPLACEMENT and terms.in_stock is None:
        return "We do not know whether all of it is in stock."
    if make_good.choice == Choice.REPLACEMENT and not (make_good.order.ship_to or {}).get("lines"):
        return "We have no address to send it to."
    if given_back_by_others(make_good.order):
        return "Money was given back for this order in the shop: see what for."
    if make_good.currency != store.currency:
        return f"The order is in {make_good.currency}, the budget in {store.currency}."
    rules = WatchRules.objects.select_for_update(of=("self",)).get(pk=rules_of(store).pk)
    cost = make_good.cost_minor
    if not rules.make_good_limit_minor or not rules.make_good_budget_minor:
        return "There is no budget: a person decides each choice."
    if cost > rules.make_good_limit_minor:
        return "It costs more than the limit for one order."
    others = Order.objects.filter(pk=make_good.order_id).aggregate(
        cost=Sum("make_goods__cost_minor", filter=Q(make_goods__by_machine=True))
    )
    if (others["cost"] or 0) + cost > rules.make_good_limit_minor:
        return "With what was made good before, it costs more than the limit for one order."
    if spent_this_month(store, at=at) + cost > rules.make_good_budget_minor:
        return "This month's budget is used up."
    return ""


def spent_this_month(store: Store, *, at: datetime) -> int:
    """
    Return what was carried out, or is being, without a person in the store's calendar month of `at`; minor
    units of the store's currency. Ask under the lock of the store's WatchRules before spending more.
    """
    first = at.astimezone(store.zone).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    mine = MakeGood.objects.filter(order__store=store, by_machine=True, chosen_at__gte=first)
    return mine.aggregate(sum=Sum("cost_minor"))["sum"] or 0


def carry_out(make_good: MakeGood, terms: Terms, *, at: datetime) -> None:
    """
    Have the shop told, in the caller's transaction: a refund of the sum, or an order of the same for nothing.
    """
    worth = terms.worth
    if worth is None:
        raise Changed
    order, refund = make_good.order, make_good.choice == Choice.REFUND
    tries = ShopAction.objects.filter(purpose__startswith=f"make-good:{make_good.pk}:").count()
    make_good.action = request_action(
        purpose=f"make-good:{make_good.pk}:{tries + 1}",
        kind=ShopAction.Kind.REFUND if refund else ShopAction.Kind.ORDER,
        store=order.store,
        order=order,
        wanted=_refund(make_good, terms, worth) if refund else _replacement(order, worth),
        amount_minor=make_good.amount_minor if refund else 0,
        currency=make_good.currency if refund else "",
        at=at,
    )
    make_good.state, make_good.staff_why = State.CHOSEN, ""
    save(make_good)


def _refund(make_good: MakeGood, terms: Terms, worth: Worth) -> RefundOrder:
    return RefundOrder(
        order_external_id=make_good.order.external_id,
        amount_minor=terms.amount_minor,
        currency=make_good.currency,
        lines=tuple((line.external_id, quantity, False) for line, quantity in worth.pieces),
        shipping_minor=terms.shipping_minor,
        note=f"Made good: {make_good.get_why_display().lower()}",
    )


def _replacement(order: Order, worth: Worth) -> NewOrder:
    buyer = Identity.objects.filter(
        customer=order.customer_id, kind=Identity.Kind.EXTERNAL, store=order.store
    ).order_by("pk")
    to = order.ship_to or {}
    names = ("name", "city", "region", "postcode", "country")
    return NewOrder(
        customer_external_id=buyer.values_list("value", flat=True).first() or "",
        email=order.email,
        phone=order.phone,
        currency=order.currency,
        lines=tuple(
            NewLine(
                variant_external_id=line.variant.external_id if line.variant else line.variant_external_id,
                quantity=quantity,
                product_external_id=line.product_external_id,
                price_minor=0,
            )
            for line, quantity in worth.pieces
        ),
        ship_to=AddressData(
            lines=tuple(str(line) for line in to.get("lines", ())),
            **{name: str(to.get(name, "")) for name in names},
        ),
        note=f"Replacement for order {order.number}",
        tags=("replacement",),
    )


# --- shared with offers and staff ---
def locked(make_good_id: int) -> MakeGood:
    """Return an offer with its order's row and its own locked, in that order."""
    order_id = MakeGood.objects.values_list("order_id", flat=True).get(pk=make_good_id)
    Order.objects.select_for_update(of=("self",)).only("pk").get(pk=order_id)
    rows = MakeGood.objects.select_for_update(of=("self",))
    return rows.select_related("shipment", "order__store", "order__customer", "action").get(pk=make_good_id)


def rules_of(store: Store) -> WatchRules:
    """Return a store's rules; those of the house where it has made none."""
    return WatchRules.objects.get_or_create(store=store)[0]


def wait_days(store: Store) -> int:
    """Return after how many working days of waiting the shopper is asked again. Reads only."""
    rules = WatchRules.objects.filter(store=store).first() or WatchRules(store=store)
    return max(rules.severe_days, 1)


def working_day(make_good: MakeGood, days: int, at: datetime) -> date:
    """Return the day that is `days` working days from `at` where the store works."""
    store = make_good.order.store
    return add_working_days(at.astimezone(store.zone).date(), days, store.country)


def note_terms(make_good: MakeGood, terms: Terms) -> None:
    """Write into an unsaved offer what is offered and what it is made of."""
    worth = terms.worth
    make_good.choices, make_good.amount_minor = list(terms.choices), terms.amount_minor
    make_good.facts = make_good.facts | {
        "shipping_minor": terms.shipping_minor,
        "in_stock": terms.in_stock,
        "pieces": [[line.pk, quantity] for line, quantity in worth.pieces] if worth else [],
    }


def save(make_good: MakeGood, *fields: str) -> None:
    """Save an offer and have its order's page show it."""
    make_good.save(update_fields=fields or None)
    Order.objects.filter(pk=make_good.order_id).update(version=F("version") + 1)


def end(make_good: MakeGood, why: str, *, at: datetime, by: str = "") -> None:
    """Withdraw an offer and tell it."""
    make_good.state, make_good.ended_why, make_good.done_at = State.WITHDRAWN, why, at
    make_good.settled_by = by[:160]
    save(make_good)
    tell(make_good, events.MAKE_GOOD_WITHDRAWN, "withdrawn", at=at)
    end_alert(key=alert_key(make_good), at=at, why=make_good.get_ended_why_display())


def done(make_good: MakeGood, *, at: datetime, by: str = "") -> None:
    """Note that what was chosen is done, and tell it."""
    make_good.state, make_good.done_at, make_good.settled_by = State.DONE, at, by[:160]
    make_good.staff_why = ""
    save(make_good)
    tell(make_good, events.MAKE_GOOD_DONE, "done", at=at)
    end_alert(key=alert_key(make_good), at=at, why="Done")


def for_staff(make_good: MakeGood, why: str, *, at: datetime) -> None:
    """Put an offer before a person, with an alert."""
    make_good.state, make_good.staff_why, make_good.by_machine = State.STAFF, why[:200], False
    save(make_good)
    chosen = make_good.get_choice_display().lower() or "what to offer"
    raise_alert(
        kind=KIND,
        key=alert_key(make_good),
        title=f"Make good order {make_good.order.number}: {chosen}",
        detail=f"{make_good.get_why_display()}. {why} Approve it, or do it by hand.",
        store=make_good.order.store,
        subject=make_good,
        at=at,
    )


def alert_key(make_good: MakeGood) -> str:
    """Return the key of the alert that asks a person to deal with an offer."""
    return f"make-good:{make_good.pk}"


def tell(make_good: MakeGood, kind: str, suffix: str, *, at: datetime) -> None:
    """Publish what became of an offer."""
    outbox.publish(
        kind,
        key=f"make-good:{make_good.pk}:{suffix}",
        occurred_at=at,
        store=make_good.order.store,
        customer=make_good.order.customer,
        subject=make_good.shipment,
        data={
            "order_id": make_good.order_id,
            "shipment_id": make_good.shipment_id,
            "make_good_id": make_good.pk,
            "why": make_good.why,
            "choice": make_good.choice,
        },
    )
    wake(WORK)
