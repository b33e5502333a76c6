"""The conversation follows its people when two profiles become one, and when they are parted again."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import Q

from customers import events as people
from customers.models import Customer, Event
from customers.services.people import current, merged_ids
from engagement.models import Enrolment, InboxItem, Membership, Message, PushSubscription, SurveyAnswer

# What names an order, an event or, in its key, a customer: enough to know whose a row was.
KEYS = ((Enrolment, "key", "event"), (Message, "dedupe_key", "event"), (SurveyAnswer, "key", ""))
BY_ORDER = (PushSubscription, InboxItem)


def follow(events: Sequence[Event], *, at: datetime) -> None:
    """
    Give what we said to a merged profile, and where it is in journeys and segments, to the one that is kept;
    when the merge is undone, give back what can be known to be theirs.

    Merges may be heard of in any order: rows go to whoever stands for the kept profile by now.
    """
    for event in events:
        kept, merged = event.data["customer_id"], event.data["merged_id"]
        if event.kind == people.CUSTOMER_MERGED:
            one = Customer.objects.filter(pk=merged, merged_into__isnull=False).first()
            if one is not None:
                _take(one.pk, current(one).pk)
        elif Customer.objects.filter(pk=merged, merged_into=None).exists():
            _give_back(kept, merged)


def _take(merged: int, kept: int) -> None:
    for model in (Enrolment, Message, SurveyAnswer, *BY_ORDER):
        model._default_manager.filter(customer=merged).update(customer=kept)
    # Who was in a segment has not left it and does not enter it anew; evaluating it says whether they fit.
    theirs = Membership.objects.filter(customer=merged).order_by("segment_id")
    places = [
        Membership(segment_id=row.segment_id, customer_id=kept, entered_at=row.entered_at) for row in theirs
    ]
    Membership.objects.bulk_create(places, ignore_conflicts=True)
    theirs.delete()


def _give_back(kept: int, merged: int) -> None:
    """
    Rows about an order are whose the order was; others are whose event they tell of, or whose id stands in
    their key. What names nobody stays with the kept profile, as do places on lists.
    """
    family = merged_ids(merged)
    # Tracking hears of the parting by itself, before us or after.
    ordered = Q(order__customer__in=family) | Q(order__bought_as__in=family)
    for model, key, event in KEYS:
        theirs = _named(key, family)
        if event:
            theirs |= Q(event__customer__in=family)
        rows = model._default_manager.filter(customer=kept)
        wanted = rows.filter(ordered | (Q(order=None) & theirs)).values_list("pk", flat=True)
        model._default_manager.filter(pk__in=list(wanted)).update(customer=merged)
    _follow_runs(kept, merged)
    for table in BY_ORDER:
        with_it = table._default_manager.filter(ordered, customer=kept).values_list("pk", flat=True)
        table._default_manager.filter(pk__in=list(with_it)).update(customer=merged)


def _follow_runs(kept: int, merged: int) -> None:
    """What a run said goes where the run went, and a card in the inbox where its message went."""
    said = Message.objects.filter(customer=kept, order=None, enrolment__customer=merged)
    Message.objects.filter(pk__in=list(said.values_list("pk", flat=True))).update(customer=merged)
    cards = InboxItem.objects.filter(customer=kept, message__customer=merged)
    InboxItem.objects.filter(pk__in=list(cards.values_list("pk", flat=True))).update(customer=merged)


def _named(key: str, family: Iterable[int]) -> Q:
    """Keys are written `…customer:<id>` or `…customer:<id>:…`."""
    found = Q(pk__in=())
    for pk in family:
        found |= Q(**{f"{key}__endswith": f"customer:{pk}"}) | Q(**{f"{key}__contains": f"customer:{pk}:"})
    return found
