"""Topics that are kept but not read, and what staff are told about them."""

_TOPICS = {
    "customer.deleted": "A customer deleted in the shop stays here as long as there are orders to follow.",
    "order.deleted": "An order deleted in the shop stays here: its shopper may still follow the parcel.",
    "product.deleted": "A product deleted in the shop stays here: orders still show it.",
}
_FAMILIES = {
    "action": "It names an action of WordPress only; what it changed arrives by a topic of its own.",
    "coupon": "Coupons are read from the orders they were used in.",
}


def why_ignored(topic: str) -> str:
    """Return, in words for staff, why nothing is done about a topic."""
    known = _TOPICS.get(topic) or _FAMILIES.get(topic.partition(".")[0])
    if known:
        return known
    return f"WooCommerce topic {topic[:80]} is not known here." if topic else "WooCommerce named no topic."
