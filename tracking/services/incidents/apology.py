"""
The one apology of an incident: written by us, changed by staff, sent once to each order it holds up.

The offer goes only to as many as its budget bears, counted under the incident's lock; no message speaks of a
code that does not exist yet.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max, Min

from customers.models import Event, User
from customers.outbox_batch import Fact, publish_batch
from tracking import events
from tracking.models import Flag, Incident, Order, ShopAction
from tracking.services.incidents.clustering import held_parcels
from tracking.services.shop_actions import request_action
from tracking.shops.client import NewDiscount

OFFER_LIFE = timedelta(days=60)
KEYS = 500
OFFER = ("offer_code", "offer_percent", "offer_minor", "offer_by_hand")


class CannotApologise(Exception):
    """It is not sent, nor the offer made. The text says why, in words for staff."""


@dataclass(frozen=True)
class Standing:
    """
    How an apology stands. `waiting`: orders that are held up and have not had it, longest waiting first.

    `with_offer`: how many of those the budget bears; `cost`: what that costs at most. `newest`: the newest
    flag counted. `ready`: the offer's code exists; `blocked`: why nothing can be sent, '' when it can.
    """

    waiting: tuple[int, ...] = ()
    with_offer: int = 0
    cost: int = 0
    newest: int = 0
    has_offer: bool = False
    ready: bool = False
    blocked: str = ""
    action: ShopAction | None = None


def purpose(incident_id: int) -> str:
    """Return the intention of making an incident's code in the shop."""
    return f"incident:{incident_id}:offer"


def standing(incident: Incident, *, newest: int | None = None) -> Standing:
    """Return how the apology of `incident` stands, with no flag younger than `newest`."""
    flags = Flag.objects.filter(incident=incident, shipment__in=held_parcels(incident))
    if newest is not None:
        flags = flags.filter(pk__lte=newest)
    last = flags.aggregate(last=Max("pk"))["last"] or 0
    wanted = Order.objects.filter(flags__in=flags, cancelled_at=None, removed_at=None)
    orders = wanted.annotate(first=Min("flags__since"))
    ids = list(orders.order_by("first", "pk").values_list("pk", flat=True))
    told = _told(incident.pk, ids)
    waiting = tuple(pk for pk in ids if pk not in told)
    action = ShopAction.objects.filter(purpose=purpose(incident.pk)).first()
    has_offer = bool(incident.offer_code and incident.offer_minor)
    with_offer = (
        min(len(waiting), left_to_offer(incident, action) // incident.offer_minor) if has_offer else 0
    )
    ready = has_offer and (incident.offer_by_hand or bool(action and action.state == ShopAction.State.DONE))
    return Standing(
        waiting=waiting,
        with_offer=with_offer,
        cost=with_offer * incident.offer_minor,
        newest=last,
        has_offer=has_offer,
        ready=ready,
        blocked=_blocked(incident, waiting, has_offer, ready),
        action=action,
    )


def left_to_offer(incident: Incident, action: ShopAction | None) -> int:
    """
    Return how much of the budget is left, in minor units.

    A code the shop made is good for as many uses as the budget bore then: more budget does not stretch it.
    """
    budget = incident.budget_minor
    if action and not incident.offer_by_hand:
        budget = min(budget, action.amount_minor)
    return max(budget - incident.spent_minor, 0)


def edition(incident: Incident) -> str:
    """Return what stands for the words, the offer and the budget as they are now: another, when changed."""
    names = ("subject", "words", *OFFER, "budget_minor")
    said = json.dumps([getattr(incident, name) for name in names], sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()[:32]


def _blocked(incident: Incident, waiting: tuple[int, ...], has_offer: bool, ready: bool) -> str:
    if incident.state != Incident.State.OPEN:
        return "The incident is over."
    if not any(text.strip() for text in incident.words.values()):
        return "There are no words to send."
    if has_offer and not ready:
        return "The offer’s code does not exist in the shop yet."
    return "" if waiting else "Everybody who is held up has been told."


def _told(incident_id: int, order_ids: list[int]) -> set[int]:
    """Those of the orders that had the apology."""
    keys = {apology_key(incident_id, pk): pk for pk in order_ids}
    names = list(keys)
    found: set[int] = set()
    for start in range(0, len(names), KEYS):
        known = Event.objects.filter(key__in=names[start : start + KEYS]).values_list("key", flat=True)
        found |= {keys[key] for key in known}
    return found


def apology_key(incident_id: int, order_id: int) -> str:
    """Return the name of the fact that an order got the apology."""
    return f"incident:{incident_id}:apology:{order_id}"


@transaction.atomic
def apologise(
    *,
    incident_id: int,
    by: User | None,
    at: datetime,
    newest: int | None = None,
    shown: str = "",
    beyond: bool = True,
) -> int:
    """
    Send the apology to every order the incident holds up that has not had it: one INCIDENT_APOLOGY each.

    `newest`: no flag younger than this one counts; `shown`: the edition of words and offer, '' for any (both
    are what staff saw when they confirmed). `beyond`: orders for whom the budget has no offer left get the
    apology without it; else they wait for more budget.
    Pressed twice, or by fifty at once, it is sent once. Returns: how many orders. Raises:
    Incident.DoesNotExist; CannotApologise when the incident is over, its code does not exist yet, or what is
    to be sent is not what was shown.
    """
    incident = _locked(incident_id)
    if shown and shown != edition(incident):
        raise CannotApologise("Words, offer or budget were changed meanwhile. Look at them, and send again.")
    found = standing(incident, newest=newest)
    if found.blocked and found.waiting:
        raise CannotApologise(found.blocked)
    offered = found.waiting[: found.with_offer]
    chosen = found.waiting if beyond or not found.has_offer else offered
    if not chosen:
        return 0
    new = publish_batch(_facts(incident, chosen, frozenset(offered), at))
    with_offer = len({apology_key(incident.pk, pk) for pk in offered}.intersection(new))
    incident.spent_minor += with_offer * incident.offer_minor
    incident.told += len(new)
    incident.apologised_at, incident.apologised_by = at, by
    incident.save(update_fields=["spent_minor", "told", "apologised_at", "apologised_by"])
    return len(new)


def _locked(incident_id: int) -> Incident:
    rows = Incident.objects.select_for_update(no_key=True, of=("self",)).select_related("store")
    return rows.get(pk=incident_id)


def _facts(
    incident: Incident, order_ids: tuple[int, ...], offered: frozenset[int], at: datetime
) -> list[Fact]:
    flags = Flag.objects.filter(incident=incident, order__in=order_ids, cleared_at=None)
    parcel = dict(flags.order_by("-pk").values_list("order_id", "shipment_id"))
    customer = dict(Order.objects.filter(pk__in=order_ids).values_list("pk", "customer_id"))
    return [
        Fact(
            kind=events.INCIDENT_APOLOGY,
            key=apology_key(incident.pk, pk),
            occurred_at=at,
            subject_type=Order._meta.label_lower,
            subject_id=str(pk),
            store_id=incident.store_id,
            customer_id=customer.get(pk),
            data={
                "order_id": pk,
                "shipment_id": parcel.get(pk),
                "incident_id": incident.pk,
                "offer": pk in offered,
            },
        )
        for pk in order_ids
    ]


@transaction.atomic
def revise(*, incident_id: int, changes: Mapping[str, Any]) -> Incident:
    """
    Take over what staff changed: subject, words, the offer's fields, budget_minor.

    Raises: Incident.DoesNotExist; CannotApologise when the offer is changed although its code is being made
    or people already have it, or the budget is put below what is spent.
    """
    incident = _locked(incident_id)
    touched = [name for name in OFFER if name in changes and changes[name] != getattr(incident, name)]
    asked = ShopAction.objects.filter(purpose=purpose(incident_id)).exclude(state=ShopAction.State.CANCELLED)
    if touched and (incident.spent_minor or asked.exists()):
        raise CannotApologise("The code is already being made, or people have it: the offer stays as it is.")
    if changes.get("budget_minor", incident.budget_minor) < incident.spent_minor:
        raise CannotApologise("The budget cannot be less than what is spent.")
    for name, value in changes.items():
        setattr(incident, name, value)
    incident.save(update_fields=list(changes))
    return incident


@transaction.atomic
def request_offer(*, incident_id: int, at: datetime) -> ShopAction:
    """
    Have the offer's code made in the shop, once, good for as many uses as the budget bears and for 60 days.

    Raises: Incident.DoesNotExist; CannotApologise when there is no offer, or the budget bears not even one.
    """
    incident = _locked(incident_id)
    if not (incident.offer_code and incident.offer_minor):
        raise CannotApologise("There is no offer: it needs a code and what one may cost.")
    uses = incident.budget_minor // incident.offer_minor
    if not uses:
        raise CannotApologise("The budget bears not even one.")
    wanted = NewDiscount(
        code=incident.offer_code,
        title=f"Apology {incident.offer_code}",
        starts_at=at,
        ends_at=at + OFFER_LIFE,
        percent=incident.offer_percent,
        amount_minor=0 if incident.offer_percent else incident.offer_minor,
        currency=incident.store.currency,
        uses=uses,
    )
    return request_action(
        purpose=purpose(incident.pk),
        kind=ShopAction.Kind.DISCOUNT,
        store=incident.store,
        wanted=wanted,
        amount_minor=uses * incident.offer_minor,
        currency=incident.store.currency,
        at=at,
    )
