"""Customers that became one, their consent, and wishes of privacy."""

from tracking import reading
from tracking.carriers.base import BadPayload
from tracking.places import phone
from tracking.reading import Record
from tracking.shops.base import CustomerData, Ignored
from tracking.shops.facts import MergeData, PrivacyData
from tracking.shops.shopify import people
from tracking.shops.shopify.returns import gid
from tracking.shops.words import email

_NOT_DONE = {
    "failed": "Shopify could not merge these customers: both stay as they are.",
    "in_progress": "Shopify is still merging: another message says when it is done.",
    "requested": "Shopify has not begun to merge: another message says when it is done.",
}


def merge(told: Record, currency: str) -> MergeData | Ignored:
    """Translate customers/merge. Returns: Ignored unless the merge was completed. Raises: BadPayload."""
    status = reading.text(told.get("status"), "status", 40).lower()
    kept = gid(told.get("admin_graphql_api_customer_kept_id"), "the kept customer")
    merged = gid(told.get("admin_graphql_api_customer_deleted_id"), "the merged customer")
    if status != "completed":
        return Ignored(
            _NOT_DONE.get(status, f"What became of this merge is not known here: {status or '-'}.")
        )
    if not kept or not merged:
        raise BadPayload("the merge does not name both customers")
    return MergeData(kept_external_id=kept, merged_external_id=merged)


def email_consent(told: Record, currency: str) -> CustomerData:
    """
    Translate customers_email_marketing_consent/update: the newer customers/update does not carry it any more.

    Raises: BadPayload.
    """
    return people.described(
        {
            "id": reading.identifier(told.get("customer_id"), "customer_id"),
            "email": told.get("email_address"),
            "email_marketing_consent": told.get("email_marketing_consent"),
        },
        versioned=False,
    )


def sms_consent(told: Record, currency: str) -> CustomerData:
    """Translate customers_marketing_consent/update: text messages. Raises: BadPayload."""
    return people.described(
        {
            "id": told.get("id") or reading.identifier(told.get("customer_id"), "customer_id"),
            "phone": told.get("phone"),
            "sms_marketing_consent": told.get("sms_marketing_consent"),
        },
        versioned=False,
    )


def data_request(told: Record, currency: str) -> PrivacyData:
    """Translate customers/data_request. Raises: BadPayload."""
    return _asked(told, "DATA_REQUEST", "orders_requested")


def customer_redact(told: Record, currency: str) -> PrivacyData:
    """Translate customers/redact. Raises: BadPayload."""
    return _asked(told, "CUSTOMER_REDACT", "orders_to_redact")


def shop_redact(told: Record, currency: str) -> PrivacyData:
    """Translate shop/redact. Raises: BadPayload."""
    return PrivacyData(kind="SHOP_REDACT", shop=_shop(told))


def _asked(told: Record, kind: str, orders: str) -> PrivacyData:
    person = reading.optional(told.get("customer"), "customer")
    named = told.get(orders)
    if named is not None and not isinstance(named, list):
        raise BadPayload(f"{orders} is not a list")
    ids = [reading.identifier(order, "an order's id") for order in named or ()]
    request = reading.optional(told.get("data_request"), "data_request")
    number = reading.text(person.get("phone"), "phone", 40)
    found = PrivacyData(
        kind=kind,
        reference=reading.maybe_identifier(request.get("id"), "the request's id"),
        customer_external_id=reading.maybe_identifier(person.get("id"), "the customer's id"),
        email=email(person.get("email")),
        phone=phone(number) or number,
        orders=tuple(sorted(set(ids))),
        shop=_shop(told),
    )
    if not (found.customer_external_id or found.email or found.phone or found.orders):
        raise BadPayload("it names nobody")
    return found


def _shop(told: Record) -> str:
    return reading.text(told.get("shop_domain"), "shop_domain", 200)
