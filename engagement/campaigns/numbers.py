"""Who would get a campaign and who not, before it starts; and what became of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, TextField
from django.db.models.functions import Cast, Lower

from customers.models import Case, Consent, Customer, Preference
from engagement.models import Campaign, Membership, Message, PushSubscription, Suppression
from engagement.rules.mood import LIVING, OVER
from engagement.segments import compile as segments
from engagement.vocabulary import Channel, Hold, Purpose
from returns.models import Return
from tracking.models import Flag


@dataclass(frozen=True)
class Outlook:
    """
    How many people a segment holds, and of them: `gets` it at once; `left_out`, (why, how many), who never
    would; `waits`, (why, how many), who would be told later. Each person counts once, for the first reason.
    """

    total: int
    gets: int
    left_out: list[tuple[str, int]]
    waits: list[tuple[str, int]]


def outlook(campaign: Campaign, *, at: datetime) -> Outlook:
    """Return what would become of a campaign that began at `at`: one query per reason, in sets."""
    people = _people(campaign, at)
    total = people.count()
    left = people
    out = []
    for words, reached in _never(campaign):
        after = left.filter(reached)
        count = left.count() - after.count()
        left = after
        if count:
            out.append((words, count))
    waits = []
    for words, held in _later(campaign, at):
        count = left.filter(held).count()
        left = left.exclude(held)
        if count:
            waits.append((words, count))
    return Outlook(total, left.count(), out, waits)


def _people(campaign: Campaign, at: datetime) -> QuerySet[Customer]:
    segment = campaign.segment
    members = Membership.objects.filter(segment=segment)
    if segment.kind == segment.Kind.RULES and segment.evaluated_at is None:
        return segments.customers(segment.rule, store=segment.store, at=at)
    return Customer.objects.filter(pk__in=members.values("customer"), merged_into=None)


def _never(campaign: Campaign) -> list[tuple[str, Q]]:
    """Return (why not, what must hold) for what no time changes."""
    channel = campaign.channel
    mine = Consent.objects.filter(customer=OuterRef("pk"), purpose="marketing", channel=channel, granted=True)
    said = Preference.objects.annotate(said=Cast("muted", TextField()))
    muted = said.filter(said__contains=f'"{campaign.topic}"').values("customer")
    blocked = Suppression.objects.filter(channel=channel)
    needed: list[tuple[str, Q]] = []
    if channel == Channel.EMAIL:
        needed += [
            ("No address", ~Q(email="")),
            ("Address blocked", Q(~Exists(blocked.filter(address=Lower(OuterRef("email")))))),
        ]
    elif channel == Channel.SMS:
        needed += [
            ("No telephone number", ~Q(phone="")),
            ("Number blocked", Q(~Exists(blocked.filter(address=OuterRef("phone"))))),
        ]
    elif channel == Channel.PUSH:
        browsers = PushSubscription.objects.filter(customer=OuterRef("pk"), store=campaign.store)
        needed.append(("No browser that takes pushes", Q(Exists(browsers))))
    if channel != Channel.INAPP:
        needed.append(("No consent", Q(Exists(mine))))
    needed.append((f"Switched off “{campaign.get_topic_display()}”", ~Q(pk__in=muted)))
    return needed


def _later(campaign: Campaign, at: datetime) -> list[tuple[str, Q]]:
    """Return (why later, who) for what passes with time. An estimate: asked again when each leaves."""
    gap = timedelta(hours=settings.MARKETING_GAP_HOURS)
    sent = Message.objects.filter(purpose=Purpose.MARKETING, customer__isnull=False)
    recent = sent.filter(sent_at__gt=at - gap).values("customer")
    week = sent.filter(sent_at__gt=at - timedelta(days=7)).values("customer")
    full = week.annotate(had=Count("pk")).filter(had__gte=settings.MARKETING_PER_WEEK or 10**6)
    talking = Case.objects.filter(state__in=LIVING, customer__isnull=False).values("customer")
    back = Return.objects.exclude(state__in=OVER).filter(customer__isnull=False).values("customer")
    flagged = Flag.objects.filter(cleared_at=None, order__customer__isnull=False)
    return [
        ("A person is talking to them", Q(pk__in=talking)),
        ("A return or claim is under way", Q(pk__in=back)),
        ("A parcel is in trouble", Q(pk__in=flagged.values("order__customer"))),
        ("Enough messages for now", Q(pk__in=recent) | Q(pk__in=full.values("customer"))),
    ]


@dataclass(frozen=True)
class Results:
    """What became of a campaign's messages; `held` by reason, most first."""

    made: int
    sent: int
    delivered: int
    bounced: int
    clicked: int
    unsubscribed: int
    unknown: int
    failed: int
    waiting: int
    held: list[tuple[str, int]]


def results(campaign: Campaign) -> Results:
    """Return the numbers of a campaign: three queries over its own messages."""
    rows = campaign.messages
    states = Message.State
    counted = rows.aggregate(
        made=Count("pk"),
        sent=Count("pk", filter=Q(state=states.SENT)),
        delivered=Count("pk", filter=Q(delivered_at__isnull=False)),
        bounced=Count("pk", filter=Q(bounced_at__isnull=False)),
        clicked=Count("pk", filter=Q(clicked_at__isnull=False)),
        unknown=Count("pk", filter=Q(state=states.UNKNOWN)),
        failed=Count("pk", filter=Q(state=states.FAILED)),
        waiting=Count(
            "pk",
            filter=Q(state__in=(states.QUEUED, states.SENDING)) | Q(state=states.HELD, due_at__isnull=False),
        ),
    )
    held = rows.filter(state=states.HELD).values("hold").annotate(number=Count("pk")).order_by("-number")
    # Who said no after the mail reached them; a no by other ways in the same days counts, too.
    no = Consent.objects.filter(
        customer=OuterRef("customer"),
        channel=campaign.channel,
        granted=False,
        said_at__gte=OuterRef("sent_at"),
    )
    gone = rows.filter(state=states.SENT).filter(
        Exists(no.filter(said_at__lte=OuterRef("sent_at") + timedelta(days=7)))
    )
    names = {hold.value: str(hold.label) for hold in Hold}
    return Results(
        **counted,
        unsubscribed=gone.count(),
        held=[(names.get(row["hold"], "Held"), row["number"]) for row in held],
    )
