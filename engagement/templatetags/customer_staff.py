"""What this app adds to a customer's page in the back-office."""

from typing import Any

from django import template
from django.urls import NoReverseMatch, reverse

from config.lib.staff import cells
from customers.models import Customer
from engagement.models import DirtyProfile, Enrolment, Membership, Profile
from engagement.profiles.words import facts

register = template.Library()

MOST = 20  # journeys shown; the list has the others
TONES: dict[str, str] = {
    Enrolment.State.ACTIVE: cells.BUSY,
    Enrolment.State.GOAL: cells.GOOD,
    Enrolment.State.DONE: cells.GOOD,
    Enrolment.State.FAILED: cells.BAD,
}


@register.simple_tag
def customer_profile(customer: Customer) -> dict[str, Any]:
    """
    Return `facts` [(what, words)], `measured_at` (None: never), `waits` (something changed since), `tags`,
    `segments` (names) and `runs` of journeys, newest first, in five queries.
    """
    profile = Profile.objects.filter(customer=customer).first()
    runs = Enrolment.objects.filter(customer=customer).exclude(state=Enrolment.State.REFUSED)
    segments = Membership.objects.filter(customer=customer, segment__archived_at=None)
    return {
        "facts": facts(profile) if profile else [],
        "measured_at": profile.updated_at if profile else None,
        "waits": DirtyProfile.objects.filter(customer=customer).exists(),
        "tags": list(customer.tags.order_by("name").values_list("name", flat=True)),
        "segments": list(segments.order_by("segment__name").values_list("segment__name", flat=True)),
        "runs": [_run(row) for row in runs.select_related("journey").order_by("-entered_at", "-pk")[:MOST]],
    }


def _run(row: Enrolment) -> dict[str, Any]:
    return {
        "name": row.journey.name,
        "pill": cells.pill(row.get_state_display(), TONES.get(row.state, cells.QUIET)),
        "since": row.entered_at,
        "why": row.why,
        "url": _address(row),
    }


def _address(row: Enrolment) -> str:
    try:
        return reverse("admin:engagement_enrolment_change", args=[row.pk])
    except NoReverseMatch:
        return ""
