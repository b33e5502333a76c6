"""Topics that are kept but not read, and what staff are told about them."""

_ABOUT_RETURNS = "Returns made in Shopify are not read: returns are made here."
_ABOUT_STOCK = "Stock is read from inventory_levels/update, which says how much there is."
_ABOUT_ERASURE = (
    "Kept for staff: what a person asked of the shop is carried out here by hand, never by a message."
)
_ABOUT_CONSENT = "What the customer allows is read from their own update, which carries it too."
_TOPICS = {
    "app/uninstalled": "The app was removed from the shop: no more messages will come.",
    "customers/data_request": _ABOUT_ERASURE,
    "customers/delete": "A customer deleted in the shop stays here as long as there are orders to follow.",
    "customers/merge": "The merged customer arrives with the kept one's next update.",
    "customers/purchasing_summary": "What a customer spent is counted here, from the orders.",
    "customers/redact": _ABOUT_ERASURE,
    "customers_email_marketing_consent/update": _ABOUT_CONSENT,
    "customers_marketing_consent/update": _ABOUT_CONSENT,
    "fulfillment_events/delete": "A scan the shop takes back stays in the parcel's history.",
    "inventory_levels/disconnect": "The location no longer stocks the item; its last level stays.",
    "order_transactions/create": "Payments are read from the order, whose own update follows.",
    "orders/delete": "An order deleted in the shop stays here: its shopper may still follow the parcel.",
    "orders/edited": "It names the changes only; the orders/updated beside it carries the result.",
    "products/delete": "A product deleted in the shop stays here: orders still show it.",
    "refunds/create": "It names the refund only; the orders/updated beside it carries what is left.",
    "shop/redact": _ABOUT_ERASURE,
    "shop/update": "A store's name, look and sender are set here.",
    "variants/in_stock": _ABOUT_STOCK,
    "variants/out_of_stock": _ABOUT_STOCK,
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
    "returns": _ABOUT_RETURNS,
    "reverse_deliveries": _ABOUT_RETURNS,
    "reverse_fulfillment_orders": _ABOUT_RETURNS,
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
