"""Who: users, stores, customers, partners; and the stream."""

from customers.models.alerts import Alert, AlertNotice, AlertRoute
from customers.models.cases import Case, CaseMessage
from customers.models.limits import Throttle
from customers.models.merges import CustomerMerge
from customers.models.partners import ApiAnswer, ApiKey, Partner
from customers.models.people import Consent, Customer, Identity
from customers.models.preferences import CustomerTag, Preference
from customers.models.privacy import PrivacyRequest
from customers.models.stores import Store
from customers.models.stream import Delivery, Event
from customers.models.users import User
from customers.models.work import Wake, Work

__all__ = [
    "Alert",
    "AlertNotice",
    "AlertRoute",
    "ApiAnswer",
    "ApiKey",
    "Case",
    "CaseMessage",
    "Consent",
    "Customer",
    "CustomerMerge",
    "CustomerTag",
    "Delivery",
    "Event",
    "Identity",
    "Partner",
    "Preference",
    "PrivacyRequest",
    "Store",
    "Throttle",
    "User",
    "Wake",
    "Work",
]
