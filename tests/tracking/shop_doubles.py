"""
Doubles of the shops' APIs, with a memory: what was made stays made, keys are remembered, and any call can be
made to fail before or after it had its effect.

    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        shop = ShopifyDouble().at(mock)
        shop.fail("timeout_after", on="Refund")

They are doubles of what the platforms document, not of the platforms.
"""

from tests.tracking.shopify_double import ShopifyDouble, money
from tests.tracking.woocommerce_double import WooCommerceDouble

__all__ = ["ShopifyDouble", "WooCommerceDouble", "money"]
