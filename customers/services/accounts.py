"""Which customer a log-in belongs to: only an address its owner has proved counts."""

from allauth.account.models import EmailAddress
from django.db.models import Q

from customers.models import Customer, Identity, User
from customers.services.people import current


def customer_of(user: User) -> Customer | None:
    """
    Return the customer behind a log-in: the one it is attached to, else the one whose address the user has
    verified.

    An identity nobody verified counts only where it is the address we write to: whoever reads that mailbox
    gets the customer's messages anyway. One that was merged into another is that other. Changes nothing.
    """
    if user.customer is not None:
        return current(user.customer)
    proved = [
        email.lower()
        for email in EmailAddress.objects.filter(user=user, verified=True).values_list("email", flat=True)
    ]
    return _owner(proved)


def _owner(addresses: list[str]) -> Customer | None:
    if not addresses:
        return None
    found = Identity.objects.select_related("customer").filter(kind=Identity.Kind.EMAIL, value__in=addresses)
    written_to = Q()
    for address in addresses:
        written_to |= Q(value=address, customer__email__iexact=address)
    identity = found.filter(Q(verified=True) | written_to).order_by("-verified", "pk").first()
    return identity.customer if identity else None


def attach(user: User) -> Customer | None:
    """Write down which customer a log-in belongs to, once it can be known. Returns the customer."""
    customer = customer_of(user)
    if customer and user.customer_id is None:
        User.objects.filter(pk=user.pk, customer=None).update(customer=customer)
        user.customer = customer
    return customer
