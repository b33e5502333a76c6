"""Open a case: a person takes over."""

from customers.models import Case
from customers.services.cases import open_case
from engagement.journeys.running import Group


def run(group: Group) -> None:
    """Open one case per run and visit. Settings: subject."""
    people = group.book.people
    people.load(group.runs)
    subject = str(group.settings.get("subject") or group.journey.name)
    for one in group.runs:
        store, customer, order = people.store(one), people.customer(one), people.order(one)
        if store is None:
            group.fail(one, "There is no store to open a case for.")
            continue
        open_case(
            store=store,
            customer=customer,
            subject=subject,
            source=Case.Source.JOURNEY,
            at=group.at,
            about=order,
            key=group.key(one),
            email=customer.email if customer else "",
        )
        group.go(one, why=subject)
