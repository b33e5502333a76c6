"""Back-office pages about what comes back."""

from returns.admin.credits import StoreCreditAdmin
from returns.admin.exchanges import ExchangeAdmin
from returns.admin.payments import PaymentRequestAdmin
from returns.admin.policies import PolicyAdmin
from returns.admin.policies_settings import ReturnSettingsAdmin
from returns.admin.refunds import RefundAdmin
from returns.admin.returns import ReturnAdmin
from returns.admin.tasks import ProductTaskAdmin

__all__ = [
    "ExchangeAdmin",
    "PaymentRequestAdmin",
    "ProductTaskAdmin",
    "RefundAdmin",
    "ReturnAdmin",
    "StoreCreditAdmin",
    "PolicyAdmin",
    "ReturnSettingsAdmin",
]
