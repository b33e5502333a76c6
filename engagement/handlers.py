"""
Facts about orders and parcels -> messages to be sent. Writes Message rows, nothing else; sending asks
permission later.

Every row has a key made of the fact, so a fact told twice, or in another order, makes no second message.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from customers.models import Event
from customers.worker import wake
from engagement.kinds import BY_EVENT, KINDS, TROUBLE, Kind
from engagement.models import Message
from engagement.overtaken import GONE, HOLDS_OUT
from engagement.rules.late import TOO_LATE
from engagement.vocabulary import Hold
from tracking import events as facts
from tracking.models import Order, Shipment
from tracking.vocabulary import Status

# Parcels made within this time of each other are one hand-over: the first to move waits a little for the
# others.
TOGETHER = timedelta(hours=1)
PATIENCE = timedelta(minutes=2)
NOT_MOVING = (Status.PENDING, Status.INFO_RECEIVED)
SHIPPED = KINDS["shipped"]
# Flags the shopper is told of; the others have messages of their own (delayed, exception, the choice).
TOLD_FLAGS = frozenset({"SILENT", "NOT_HANDED_OVER", "CUSTOMS", "PICKUP_WAITING", "UNFULFILLED"})
# Of those, the ones that many parcels may share.
SHARED = frozenset({"SILENT", "CUSTOMS"})
# Flags whose end is news to who heard, in whatever message, that the parcel stood still.
MOVE_ON = SHARED | {"EXCEPTION", "LOST"}
FOR_AN_APOLOGY = timedelta(hours=1)
# A parcel that is lost or damaged soon has a choice to offer, whose message says it all.
FOR_A_CHOICE = timedelta(minutes=3)


def milestones(events: Sequence[Event], *, at: datetime) -> list[Message]:
    """
    Return what the shopper is told about an order and its parcels, unsaved. Runs inside the caller's
    transaction: parcels that fit into a waiting "shipped" are added to that there and then.
    """
    ours = [event for event in events if event.kind in BY_EVENT]
    orders = orders_of({event.data["order_id"] for event in ours})
    told = [event for event in ours if event.data["order_id"] in orders]
    rows = [
        _milestone(event, orders[event.data["order_id"]], at) for event in told if event.kind != SHIPPED.event
    ]
    return rows + _shipped([event for event in told if event.kind == SHIPPED.event], orders, at)


def queue_access(events: Sequence[Event], *, at: datetime) -> None:
    """Queue codes and links that guests asked for. Runs inside the caller's transaction."""
    orders = orders_of({event.data["order_id"] for event in events})
    rows = []
    for event in events:
        order = orders.get(event.data["order_id"])
        if order is None or event.kind not in BY_EVENT:
            continue
        if event.kind == facts.CODE_REQUESTED:
            context, subject = {"code_id": event.data["code_id"]}, event.data["code_id"]
        else:
            context, subject = {}, event.data["request_id"]
        kind = BY_EVENT[event.kind]
        rows.append(row_of(kind, event, order, f"{kind.code}:{subject}", context, at))
    insert(rows)


def troubles(events: Sequence[Event], *, at: datetime) -> list[Message]:
    """Return what the shopper is told of trouble and of how we make it good, unsaved."""
    ours = [event for event in events if event.kind in TROUBLE and event.data.get("order_id")]
    orders = orders_of({event.data["order_id"] for event in ours})
    heard = _told_of_trouble([event for event in ours if event.kind == facts.FLAG_CLEARED])
    rows = []
    for event in ours:
        order = orders.get(event.data["order_id"])
        if order is None or not _worth_telling(event, heard):
            continue
        key, more = _trouble_key(event)
        parcel = event.data.get("shipment_id")
        context = {"shipments": [parcel] if parcel else [], **more}
        row = row_of(BY_EVENT[event.kind], event, order, key, context, at)
        row.due_at = row.due_at and at + _patience(event)
        rows.append(row)
    return rows


def _worth_telling(event: Event, heard: set[int]) -> bool:
    flag = event.data.get("flag")
    if event.kind == facts.FLAG_OPENED:
        return flag in TOLD_FLAGS
    if event.kind == facts.FLAG_CLEARED:
        # What only does not count any more (a threshold was raised) has not moved.
        return flag in MOVE_ON and event.data.get("moved", True) and event.data["flag_id"] in heard
    return event.kind != facts.MAKE_GOOD_DONE or event.data.get("choice") in ("REFUND", "REPLACEMENT")


def _trouble_key(event: Event) -> tuple[str, dict[str, Any]]:
    """Return the key of a message about trouble, and the ids it needs."""
    kind, data = BY_EVENT[event.kind].code, event.data
    if event.kind in (facts.FLAG_OPENED, facts.FLAG_CLEARED):
        return f"{kind}:flag:{data['flag_id']}", {"flag_id": data["flag_id"]}
    if event.kind == facts.INCIDENT_APOLOGY:
        more = {"incident_id": data["incident_id"], "offer": bool(data.get("offer"))}
        return f"{kind}:{data['incident_id']}:order:{data['order_id']}", more
    return f"{kind}:{data['make_good_id']}", {"make_good_id": data["make_good_id"]}


def _patience(event: Event) -> timedelta:
    """What many parcels may share waits: when an incident is behind it, its apology comes instead."""
    if event.kind == facts.FLAG_OPENED and event.data.get("flag") in SHARED:
        return FOR_AN_APOLOGY
    return PATIENCE if event.kind == facts.FLAG_CLEARED else timedelta(0)


def _told_of_trouble(cleared: Sequence[Event]) -> set[int]:
    """
    Return the flags, of those that cleared, whose trouble the shopper may have heard of or is just being
    told; sending looks again.
    """
    flags = {event.data["flag_id"]: event.data for event in cleared}
    told = Message.objects.filter(
        state__in=(Message.State.QUEUED, Message.State.SENT),
        kind__in=HOLDS_OUT,
        order_id__in={data["order_id"] for data in flags.values()},
    )
    contexts = list(told.values_list("context", flat=True))
    parcels = {parcel for context in contexts for parcel in context.get("shipments", ())}
    incidents = {context["incident_id"] for context in contexts if "incident_id" in context}
    return {
        pk
        for pk, data in flags.items()
        if data.get("shipment_id") in parcels or data.get("incident_id") in incidents
    }


def orders_of(pks: set[int]) -> dict[int, Order]:
    """Return orders by their key, as much of them as a message takes."""
    return Order.objects.only("pk", "store", "customer").in_bulk(pks)


def insert(rows: list[Message]) -> None:
    """Write new messages, each once, and wake the sender."""
    if rows:
        Message.objects.bulk_create(rows, ignore_conflicts=True)
        wake("send")


def row_of(
    kind: Kind, event: Event, order: Order, key: str, context: Mapping[str, Any], at: datetime
) -> Message:
    """Return an unsaved message; one that is too late already is held from the start."""
    expires_at = event.occurred_at + kind.lateness
    late = expires_at <= at
    return Message(
        dedupe_key=key,
        kind=kind.code,
        purpose=kind.purpose,
        store_id=order.store_id,
        customer_id=order.customer_id,
        order_id=order.pk,
        event=event,
        context=dict(context),
        expires_at=expires_at,
        state=Message.State.HELD if late else Message.State.QUEUED,
        reason=TOO_LATE if late else "",
        hold=Hold.LATE if late else "",
        due_at=None if late else at,
    )


def _milestone(event: Event, order: Order, at: datetime) -> Message:
    kind = BY_EVENT[event.kind]
    shipment = event.data.get("shipment_id")
    if shipment is None:
        return row_of(kind, event, order, f"{kind.code}:order:{order.pk}", {}, at)
    context: dict[str, Any] = {"shipments": [shipment]}
    key = f"{kind.code}:shipment:{shipment}"
    if event.kind == facts.SHIPMENT_DELAYED:
        context |= {name: event.data[name] for name in ("was_to", "to_date") if event.data.get(name)}
        key = f"{key}:{event.data.get('to_date', '')}"
    row = row_of(kind, event, order, key, context, at)
    if event.kind == facts.SHIPMENT_EXCEPTION and event.data.get("reason") in GONE:
        row.due_at = row.due_at and at + FOR_A_CHOICE
    return row


# --- "shipped": parcels that leave together are told together ---
def _shipped(events: Sequence[Event], orders: Mapping[int, Order], at: datetime) -> list[Message]:
    """
    Return new "shipped" messages, one per order; parcels that still fit into a waiting message are added to
    that.

    Two workers may hold facts of the same order: the order's row is locked meanwhile, in the order of the
    keys.
    """
    if not events:
        return []
    pks = sorted({event.data["order_id"] for event in events})
    list(
        Order.objects.select_for_update(no_key=True, of=("self",))
        .filter(pk__in=pks)
        .order_by("pk")
        .values_list("pk")
    )
    messages = Message.objects.filter(kind=SHIPPED.code, order_id__in=pks).order_by("pk")
    told: dict[int, set[int]] = {pk: set() for pk in pks}
    for order_id, context in messages.values_list("order_id", "context"):
        told[order_id].update(context.get("shipments", ()))
    waiting = {
        row.order_id: row
        for row in messages.filter(state=Message.State.QUEUED, claim=None).select_for_update(of=("self",))
    }
    parcels = _parcels(pks)
    rows = []
    for pk in pks:
        fresh = [
            event
            for event in events
            if event.data["order_id"] == pk and event.data["shipment_id"] not in told[pk]
        ]
        fresh.sort(key=lambda event: (event.occurred_at, event.data["shipment_id"]))
        if not fresh:
            continue
        leaving = list(dict.fromkeys(event.data["shipment_id"] for event in fresh))
        due = at + PATIENCE if _others_follow(parcels[pk], told[pk] | set(leaving)) else at
        if pk in waiting:
            _add(waiting[pk], leaving, fresh, due)
        else:
            first = f"{SHIPPED.code}:shipment:{leaving[0]}"
            row = row_of(SHIPPED, fresh[-1], orders[pk], first, {"shipments": leaving}, at)
            row.due_at = row.due_at and due
            rows.append(row)
    return rows


def _add(message: Message, parcels: Iterable[int], events: Sequence[Event], due: datetime) -> None:
    """Let a waiting message tell of more parcels. Its row is locked and unclaimed."""
    message.context["shipments"] = [*message.context.get("shipments", ()), *parcels]
    latest = max(event.occurred_at for event in events) + SHIPPED.lateness
    Message.objects.filter(pk=message.pk).update(
        context=message.context,
        due_at=min(due, message.due_at or due),
        expires_at=max(latest, message.expires_at),
    )
    wake("send")


def _parcels(orders: Sequence[int]) -> dict[int, list[Shipment]]:
    found: dict[int, list[Shipment]] = {pk: [] for pk in orders}
    for parcel in Shipment.objects.current().filter(order_id__in=orders):
        found[parcel.order_id].append(parcel)
    return found


def _others_follow(parcels: Sequence[Shipment], known: set[int]) -> bool:
    """Say whether one of an order's parcels, made together with those in `known`, has not moved yet."""
    shipped = [parcel.created_at for parcel in parcels if parcel.pk in known]
    still = [
        parcel.created_at
        for parcel in parcels
        if parcel.pk not in known and parcel.shipped_at is None and parcel.status in NOT_MOVING
    ]
    return any(abs(a - b) <= TOGETHER for a in shipped for b in still)
