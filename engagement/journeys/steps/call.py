"""Tell a partner: an event that webhooks and other journeys can hear."""

from customers.outbox_batch import Fact
from engagement.events import JOURNEY_CALLED
from engagement.journeys.running import Group


def run(group: Group) -> None:
    """Publish JOURNEY_CALLED for every run, with the step's `name` and the ids the run knows."""
    name = str(group.settings.get("name") or group.step.id)
    for one in group.runs:
        data = {
            "journey_id": group.journey.pk,
            "journey": group.journey.code,
            "enrolment_id": one.pk,
            "step": group.step.id,
            "name": name,
            "order_id": one.order_id,
        }
        group.book.facts.append(
            Fact(
                kind=JOURNEY_CALLED,
                key=f"{group.key(one)}:called",
                occurred_at=group.at,
                subject_type="engagement.enrolment",
                subject_id=str(one.pk),
                store_id=one.store_id,
                customer_id=one.customer_id,
                data={key: value for key, value in data.items() if value is not None},
            )
        )
        group.go(one, why=f"“{name}”")
