"""Back-office pages about who: log-ins, stores, customers, partners, and the event stream."""

from customers.admin.alerts import AlertAdmin, AlertRouteAdmin
from customers.admin.cases import CaseAdmin
from customers.admin.customers import CustomerAdmin
from customers.admin.partners import ApiKeyAdmin, PartnerAdmin
from customers.admin.privacy import CustomerMergeAdmin, PrivacyRequestAdmin
from customers.admin.stores import StoreAdmin
from customers.admin.stream import DeliveryAdmin, EventAdmin
from customers.admin.users import AuthenticatorAdmin, EmailAddressAdmin, UserAdmin
from customers.admin.work import FailedJobAdmin

__all__ = [
    "AlertAdmin",
    "AlertRouteAdmin",
    "ApiKeyAdmin",
    "AuthenticatorAdmin",
    "CaseAdmin",
    "CustomerAdmin",
    "CustomerMergeAdmin",
    "DeliveryAdmin",
    "EmailAddressAdmin",
    "EventAdmin",
    "FailedJobAdmin",
    "PartnerAdmin",
    "PrivacyRequestAdmin",
    "StoreAdmin",
    "UserAdmin",
]
