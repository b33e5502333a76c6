"""Alert staff."""

from customers.services.alerts import raise_alert
from engagement.journeys.running import Group
from engagement.models import Enrolment

# Up to so many runs at once an alert each; more are one alert: nobody reads a thousand.
SINGLY = 20


def run(group: Group) -> None:
    """Raise an alert with the step's `words` for every run, about its order where it has one."""
    words = str(group.settings.get("words") or "A journey asks for attention")[:200]
    about = f"journey:{group.journey.pk}:{group.step.id}"
    if len(group.runs) > SINGLY:
        detail = f"{len(group.runs)} runs of the journey “{group.journey.name}” came here at once."
        raise_alert(kind="journey", key=about, title=words, detail=detail, at=group.at, subject=group.journey)
    else:
        group.book.people.load(group.runs)
        for one in group.runs:
            _one(group, one, words, about)
    for one in group.runs:
        group.go(one, why=words)


def _one(group: Group, one: Enrolment, words: str, about: str) -> None:
    people = group.book.people
    raise_alert(
        kind="journey",
        key=f"{about}:{one.subject}",
        title=words,
        detail=f"Journey “{group.journey.name}”.",
        at=group.at,
        store=people.store(one),
        subject=people.order(one) or people.customer(one) or group.journey,
    )
