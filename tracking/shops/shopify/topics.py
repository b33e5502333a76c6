"""Topics that are kept but not read, and what staff are told about them."""

_ABOUT_STOCK = "Stock is read from inventory_levels/update, which says how much there is."
NAMES_NO_RETURN = "It does not say which return it is about."
_TOPICS = {
    "customers/purchasing_summary": "What a customer spent is counted here, from the orders.",
    "order_transactions/create": "Payments are read from the order, whose own update follows.",
    "shop/update": "A store's name, look and sender are set here.",
}
_FAMILIES = {
    "carts": "A cart is not an order yet.",
    "checkouts": "A checkout is not an order yet.",
    "collections": "Collections play no part in following an order.",
    "disputes": "Disputes are between the shop and its payment provider.",
    "domains": "Domains play no part in following an order.",
    "draft_orders": "A draft is not an order yet.",
    "fulfillment_holds": "Holds are seen by what is not shipped.",
    "fulfillment_orders": "What is to be shipped is read from the order; what was shipped from fulfillments.",
    "inventory_items": _ABOUT_STOCK,
    "locations": "A location is known by the stock it reports.",
    "orders": "It says nothing that the orders/updated beside it does not say.",
    "order_transactions": "Payments are read from the order, whose own update follows.",
    "payment_schedules": "Payments are read from the order.",
    "subscription_contracts": "Each order of a subscription arrives by itself.",
    "tender_transactions": "Payments are read from the order.",
    "themes": "Themes play no part in following an order.",
}
_KNOWN_IN_FAMILY = {
    "orders": {"orders/risk_assessment_changed", "orders/shopify_protect_eligibility_changed"}
}


def why_ignored(topic: str) -> str:
    """Return, in words for staff, why nothing is done about a topic."""
    family = topic.partition("/")[0]
    if topic in _TOPICS:
        return _TOPICS[topic]
    if family in _FAMILIES and topic in _KNOWN_IN_FAMILY.get(family, {topic}):
        return _FAMILIES[family]
    return f"Shopify topic {topic[:80]} is not known here." if topic else "Shopify named no topic."
