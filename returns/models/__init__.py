"""The tables of returns."""

from returns.models.exchanges import Exchange, StockHold
from returns.models.insight import ProductTask
from returns.models.money import CreditEntry, PaymentRequest, Refund, StoreCredit
from returns.models.policies import Policy, PolicyVersion, ReturnSettings
from returns.models.returns import Return, ReturnParcel, ReturnPhoto, ReturnUnit, UnexpectedItem

__all__ = [
    "CreditEntry",
    "Exchange",
    "PaymentRequest",
    "Policy",
    "PolicyVersion",
    "ProductTask",
    "Refund",
    "Return",
    "ReturnParcel",
    "ReturnPhoto",
    "ReturnSettings",
    "ReturnUnit",
    "StockHold",
    "StoreCredit",
    "UnexpectedItem",
]
