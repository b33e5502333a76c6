"""Who: users, stores, customers, partners; and the stream."""

from customers.models.limits import Throttle
from customers.models.partners import ApiAnswer, ApiKey, Partner
from customers.models.people import Consent, Customer, Identity
from customers.models.stores import Store
from customers.models.stream import Delivery, Event
from customers.models.users import User
from customers.models.work import Wake, Work

__all__ = [
    "ApiAnswer",
    "ApiKey",
    "Consent",
    "Customer",
    "Delivery",
    "Event",
    "Identity",
    "Partner",
    "Store",
    "Throttle",
    "User",
    "Wake",
    "Work",
]
