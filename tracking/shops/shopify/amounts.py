"""Sums as Shopify writes them: in the shop's own currency and in the one they were shown in."""

from tracking import reading
from tracking.reading import Record


def shop_money(told: Record, name: str) -> object:
    """
    Return an amount in the shop's currency: from its `_set` where there is one, else from the plain field.
    Raises: BadPayload.
    """
    both = reading.optional(told.get(f"{name}_set"), f"{name}_set")
    amount = reading.optional(both.get("shop_money"), "shop_money").get("amount")
    return told.get(name) if amount is None else amount


def shop_currency(told: Record, name: str) -> str:
    """Return the currency that an amount's `_set` names for the shop, '' when it names none."""
    both = reading.optional(told.get(f"{name}_set"), f"{name}_set")
    code = reading.text(
        reading.optional(both.get("shop_money"), "shop_money").get("currency_code"), "currency"
    )
    return "" if code.upper() == "XXX" else reading.currency(code, "currency")  # XXX: Shopify's "none"
