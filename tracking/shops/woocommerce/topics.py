"""Topics that are kept but not read, and what staff are told about them."""

_FAMILIES = {
    "action": "It names an action of WordPress only; what it changed arrives by a topic of its own.",
    "coupon": "Coupons are read from the orders they were used in.",
}


def why_ignored(topic: str) -> str:
    """Return, in words for staff, why nothing is done about a topic."""
    known = _FAMILIES.get(topic.partition(".")[0])
    if known:
        return known
    return f"WooCommerce topic {topic[:80]} is not known here." if topic else "WooCommerce named no topic."
