"""Put a tag on the person, or take it off."""

from customers.models import CustomerTag
from engagement.journeys.running import Group, Outcome


def run(group: Group) -> None:
    """Settings: name (kept in lower case), remove (bool)."""
    name = str(group.settings.get("name") or "").strip().lower()[:60]
    people = {one.customer_id for one in group.runs if one.customer_id}
    if name and group.settings.get("remove"):
        CustomerTag.objects.filter(customer__in=people, name=name).delete()
    elif name:
        by = f"Journey {group.journey.name}"[:254]
        CustomerTag.objects.bulk_create(
            [CustomerTag(customer_id=pk, name=name, added_by=by, added_at=group.at) for pk in sorted(people)],
            ignore_conflicts=True,
        )
    for one in group.runs:
        if name and one.customer_id:
            group.go(one, why=f"“{name}”")
        else:
            why = "There is nobody to tag." if name else "No tag is named."
            group.go(one, outcome=Outcome.SKIPPED, why=why)
